"""The columns of a file of training data, version 1.

A file is a row of blocks that were made one by one: batches of random molecules (stage 1), geometries of real ones
(stage 2). A block has entries, an entry has atoms. Offsets say which rows are whose, each with one more entry than
there are rows: ``first_entry`` of the blocks, ``first_atom`` of the entries and, in stage 2, of the geometries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from onlinecei.arrays import F4, F8, I8, AnyArray

FORMAT: Final = "onlinecei-dataset"
VERSION: Final = 1
ORIGIN: Final = "simulated"

Level = Literal["block", "block atom", "entry", "entry atom"]
Key = tuple[str, int]
"""What a block is of: the name of a molecule (empty in stage 1), and the number of its geometry or batch."""
Setting = str | int | float


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file."""

    dtype: str
    level: Level
    """Whose rows these are."""
    width: tuple[int, ...] = ()


STAGE1: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "entry/atomic_number": Column("|u1", "entry atom"),
        "entry/charge": Column("|i1", "entry atom"),
        "entry/tau_fs": Column("<f4", "entry atom"),
        "entry/position_au": Column("<f4", "entry atom", (3,)),
        "entry/momentum_au": Column("<f4", "entry atom", (3,)),
    }
)
STAGE2: Final[Mapping[str, Column]] = MappingProxyType(
    {
        "geometry/trajectories": Column("<i4", "block"),
        "geometry/full_share": Column("<f4", "block"),
        "geometry/sigma_angstrom": Column("<f4", "block"),
        "geometry/position_au": Column("<f4", "block atom", (3,)),
        "entry/count": Column("<i4", "entry"),
        "entry/charge": Column("|i1", "entry atom"),
        "entry/momentum_au": Column("<f4", "entry atom", (3,)),
        "entry/covariance_au2": Column("<f4", "entry atom", (6,)),
    }
)
BLOCKS: Final = {1: "batch", 2: "geometry"}
"""Group of the blocks by stage."""
COLUMNS: Final = {1: STAGE1, 2: STAGE2}


def offsets(stage: int) -> dict[str, Level]:
    """Name the offsets of a stage, with the level of the rows that they point to."""
    found: dict[str, Level] = {f"{BLOCKS[stage]}/first_entry": "entry", "entry/first_atom": "entry atom"}
    return found | ({"geometry/first_atom": "block atom"} if stage == 2 else {})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One block with all that belongs to it, as it is made and as it is kept."""

    key: Key
    atoms: I8
    """(E,) number of atoms of each entry."""
    columns: Mapping[str, AnyArray]
    """Those of the stage."""


def rounded(values: F8, bits: int) -> F4:
    """Round to so many significant bits, as four-byte numbers whose last bits are zero and pack to nothing."""
    mantissa, exponent = np.frexp(values)
    return np.asarray(np.ldexp(np.round(np.ldexp(mantissa, bits)), exponent - bits), dtype=np.float32)

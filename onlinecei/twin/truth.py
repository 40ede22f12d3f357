"""What is true about a simulated run, in a file that the analysis never opens."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import AnyArray
from onlinecei.errors import RunFileError
from onlinecei.twin.delays import Ensembles
from onlinecei.twin.fragments import name_channels
from onlinecei.twin.gas import GAS_IONS
from onlinecei.twin.molecules import symbols_of
from onlinecei.twin.options import TwinOptions

_COLUMNS: Mapping[str, str] = {
    "train/t0_ns": "f8",
    "train/field_v_per_mm": "f8",
    "pulse/delay": "u2",
    "event/pulse": "u4",
    "event/charges": "i1",
    "hit/molecule": "i4",
    "hit/ion": "i1",
    "true_hit/pulse": "u4",
    "true_hit/molecule": "i4",
    "true_hit/ion": "i1",
    "true_hit/x_mm": "f8",
    "true_hit/y_mm": "f8",
    "true_hit/t_ns": "f8",
    "edge/hit": "i4",
}
"""Columns that trains add to, and the types they are kept in; see `write_truth`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Fills up while the trains of a simulated run are taken."""

    atoms: Atoms
    options: TwinOptions
    seed: int
    ensembles: Ensembles
    parts: dict[str, list[AnyArray]] = field(default_factory=dict)
    """Per column the rows of each train so far."""

    def add(self, group: str, **columns: AnyArray) -> None:
        """Add a train's rows to the columns of a group."""
        for name, rows in columns.items():
            self.parts.setdefault(f"{group}/{name}", []).append(rows.astype(_COLUMNS[f"{group}/{name}"]))

    def count(self, name: str) -> int:
        """Rows of a column so far."""
        return sum(len(part) for part in self.parts.get(name, []))

    def column(self, name: str) -> npt.NDArray[Any]:
        """Rows of a column so far, end to end."""
        parts = self.parts.get(name, [])
        return np.concatenate(parts) if parts else np.empty(0, dtype=_COLUMNS[name])


def truth_path(run: Path) -> Path:
    """Where the truth about a run file lies: `NAME.truth.h5` beside `NAME.h5`."""
    return run.with_name(f"{run.stem}.truth.h5")


def write_truth(path: Path, truth: Truth) -> None:
    """Write the truth about a run.

    ``/molecule``: ``symbols`` and ``positions_au`` (N, 3), the equilibrium geometry. ``/delay_fs`` (K,), and
    ``/frame/delay`` and ``/frame/positions_au`` (F, N, 3): the geometries given for each. ``/pulse/delay``: which
    delay acted. ``/train/t0_ns`` and ``/train/field_v_per_mm``: the spectrometer as it drifts.

    ``/event``, a row for each molecule: ``pulse`` (counted through the run, as everywhere here), ``charges`` (M, N)
    of its atoms in the end, bound ones included, and ``channel``, an index into ``/channels``, which name the ions.

    ``/hit/molecule`` and ``/hit/ion`` for each hit of the run file. The ion is counted along its channel. A negative
    molecule is none: -1 background, -2 residual gas, whose ion is an index into ``/gas``.

    Runs of edges have ``/true_hit`` instead: all hits before the digitiser, exact; and ``/edge/hit``, the true hit
    that made each edge of the run file, -1 for noise.

    Options and seed are attributes.
    """
    try:
        with h5py.File(path, "w") as file:
            _fill(file, truth)
    except OSError as error:
        raise RunFileError(f"truth file '{path}' cannot be written: {error}") from error


def _fill(file: h5py.File, truth: Truth) -> None:
    file.attrs["format"] = "onlinecei-truth"
    file.attrs["version"] = 1
    file.attrs["seed"] = truth.seed
    file.attrs["options"] = json.dumps(truth.options.as_mapping(), default=str)
    file["molecule/symbols"] = symbols_of(truth.atoms)
    file["molecule/positions_au"] = truth.atoms.positions * units.ANGSTROM
    file["gas"] = [ion.formula + "+" for ion in GAS_IONS]
    _fill_frames(file, truth.ensembles)
    for name in truth.parts:
        _put(file, name, truth.column(name))
    names, channel = name_channels(truth.column("event/charges"), truth.atoms.numbers)
    file["channels"] = names
    _put(file, "event/channel", channel.astype("u2"))


def _fill_frames(file: h5py.File, ensembles: Ensembles) -> None:
    frames = list(ensembles.frames.values())
    file["delay_fs"] = ensembles.delay_fs
    file["frame/delay"] = np.repeat(np.arange(len(frames)), [len(each) for each in frames]).astype("u2")
    file["frame/positions_au"] = np.concatenate(frames)


def _put(file: h5py.File, name: str, data: AnyArray) -> None:
    shape = data.shape[1:]
    file.create_dataset(
        name, data=data, maxshape=(None, *shape), chunks=(65_536, *shape), compression="gzip", shuffle=True
    )

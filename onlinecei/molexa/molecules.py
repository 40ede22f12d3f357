"""The molecules that training and test data are made of, each in one split.

`molecules.xyz` beside this file is extended xyz, in angstrom, relaxed with GFN2-xTB by `tables/build_molecules.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from ase.data import atomic_numbers

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.errors import MoleculeError

SPLITS = ("train", "validation", "test", "test-8-9", "large", "extra")
"""The first three hold 2 to 7 atoms, then 8 or 9, then 10 to 14; `extra` has bromine or iodine."""
_PAIR = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A molecule at its equilibrium geometry."""

    name: str
    """Unique in the list: a name of the G2 set of ASE, one that chemists write, or the number in QM9."""
    formula: str
    """Sum formula in Hill order."""
    smiles: str
    """Without cis/trans marks; empty where it is not known."""
    source: str
    """Where the molecule was taken from: ``g2``, ``smiles`` or ``qm9``."""
    split: str
    """One of `SPLITS`."""
    symbols: tuple[str, ...]
    """Element symbols of the N atoms."""
    numbers: I8
    """Atomic numbers (N,)."""
    positions_au: F8
    """Positions (N, 3) in bohr about the centre of mass."""


def molecules(split: str | None = None) -> list[Entry]:
    """Give the molecules of a split, or all of them, by size and then by formula.

    Parameters
    ----------
    split
        One of `SPLITS`; None for every molecule.

    Returns
    -------
    list of Entry
        Their arrays are shared between calls and cannot be written to.

    Raises
    ------
    MoleculeError
        If there is no such split.
    """
    if split is not None and split not in SPLITS:
        raise MoleculeError(f"split '{split}' does not exist, expected one of {', '.join(SPLITS)}")
    return [entry for entry in _all() if split is None or entry.split == split]


@cache
def _all() -> tuple[Entry, ...]:
    lines = (files("onlinecei.molexa") / "molecules.xyz").read_text(encoding="utf-8").splitlines()
    return tuple(_entries(lines))


def _entries(lines: list[str]) -> Iterator[Entry]:
    start = 0
    while start < len(lines):
        first, last = start + 2, start + 2 + int(lines[start])
        yield _entry(dict(_PAIR.findall(lines[start + 1])), [line.split() for line in lines[first:last]])
        start = last


def _entry(keys: dict[str, str], rows: list[list[str]]) -> Entry:
    symbols = tuple(row[0] for row in rows)
    numbers = np.array([atomic_numbers[symbol] for symbol in symbols], dtype=np.int64)
    positions_au = np.array([row[1:] for row in rows], dtype=np.float64) * units.ANGSTROM
    for array in (numbers, positions_au):
        array.setflags(write=False)
    return Entry(
        name=keys["name"],
        formula=keys["formula"],
        smiles=keys.get("smiles", ""),
        source=keys["source"],
        split=keys["split"],
        symbols=symbols,
        numbers=numbers,
        positions_au=positions_au,
    )

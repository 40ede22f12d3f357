"""Molecules of somebody's own, to make training data of."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import ase.io
import numpy as np
from ase import Atoms
from ase.data import atomic_masses_common
from ase.formula import Formula

from onlinecei import units
from onlinecei.errors import MoleculeError
from onlinecei.molexa.molecules import Entry

SPLITS: Final = ("train", "validation", "test")
_EVERY: Final = 5
"""Of molecules that say nothing about it, the last of so many is for validation."""


def read_molecules(path: Path) -> list[Entry]:
    """Read molecules from an extended XYZ file, a frame for each at its equilibrium geometry, in angstrom.

    Parameters
    ----------
    path
        Comment keys ``name`` (omitted: sum formula and place in the file) and ``split``, one of `SPLITS` (omitted:
        every fifth molecule is for validation, the others are trained on).

    Raises
    ------
    MoleculeError
        The file cannot be read, a frame is no molecule, a name is there twice, or there is no such split.
    """
    try:
        frames = list(ase.io.iread(path, ":", format="extxyz"))
    except (OSError, ValueError, KeyError, IndexError, AssertionError, ase.io.formats.UnknownFileTypeError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise MoleculeError(f"'{path}' cannot be read as extended XYZ: {said}") from error
    if not frames:
        raise MoleculeError(f"'{path}' holds no molecule")
    found = list(_entries(frames, path))
    names = Counter(each.name for each in found)
    if twice := [name for name, count in names.items() if count > 1]:
        raise MoleculeError(f"'{path}' names two molecules '{twice[0]}', expected names that differ")
    return found


def digest(molecules: list[Entry]) -> str:
    """Tell one list from another."""
    told = hashlib.sha256()
    for each in molecules:
        told.update(f"{each.name}\0{each.split}\0{' '.join(each.symbols)}\0".encode())
        told.update(each.positions_au.tobytes())
    return told.hexdigest()[:16]


def _entries(frames: list[Atoms], path: Path) -> Iterator[Entry]:
    for place, atoms in enumerate(frames):
        formula = str(Formula.from_list(list(atoms.symbols)).format("hill"))
        usual = SPLITS[place % _EVERY == _EVERY - 1]
        name, split = str(atoms.info.get("name", f"{formula}-{place}")), str(atoms.info.get("split", usual))
        if len(atoms) < 2 or not np.isfinite(atoms.positions).all():
            raise MoleculeError(f"frame {place} of '{path}' is {formula or 'empty'}, expected two atoms or more")
        if split not in SPLITS:
            raise MoleculeError(f"split of '{name}' in '{path}' is '{split}', expected one of {', '.join(SPLITS)}")
        masses = atomic_masses_common[atoms.numbers]
        positions = (atoms.positions - masses @ atoms.positions / masses.sum()) * units.ANGSTROM
        yield Entry(
            name=name, formula=formula, smiles="", source=path.name, split=split, symbols=tuple(atoms.symbols),
            numbers=atoms.numbers.astype(np.int64), positions_au=positions,
        )  # fmt: skip

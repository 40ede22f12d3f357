"""Reading training data."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from onlinecei.arrays import F4, F8, I1, I8, U1
from onlinecei.errors import CEIError
from onlinecei.molexa.data.opening import open_checked, settings_of
from onlinecei.molexa.data.pack import unpack
from onlinecei.molexa.data.schema import COLUMNS, Setting, offsets
from onlinecei.molexa.data.stage1 import Batch
from onlinecei.molexa.molecules import SPLITS

SHIPPED = Path(__file__).parents[1] / "stage2.h5"
"""The set of stage 2 that comes with the program."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Simulated explosions of M molecules in G geometries: E entries, each of one geometry and one set of charges.

    Atoms are labelled: atom a of an entry is atom a of its geometry and of its molecule, also where a symmetry of the
    molecule makes two of them equal.
    """

    settings: Mapping[str, object]
    """The attributes of the file."""
    name: tuple[str, ...]
    """Of each molecule (M,)."""
    split: tuple[str, ...]
    """Of each molecule (M,): no molecule is in two."""
    molecule_first_atom: I8
    """(M + 1,) into `atomic_number`."""
    atomic_number: U1
    molecule: I8
    """(G,) molecule of each geometry."""
    index: I8
    """(G,) number of the geometry within its molecule; 0: at equilibrium."""
    trajectories: I8
    """(G,)"""
    full_share: F4
    """(G,) share of the trajectories in which every atom came free with a charge."""
    sigma_angstrom: F4
    """(G,) standard deviation of the displacements."""
    first_entry: I8
    """(G + 1,)"""
    geometry_first_atom: I8
    """(G + 1,) into `position_au`."""
    position_au: F4
    """(B, 3)"""
    count: I8
    """(E,) trajectories that ended with these charges."""
    first_atom: I8
    """(E + 1,) into the columns below."""
    charge: I1
    """(A,)"""
    momentum_au: F4
    """(A, 3) mean over the trajectories."""
    covariance_au2: F4
    """(A, 6) of the momentum in one trajectory: xx, xy, xz, yy, yz, zz. Of the mean: over `count`."""

    @property
    def geometry(self) -> I8:
        """Geometry (E,) of each entry."""
        return np.repeat(np.arange(self.molecule.size), np.diff(self.first_entry))

    def geometries(self, split: str) -> I8:
        """Numbers of the geometries of a split."""
        if split not in SPLITS:
            raise CEIError(f"split '{split}' does not exist, expected one of {', '.join(SPLITS)}")
        return np.flatnonzero((np.array(self.split) == split)[self.molecule])

    def entries(self, split: str) -> I8:
        """Numbers of the entries of a split."""
        return np.flatnonzero(np.isin(self.geometry, self.geometries(split)))

    def entry(self, number: int) -> tuple[U1, I1, F8, F8, F8]:
        """Give one entry: what a measurement has, and the geometry it came from.

        Returns
        -------
        atomic_number, charge
            (N,)
        position_au, momentum_au
            (N, 3)
        covariance_au2
            (N, 3, 3) of the momentum of each atom in one trajectory.
        """
        geometry = int(np.searchsorted(self.first_entry, number, side="right")) - 1
        molecule = int(self.molecule[geometry])
        own, mine = slice(*self.first_atom[number : number + 2]), slice(*self.geometry_first_atom[geometry:][:2])
        return (
            self.atomic_number[slice(*self.molecule_first_atom[molecule : molecule + 2])],
            self.charge[own],
            self.position_au[mine].astype(np.float64),
            self.momentum_au[own].astype(np.float64),
            self.covariance_au2[own][:, [[0, 1, 2], [1, 3, 4], [2, 4, 5]]].astype(np.float64),
        )


def open_dataset(path: Path) -> Dataset:
    """Read a file of training data of stage 2.

    Raises
    ------
    CEIError
        The file is missing, of another kind or version, or damaged.
    """
    with open_checked(path) as file:
        if file.attrs["stage"] != 2:
            raise CEIError(f"'{path}' holds training data of stage {file.attrs['stage']}, expected stage 2")
        columns = {name: file[name][()] for name in ("geometry/molecule", "geometry/index", *offsets(2), *COLUMNS[2])}
        numbers = {name: values.astype(np.int64) for name, values in columns.items() if values.dtype.kind == "i"}
        charge = columns["entry/charge"]
        columns |= numbers
        return Dataset(
            settings=_parsed(settings_of(file)),
            name=tuple(file["molecule/name"].asstr()[()]),
            split=tuple(file["molecule/split"].asstr()[()]),
            molecule_first_atom=file["molecule/first_atom"][()],
            atomic_number=file["molecule/atomic_number"][()],
            molecule=columns["geometry/molecule"],
            index=columns["geometry/index"],
            trajectories=columns["geometry/trajectories"],
            full_share=columns["geometry/full_share"],
            sigma_angstrom=columns["geometry/sigma_angstrom"],
            first_entry=columns["geometry/first_entry"],
            geometry_first_atom=columns["geometry/first_atom"],
            position_au=columns["geometry/position_au"],
            count=columns["entry/count"],
            first_atom=columns["entry/first_atom"],
            charge=charge,
            momentum_au=columns["entry/momentum_au"],
            covariance_au2=columns["entry/covariance_au2"],
        )


def read_batches(path: Path) -> Iterator[Batch]:
    """Give the batches in a file of training data of stage 1, one after another: files may be larger than memory.

    Raises
    ------
    CEIError
        The file is missing, of another kind or version, or damaged.
    """
    with open_checked(path) as file:
        if file.attrs["stage"] != 1:
            raise CEIError(f"'{path}' holds training data of stage {file.attrs['stage']}, expected stage 1")
        for number in range(len(file["batch/index"])):
            part = unpack(file, 1, number)
            columns: dict[str, Any] = {name.removeprefix("entry/"): column for name, column in part.columns.items()}
            yield Batch(first_atom=np.cumsum([0, *part.atoms]), **columns)


def summary(path: Path) -> list[tuple[str, int, int, int]]:
    """Count molecules, geometries and entries of each split; of stage 1, random molecules and their batches."""
    with open_checked(path) as file:
        if file.attrs["stage"] == 1:
            entries = len(file["entry/first_atom"]) - 1
            return [("random", entries, len(file["batch/index"]), entries)]
        split, molecule = file["molecule/split"].asstr()[()], file["geometry/molecule"][()]
        entries = np.diff(file["geometry/first_entry"][()])
        found = []
        for each in SPLITS:
            own = np.isin(molecule, np.flatnonzero(split == each))
            found.append((each, len(np.unique(molecule[own])), int(own.sum()), int(entries[own].sum())))
        return [row for row in found if row[1]]


def _parsed(settings: Mapping[str, Setting]) -> dict[str, object]:
    return {**settings, **{name: json.loads(str(settings[name])) for name in ("beam", "sigma_angstrom", "nearest")}}

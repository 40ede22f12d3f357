"""Molecules drawn without a simulation: displaced geometries, and the charges that their atoms may end with."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8, Bool
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.data.joined import MOST_ATOMS, join
from onlinecei.molexa.data.stage2 import NEAREST_ANGSTROM, NEAREST_RATIO, SIGMA_ANGSTROM
from onlinecei.molexa.molecules import Entry, molecules

_ROUNDS = 30
"""Of draws at one width, before it is narrowed where atoms still come too near."""
_NARROWED = 0.8
_LEVELS = 6
_LARGE = 6
"""Atoms of the entries whose level of ionisation joined molecules take: smaller ones reach higher."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Structures:
    """P molecules to displace, filled up to the same N atoms."""

    atomic_number: I8
    """(P, N)"""
    equilibrium_au: F8
    """(P, N, 3)"""
    least_au: F8
    """(P, N, N) no pair is displaced to a smaller distance; zero where there is none."""

    @classmethod
    def of(cls, whole: list[tuple[I8, F8]]) -> Self:
        """Take molecules of atomic numbers (N,) and positions (N, 3)."""
        numbers = np.zeros((len(whole), MOST_ATOMS), np.int64)
        positions = np.zeros((*numbers.shape, 3))
        for row, (atoms, place) in enumerate(whole):
            numbers[row, : atoms.size], positions[row, : atoms.size] = atoms, place
        there = numbers > 0
        pairs = there[:, :, None] & there[:, None] & ~np.eye(MOST_ATOMS, dtype=bool)
        least = np.maximum(NEAREST_RATIO * _distances(positions), NEAREST_ANGSTROM * units.ANGSTROM)
        return cls(atomic_number=numbers, equilibrium_au=positions, least_au=least * pairs)

    def displaced(self, rows: I8, rng: np.random.Generator) -> F8:
        """Displace some of them as stage 2 does: geometries (B, N, 3) in bohr."""
        width = rng.uniform(*SIGMA_ANGSTROM, rows.size) * units.ANGSTROM
        positions = self.equilibrium_au[rows]
        left, tries = np.arange(rows.size), 0
        while left.size:
            own = rows[left]
            trial = self.equilibrium_au[own] + width[left, None, None] * rng.standard_normal(positions[left].shape)
            good: Bool = np.all(_distances(trial) >= self.least_au[own], axis=(1, 2))
            positions[left[good]] = trial[good]
            left, tries = left[~good], tries + 1
            if tries % _ROUNDS == 0:
                width[left] *= _NARROWED
        return positions * (self.atomic_number[rows] > 0)[..., None]


def _distances(positions: F8) -> F8:
    apart = positions[:, :, None] - positions[:, None]
    return np.asarray(np.sqrt(np.einsum("bija,bija->bij", apart, apart)))


def known_structures(dataset: Dataset, split: str) -> tuple[Structures, list[I8]]:
    """Molecules of a split with explosions in the data, and the charges (K, N) of the entries of each."""
    by_name = {each.name: each for each in molecules(split)}
    owner = dataset.molecule[dataset.geometry]
    found, charges = [], []
    for number in np.unique(owner[dataset.entries(split)]).tolist():
        entries = np.flatnonzero(owner == number)
        found.append(_equilibrium(dataset, number, by_name.get(dataset.name[number])))
        charges.append(np.stack([dataset.charge[slice(*dataset.first_atom[each:][:2])] for each in entries]))
    return Structures.of(found), [each.astype(np.int64) for each in charges]


def _equilibrium(dataset: Dataset, number: int, ours: Entry | None) -> tuple[I8, F8]:
    """Give a molecule of the data; one that is not of the program has its equilibrium as its first geometry."""
    own = slice(*dataset.molecule_first_atom[number : number + 2])
    numbers = dataset.atomic_number[own].astype(np.int64)
    if ours is not None and np.array_equal(ours.numbers, numbers):
        return ours.numbers, ours.positions_au
    first = int(np.flatnonzero(dataset.molecule == number)[0])
    return numbers, dataset.position_au[slice(*dataset.geometry_first_atom[first : first + 2])].astype(np.float64)


def joined_structures(count: int, seed: int) -> Structures:
    """Molecules of the split `train`, joined."""
    rng = np.random.default_rng(seed)
    return Structures.of([join(rng) for _ in range(count)])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ionisation:
    """Charges of atoms by element and by the level of ionisation of their molecule.

    The level is the sum of the charges of a molecule over what is usual for its elements.
    """

    charge: I8
    """(A,) of the atoms of the data, by element and then by level."""
    first: I8
    """(elements * levels,) first atom of each."""
    count: I8
    levels: I8
    """(K,) of the larger molecules of the data."""

    @classmethod
    def of(cls, dataset: Dataset, split: str) -> Self:
        """Take the entries of a split."""
        entries = dataset.entries(split)
        numbers = [dataset.entry(int(each))[0] for each in entries]
        charges = [dataset.charge[slice(*dataset.first_atom[each:][:2])] for each in entries]
        number, charge = np.concatenate(numbers).astype(np.int64), np.concatenate(charges).astype(np.int64)
        sizes = np.array([each.size for each in numbers])
        usual = np.bincount(number, charge) / np.maximum(np.bincount(number), 1)
        owner = np.repeat(np.arange(sizes.size), sizes)
        level = np.bincount(owner, charge) / np.bincount(owner, usual[number])
        large = level[sizes >= min(_LARGE, sizes.max())]
        step = np.searchsorted(np.quantile(large, np.linspace(0, 1, _LEVELS + 1)[1:-1]), level)
        key = number * _LEVELS + step[owner]
        kinds = (int(number.max()) + 1) * _LEVELS
        order, count = np.argsort(key, kind="stable"), np.bincount(key, minlength=kinds)
        first = np.cumsum(count) - count
        return cls(
            charge=charge[order],
            first=np.where(count > 0, first, np.repeat(first[::_LEVELS], _LEVELS)),
            count=np.where(count > 0, count, np.repeat(count.reshape(-1, _LEVELS).sum(axis=1), _LEVELS)),
            levels=step[sizes >= min(_LARGE, sizes.max())],
        )

    def draw(self, atomic_number: I8, rng: np.random.Generator) -> I8:
        """Draw charges (B, N) for atoms (B, N): a level for each molecule, a charge for each atom."""
        level = rng.choice(self.levels, len(atomic_number))
        key = atomic_number * _LEVELS + level[:, None]
        chosen = self.first[key] + (rng.random(key.shape) * self.count[key]).astype(np.int64)
        drawn: I8 = self.charge[np.minimum(chosen, self.charge.size - 1)]
        return np.where(atomic_number > 0, drawn, 0)


def typical_spread(dataset: Dataset, split: str) -> F8:
    """Median standard deviation of a momentum component in one trajectory, over the rms momentum, by atomic number."""
    entries = dataset.entries(split)
    numbers, spreads = [], []
    for each in entries.tolist():
        number, _, _, momentum, covariance = dataset.entry(each)
        numbers.append(number)
        spreads.append(np.sqrt(np.einsum("nii->n", covariance) / 3 / np.square(momentum).sum(axis=1).mean()))
    number, spread = np.concatenate(numbers), np.concatenate(spreads)
    return np.array([np.median(spread[number == each]) if (number == each).any() else 0.0 for each in range(100)])

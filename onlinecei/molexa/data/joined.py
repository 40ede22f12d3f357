"""Larger molecules for training: molecules of the split `train`, joined where each gave a hydrogen atom away."""

from functools import cache

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.ions import covalent_radius_au
from onlinecei.molexa.molecules import molecules

MOST_ATOMS = 14
_THIRD = 0.3
"""Share of the joined molecules that get a third part, where there is room."""
_APART_AU = 3.0
"""Atoms of different parts are never nearer, but the two that the bond is between."""
_TRIES = 10

Structure = tuple[I8, F8]
"""Atomic numbers (N,) and positions (N, 3) in bohr."""


def join(rng: np.random.Generator) -> Structure:
    """Draw a molecule that is two or three molecules joined.

    None has the composition of a molecule that networks are tested on, whatever its structure.
    """
    while True:
        whole = _bonded(_drawn(rng), _drawn(rng), rng)
        if whole and rng.random() < _THIRD:
            whole = _bonded(whole, _drawn(rng), rng) or whole
        if whole and whole[0].size <= MOST_ATOMS and tuple(np.sort(whole[0])) not in _held_out():
            return whole


def _drawn(rng: np.random.Generator) -> Structure:
    parts = _parts()
    return parts[int(rng.integers(len(parts)))]


def _bonded(first: Structure, second: Structure, rng: np.random.Generator) -> Structure | None:
    """Take a hydrogen atom from each, and put the bond where they were; none if the parts get in each other's way."""
    if first[0].size + second[0].size - 2 > MOST_ATOMS or 1 not in first[0]:
        return None
    for _ in range(_TRIES):
        kept, at, along = _opened(first, rng)
        more, to, back = _opened(second, rng)
        apart = covalent_radius_au(int(kept[0][at])) + covalent_radius_au(int(more[0][to]))
        turned = (more[1] - more[1][to]) @ _turn(back, -along, rng) + kept[1][at] + apart * along
        distance = np.linalg.norm(kept[1][:, None] - turned[None], axis=2)
        distance[at, to] = np.inf
        if distance.min() >= _APART_AU:
            return np.concatenate([kept[0], more[0]]), np.concatenate([kept[1], turned])
    return None


def _opened(whole: Structure, rng: np.random.Generator) -> tuple[Structure, int, F8]:
    """Take away a hydrogen atom; give the rest, the atom of it that was nearest, and the direction of the bond."""
    numbers, positions = whole
    hydrogen = int(rng.choice(np.flatnonzero(numbers == 1)))
    rest, bonds = np.delete(positions, hydrogen, axis=0), np.delete(positions, hydrogen, axis=0) - positions[hydrogen]
    nearest = int(np.argmin(np.linalg.norm(bonds, axis=1)))
    along = -bonds[nearest] / np.linalg.norm(bonds[nearest])
    return (np.delete(numbers, hydrogen), rest), nearest, along


def _turn(of: F8, onto: F8, rng: np.random.Generator) -> F8:
    """Give a rotation (3, 3), for rows from the left, of one direction onto another, else at random."""
    return _frame(of, rng).T @ _frame(onto, rng)


def _frame(first: F8, rng: np.random.Generator) -> F8:
    """Right-handed unit vectors as rows, the first one given."""
    other = rng.standard_normal(3)
    second = other - (other @ first) * first
    second /= np.linalg.norm(second)
    return np.stack([first, second, np.cross(first, second)])


@cache
def _parts() -> list[Structure]:
    """Molecules with a hydrogen atom to give away, and two atoms more at least."""
    return [
        (each.numbers, each.positions_au)
        for each in molecules("train")
        if (each.numbers == 1).any() and each.numbers.size > 2
    ]


@cache
def _held_out() -> frozenset[tuple[int, ...]]:
    """Atomic numbers, in rising order, of the molecules that are not trained on."""
    others = ("validation", "test", "test-8-9", "large")
    return frozenset(tuple(np.sort(each.numbers)) for split in others for each in molecules(split))

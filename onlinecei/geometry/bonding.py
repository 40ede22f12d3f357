"""What is bonded to what in a geometry, and what its atoms are called."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from onlinecei.arrays import F8

BOND_FACTOR = 1.3
"""Atoms closer than this many sums of their covalent radii count as bonded."""


def atom_names(symbols: Sequence[str]) -> list[str]:
    """Name the atoms: the element, numbered where there are several."""
    total, seen = Counter(symbols), Counter[str]()
    names = []
    for symbol in symbols:
        seen[symbol] += 1
        names.append(f"{symbol}{seen[symbol]}" if total[symbol] > 1 else symbol)
    return names


def bonds(positions: F8, radii: F8) -> list[tuple[int, int]]:
    """Pairs of atoms that are close enough for a bond; positions (N, 3) and covalent radii (N,) in one unit."""
    return [
        (i, j)
        for i, j in combinations(range(len(radii)), 2)
        if np.linalg.norm(positions[i] - positions[j]) < BOND_FACTOR * (radii[i] + radii[j])
    ]


def corners(bonded: Sequence[tuple[int, int]], atoms: int) -> list[tuple[int, int, int]]:
    """Pairs of bonds that meet at an atom, which stands in the middle."""
    neighbours = [[b if a == atom else a for a, b in bonded if atom in {a, b}] for atom in range(atoms)]
    return [(i, centre, j) for centre in range(atoms) for i, j in combinations(neighbours[centre], 2)]

"""Bonds, lengths and angles of a reconstructed molecule, with first-order errors. Lengths in angstrom."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.ions import Channel, covalent_radius_au
from onlinecei.records import Reconstruction

BOND_FACTOR = 1.3
"""Atoms closer than this many sums of their covalent radii count as bonded."""
ALMOST_STRAIGHT = 1e-6
"""Sine below which the plane of an angle is not defined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A bond length or an angle."""

    name: str
    value: float
    error: float
    unit: str

    @property
    def text(self) -> str:
        """Value and error with the digits that the error allows."""
        digits = int(np.clip(1 - np.floor(np.log10(self.error)), 0, 4)) if self.error > 0 else 3
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f} {self.unit}"


def positions_angstrom(found: Reconstruction) -> F8:
    """Positions (N, 3)."""
    return found.positions_au / units.ANGSTROM


def uncertainty_angstrom(found: Reconstruction) -> F8:
    """Standard errors (N, 3)."""
    return found.uncertainty_au / units.ANGSTROM


def labels(channel: Channel) -> list[str]:
    """Name the atoms: the element, numbered where there are several."""
    symbols = [ion.symbol for ion in channel.ions]
    total, seen = Counter(symbols), Counter[str]()
    names = []
    for symbol in symbols:
        seen[symbol] += 1
        names.append(f"{symbol}{seen[symbol]}" if total[symbol] > 1 else symbol)
    return names


def radii_angstrom(channel: Channel) -> F8:
    """Covalent radii (N,)."""
    return np.array([covalent_radius_au(ion.atomic_number) for ion in channel.ions]) / units.ANGSTROM


def bonds(positions: F8, radii: F8) -> list[tuple[int, int]]:
    """Pairs of atoms that are close enough for a bond."""
    return [
        (i, j)
        for i, j in combinations(range(len(radii)), 2)
        if np.linalg.norm(positions[i] - positions[j]) < BOND_FACTOR * (radii[i] + radii[j])
    ]


def length(positions: F8, errors: F8, i: int, j: int) -> tuple[float, float]:
    """Distance of two atoms and its error, coordinates taken as independent."""
    apart = positions[i] - positions[j]
    distance = float(np.linalg.norm(apart))
    along = apart / distance
    return distance, float(np.sqrt(along**2 @ (errors[i] ** 2 + errors[j] ** 2)))


def angle(positions: F8, errors: F8, i: int, centre: int, j: int) -> tuple[float, float]:
    """Angle in degrees at `centre` and its error, coordinates taken as independent."""
    a, b = positions[i] - positions[centre], positions[j] - positions[centre]
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    cosine = float(np.clip(a @ b / (la * lb), -1.0, 1.0))
    sine = max(np.sqrt(1.0 - cosine**2), ALMOST_STRAIGHT)
    by_i = (cosine * a / la - b / lb) / (la * sine)
    by_j = (cosine * b / lb - a / la) / (lb * sine)
    variance = by_i**2 @ errors[i] ** 2 + by_j**2 @ errors[j] ** 2 + (by_i + by_j) ** 2 @ errors[centre] ** 2
    return float(np.degrees(np.arccos(cosine))), float(np.degrees(np.sqrt(variance)))


def quantities(found: Reconstruction) -> list[Quantity]:
    """Bond lengths, then angles between bonds; every distance where nothing is bonded."""
    channel = found.centroids.channel
    positions, errors, names = positions_angstrom(found), uncertainty_angstrom(found), labels(channel)
    bonded = bonds(positions, radii_angstrom(channel))
    rows = []
    for i, j in bonded or combinations(range(len(names)), 2):
        value, error = length(positions, errors, i, j)
        rows.append(Quantity(name=f"{names[i]}–{names[j]}", value=value, error=error, unit="Å"))
    for i, centre, j in _corners(bonded, len(names)):
        value, error = angle(positions, errors, i, centre, j)
        rows.append(Quantity(name=f"{names[i]}–{names[centre]}–{names[j]}", value=value, error=error, unit="°"))
    return rows


def _corners(bonded: list[tuple[int, int]], atoms: int) -> list[tuple[int, int, int]]:
    neighbours = [[b if a == atom else a for a, b in bonded if atom in {a, b}] for atom in range(atoms)]
    return [(i, centre, j) for centre in range(atoms) for i, j in combinations(neighbours[centre], 2)]

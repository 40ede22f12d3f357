"""Names, bonds, lengths and angles of a molecule. Lengths in angstrom."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.geometry import angle, atom_names, bonds, distance
from onlinecei.geometry import corners as corners_of
from onlinecei.ions import Channel, covalent_radius_au
from onlinecei_gui.molecule.shown import SCALE_AU, Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A distance or an angle, or the size of a momentum."""

    atoms: tuple[int, ...]
    """Two, or three with the corner in the middle; of momenta one, or two that have an angle."""
    name: str
    value: float
    error: float
    """NaN where it is not known."""
    unit: str

    @property
    def digits(self) -> int:
        """Behind the point, as many as the error allows."""
        return int(np.clip(1 - np.floor(np.log10(self.error)), 0, 4)) if self.error > 0 else 3

    @property
    def text(self) -> str:
        """Value and error."""
        known = f" ± {self.error:.{self.digits}f}" if math.isfinite(self.error) else ""
        return f"{self.value:.{self.digits}f}{known} {self.unit}"

    def beside(self, other: "Quantity") -> str:
        """Write another value, and how far this one is from it."""
        apart = f"{self.value - other.value:+.{self.digits}f}".replace("-", "\N{MINUS SIGN}")
        return f"{other.value:.{self.digits}f} ({apart})"


def labels(channel: Channel) -> list[str]:
    """Name the atoms: the element, numbered where there are several."""
    return atom_names([ion.symbol for ion in channel.ions])


def radii_angstrom(channel: Channel) -> F8:
    """Covalent radii (N,)."""
    return np.array([covalent_radius_au(ion.atomic_number) for ion in channel.ions]) / units.ANGSTROM


def measure(shown: Shown, atoms: Sequence[int]) -> Quantity:
    """Measure the distance of two atoms, or the angle of three about the middle one; of momenta see `_momentum`."""
    if shown.momenta:
        return _momentum(shown, atoms)
    names = labels(shown.channel)
    found, unit = (distance, "Å") if len(atoms) == 2 else (angle, "°")
    value, error = found(shown.positions, shown.errors, *atoms)
    name = "–".join(names[atom] for atom in atoms)
    return Quantity(atoms=tuple(atoms), name=name, value=value, error=error, unit=unit)


def measurable(shown: Shown, atoms: Sequence[int]) -> bool:
    """Whether there is something to measure between atoms."""
    return len(atoms) in ((1, 2) if shown.momenta else (2, 3))


def _momentum(shown: Shown, ions: Sequence[int]) -> Quantity:
    """Measure the momentum of one ion, or the angle between those of two."""
    names, origin = labels(shown.channel), len(shown.positions)
    places = np.vstack([shown.positions, np.zeros(3)])
    errors = np.pad(shown.errors, (0, 3))
    if len(ions) == 1:
        value, error = (SCALE_AU * each for each in distance(places, errors, ions[0], origin))
        return Quantity(atoms=tuple(ions), name=f"p({names[ions[0]]})", value=value, error=error, unit="a.u.")
    value, error = angle(places, errors, ions[0], origin, ions[1])
    name = f"∠ p({names[ions[0]]}), p({names[ions[1]]})"
    return Quantity(atoms=tuple(ions), name=name, value=value, error=error, unit="°")


def quantities(shown: Shown, *, everything: bool = False) -> list[Quantity]:
    """Bond lengths, then angles between bonds; every distance where nothing is bonded, or where all are wanted.

    Of momenta the size of each, then the angles between them.
    """
    atoms = range(len(shown.positions))
    if shown.momenta:
        return [_momentum(shown, each) for each in (*((atom,) for atom in atoms), *combinations(atoms, 2))]
    bonded = bonds(shown.positions, radii_angstrom(shown.channel))
    pairs: Iterable[tuple[int, int]] = combinations(atoms, 2) if everything else bonded or combinations(atoms, 2)
    corners = [] if everything else corners_of(bonded, len(atoms))
    return [measure(shown, each) for each in (*pairs, *corners)]

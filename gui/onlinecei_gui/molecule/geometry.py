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
from onlinecei_gui.molecule.shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A distance or an angle."""

    atoms: tuple[int, ...]
    """Two, or three with the corner in the middle."""
    name: str
    value: float
    error: float
    """NaN where it is not known."""

    @property
    def unit(self) -> str:
        """Of value and error."""
        return "Å" if len(self.atoms) == 2 else "°"

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
    """Measure the distance of two atoms, or the angle of three about the middle one."""
    names = labels(shown.channel)
    found = distance if len(atoms) == 2 else angle
    value, error = found(shown.positions, shown.errors, *atoms)
    return Quantity(atoms=tuple(atoms), name="–".join(names[atom] for atom in atoms), value=value, error=error)


def quantities(shown: Shown, *, everything: bool = False) -> list[Quantity]:
    """Bond lengths, then angles between bonds; every distance where nothing is bonded, or where all are wanted."""
    atoms = range(len(shown.positions))
    bonded = bonds(shown.positions, radii_angstrom(shown.channel))
    pairs: Iterable[tuple[int, int]] = combinations(atoms, 2) if everything else bonded or combinations(atoms, 2)
    corners = [] if everything else corners_of(bonded, len(atoms))
    return [measure(shown, each) for each in (*pairs, *corners)]

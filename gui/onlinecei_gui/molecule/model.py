"""What is drawn of molecules: balls, sticks and ellipsoids. Lengths in angstrom."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.geometry import bonds
from onlinecei_gui.molecule import geometry
from onlinecei_gui.molecule.shown import SCALE_AU, Shown

BALL = 0.5
"""Radius of a ball over the covalent radius, so that the bonds are seen."""
STICK, SUNK = 0.09, 0.9
"""Radius of a stick in angstrom, and where it leaves the ball, in radii of the ball."""
THIN = 0.55
"""Balls and sticks of a ghost, over those of the molecule that it lies on."""
SIGMAS = 3.0
"""Half axes of an ellipsoid in standard errors; a normal error is inside with 97 %."""
TIMES = (1, 2, 5, 10, 20, 50, 100, 200)
"""How much larger than they are ellipsoids may be drawn."""
LARGEST = 1.9
"""Half axis of the middling ellipsoid over the radius of its ball, at most."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """One molecule."""

    positions: F8
    """(N, 3) about the middle of the picture."""
    radii: F8
    """(N,) of the balls."""
    labels: Sequence[str]
    """Empty on ghosts."""
    atomic_numbers: Sequence[int]
    bonds: Sequence[tuple[int, int]]
    half_axes: F8
    """(N, 3, 3) rows are the half axes of each ellipsoid, one standard error long; NaN where nothing is known."""
    tint: str = ""
    """Colour of a ghost; empty: the elements' own."""
    origin: F8 | None = None
    """(3,) where momenta begin, each with a stick of its own; None for places."""

    @property
    def ghost(self) -> bool:
        """Whether it is something to compare with."""
        return bool(self.tint)

    @property
    def stick(self) -> float:
        """Radius of its sticks."""
        return STICK * (THIN if self.ghost or self.origin is not None else 1.0)

    @property
    def sticks(self) -> Iterator[tuple[int, F8, F8]]:
        """Sticks of one colour: the atom that it is of, where that is, and where the stick ends."""
        for i, j in self.bonds:
            middle = (self.positions[i] + self.positions[j]) / 2
            yield from ((atom, self.positions[atom], middle) for atom in (i, j))
        if self.origin is not None:
            yield from ((atom, place, self.origin) for atom, place in enumerate(self.positions))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """All that one picture holds; the first molecule is the one that is spoken of."""

    models: Sequence[Model]
    times: float = 0.0
    """How much larger than `SIGMAS` standard errors ellipsoids are drawn; 0: none are."""
    least_reach: float = 0.0
    """Radius of the sphere that has room at least: that of all pictures of a movie."""
    ruler: str = "0.5 Å"
    """What half an angstrom of the picture is."""

    @property
    def sizes(self) -> str:
        """How large ellipsoids are drawn, in words; empty where none are."""
        times = f" × {self.times:g}" if self.times > 1 else ""
        return f"ellipsoids {SIGMAS:g} σ{times}" if self.times else ""

    @property
    def first(self) -> Model:
        """The molecule that is spoken of."""
        return self.models[0]

    @property
    def reach(self) -> float:
        """Radius of the sphere that holds everything."""
        own = (float(np.max(np.linalg.norm(each.positions, axis=1) + each.radii)) for each in self.models)
        return max(self.least_reach, *own)

    def half_axes(self, atom: int) -> F8 | None:
        """Half axes (3, 3) of an ellipsoid as it is drawn; None where there is none."""
        axes = self.times * SIGMAS * self.first.half_axes[atom]
        return axes if self.times and np.isfinite(axes).all() else None


def scene_of(
    shown: Shown,
    ghosts: Sequence[tuple[F8, str]] = (),
    *,
    times: float | None,
    positions: F8 | None = None,
    middle: F8 | None = None,
    reach: float = 0.0,
) -> Scene:
    """Make the picture of a geometry and of others (N, 3) in its frame, each with a tint.

    Parameters
    ----------
    shown
        The geometry that is spoken of.
    ghosts
        Positions of other geometries, atom by atom, and their colours.
    times
        How much larger ellipsoids are drawn; None: as much as can be seen well.
    positions
        (N, 3) that the atoms are drawn at instead of their own.
    middle
        (3,) middle of the picture; that of the atoms if omitted.
    reach
        Radius about it that has room at least.
    """
    positions = shown.positions if positions is None else positions
    radii = BALL * geometry.radii_angstrom(shown.channel)
    middle = _middle(positions, shown) if middle is None else middle
    half_axes = _half_axes(shown.covariance)
    first = _model(positions - middle, shown, radii, half_axes, "")
    others = [
        _model(ghost - middle, shown, THIN * radii, np.full_like(half_axes, np.nan), tint) for ghost, tint in ghosts
    ]
    drawn = fitting_times(half_axes, radii) if times is None else times
    ruler = {"ruler": f"{SCALE_AU / 2:g} a.u."} if shown.momenta else {}
    return Scene(models=(first, *others), times=drawn, least_reach=reach, **ruler)


def _middle(positions: F8, shown: Shown) -> F8:
    """Give the middle of the atoms, or where momenta begin."""
    return np.zeros(3) if shown.momenta else (positions.min(axis=0) + positions.max(axis=0)) / 2


def fitting_times(half_axes: F8, radii: F8) -> float:
    """How much larger ellipsoids are drawn so that the middling one reaches out of its ball, and no farther."""
    longest = SIGMAS * np.linalg.norm(half_axes, axis=2).max(axis=1) / radii
    if not np.isfinite(longest).any():
        return 0.0
    middling = float(np.nanmedian(longest))
    return float(max((times for times in TIMES if times * middling <= LARGEST), default=1))


def _model(positions: F8, shown: Shown, radii: F8, half_axes: F8, tint: str) -> Model:
    return Model(
        positions=positions,
        radii=radii,
        labels=[] if tint else geometry.labels(shown.channel),
        atomic_numbers=[ion.atomic_number for ion in shown.channel.ions],
        bonds=[] if shown.momenta else bonds(positions, geometry.radii_angstrom(shown.channel)),
        origin=np.zeros(3) if shown.momenta else None,
        half_axes=half_axes,
        tint=tint,
    )


def _half_axes(covariance: F8) -> F8:
    """Half axes (N, 3, 3) of the ellipsoids of one standard error, from the covariance (3 N, 3 N) of all atoms."""
    atoms = len(covariance) // 3
    found = np.full((atoms, 3, 3), np.nan)
    for atom in range(atoms):
        own = covariance[3 * atom : 3 * atom + 3, 3 * atom : 3 * atom + 3]
        if np.isfinite(own).all():
            squares, axes = np.linalg.eigh(own)
            found[atom] = (axes * np.sqrt(np.maximum(squares, 0.0))).T
    return found

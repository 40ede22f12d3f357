"""Geometries as pictures: each molecule seen where it is broadest, with the errors of its atoms."""

from collections.abc import Iterator, Sequence

import numpy as np
from ase.data.colors import jmol_colors
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.geometry import atom_names, bonds
from onlinecei.ions import covalent_radius_au
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.report.canvas import FAINT, INK
from onlinecei.report.drawing import Drawing
from onlinecei.report.words import channel_in_words
from onlinecei.setup import Setup

_WORDS = (
    "Positions about the centre of mass in angstrom, each molecule turned to where it is broadest. The crosses are the "
    "standard errors of the atoms along both axes; they follow from counting alone."
)
_ACROSS = 4
_MOST = 12
"""More than this is for the table."""
_SIZE = 0.55
"""Radius of an atom, over its covalent one."""


def molecules(snapshot: Snapshot, setup: Setup) -> Iterator[Drawing]:
    """Draw the geometries that were found; of a long scan some, evenly spread."""
    found = [each for each in snapshot.reconstructions if each.found]
    if not found:
        return
    shown = [
        found[place] for place in np.unique(np.linspace(0, len(found) - 1, min(len(found), _MOST)).round().astype(int))
    ]
    down, across = -(-len(shown) // _ACROSS), min(len(shown), _ACROSS)
    yield Drawing(
        name="molecules", heading="Geometries", words=_WORDS, height=2.9 * down, width=2.4 * max(across, 2),
        draw=lambda figure: _draw(figure, shown, setup),
    )  # fmt: skip


def _draw(figure: Figure, found: Sequence[Reconstruction], setup: Setup) -> None:
    down, across = -(-len(found) // _ACROSS), max(min(len(found), _ACROSS), 2)
    places = figure.subplots(down, across, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    reach = max(float(np.abs(_flat(each)[0]).max()) for each in found) * 1.25 + 0.3
    for axes, each in zip(places, found, strict=False):
        _molecule(axes, each)
        axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axes.set_title(_title(each, setup), fontsize=9)
    _scale(places[0], reach)


def _title(each: Reconstruction, setup: Setup) -> str:
    delays = setup.delays.labels
    name = channel_in_words(each.centroids.name)
    return f"{name}\n{delays[each.centroids.delay_bin]}" if len(delays) > 1 else name


def _flat(each: Reconstruction) -> tuple[F8, F8]:
    """Turn a molecule to where it is broadest, in angstrom: (N, 2) positions and (N, 2) errors."""
    positions = each.positions_au / units.ANGSTROM
    axes = np.linalg.svd(positions - positions.mean(axis=0))[2][:2]
    axes *= np.where(axes[np.arange(2), np.abs(axes).argmax(axis=1)] < 0, -1.0, 1.0)[:, None]
    errors = np.sqrt((each.uncertainty_au / units.ANGSTROM) ** 2 @ axes.T**2)
    return positions @ axes.T, np.asarray(errors)


def _molecule(axes: Axes, each: Reconstruction) -> None:
    ions = each.centroids.channel.ions
    places, errors = _flat(each)
    radii = np.array([covalent_radius_au(ion.atomic_number) for ion in ions])
    for i, j in bonds(each.positions_au, radii):
        axes.plot(*places[[i, j]].T, color=FAINT, linewidth=5, solid_capstyle="round", zorder=1)
    for name, ion, radius, place, error in zip(
        atom_names([ion.symbol for ion in ions]), ions, radii / units.ANGSTROM, places, errors, strict=True
    ):
        colour = jmol_colors[ion.atomic_number]
        axes.add_patch(Circle(tuple(place), _SIZE * radius, facecolor=colour, edgecolor=FAINT, linewidth=0.8, zorder=2))
        axes.errorbar(place[0], place[1], error[1], error[0], color="black", linewidth=1.0, zorder=3)
        below = (place[0], place[1] - _SIZE * radius)
        axes.annotate(name, below, xytext=(0, -2), textcoords="offset points", ha="center", va="top", fontsize=8)


def _scale(axes: Axes, reach: float) -> None:
    """Draw a bar of one angstrom."""
    axes.plot([-reach * 0.95, -reach * 0.95 + 1.0], [-reach * 0.95] * 2, color=INK, linewidth=1.5)
    axes.text(-reach * 0.95 + 0.5, -reach * 0.9, "1 Å", ha="center", va="bottom", fontsize=8, color=INK)

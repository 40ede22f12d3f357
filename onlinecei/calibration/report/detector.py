"""The detector's picture, species by species, and how the middle of the spots moves with flight time."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from onlinecei.calibration._hits_records import LandingLine, SpeciesImage
from onlinecei.calibration.words import ion_in_words
from onlinecei.report.canvas import BLUE, ORANGE, bare, image, picture

_ACROSS = 4
_TO_SEE = "white"
"""On the colours of an image, light page or dark."""


def images(found: tuple[SpeciesImage, ...], radius_mm: float) -> str:
    """Where the ions of each species landed."""
    down = -(-len(found) // _ACROSS)
    across = min(len(found), _ACROSS)

    def draw(figure: Figure) -> None:
        places = figure.subplots(down, across, squeeze=False).ravel()
        for axes, one in zip(places, found, strict=False):
            image(axes, one.edges_mm, one.counts, "mm")
            axes.add_patch(Circle((0, 0), radius_mm, fill=False, color=_TO_SEE, linewidth=0.8, linestyle=":"))
            axes.plot(*one.centre_mm, "+", color=_TO_SEE, markersize=13, markeredgewidth=1.2)
            axes.set_title(f"{ion_in_words(one.name)}   {one.counts.sum():,}")
        for axes in places[len(found) :]:
            bare(axes)

    return picture(draw, 2.55 * down, 2.4 * across)


def landing(found: LandingLine) -> str:
    """Draw the middle of the spots against flight time, a line for x and one for y."""
    upto = np.array([0.0, found.t_ns.max() * 1.08])

    def draw(figure: Figure) -> None:
        panels = zip(figure.subplots(1, 2), "xy", (BLUE, ORANGE), strict=True)
        for axis, (axes, name, colour) in enumerate(panels):
            axes.plot(upto, found.centre_mm[axis] + found.velocity_mm_per_ns[axis] * upto, color=colour, linewidth=1)
            axes.errorbar(
                found.t_ns, found.place_mm[:, axis], found.error_mm[:, axis], fmt="o", color=colour, markersize=5,
                capsize=3,
            )  # fmt: skip
            for ion, at, place in zip(found.names, found.t_ns, found.place_mm[:, axis], strict=True):
                axes.annotate(ion_in_words(ion), (at, place), xytext=(6, 5), textcoords="offset points", fontsize=9)
            axes.set(xlabel="flight time, t0 taken off [ns]", ylabel=f"{name} of the spot's middle [mm]", xlim=upto)
            axes.margins(y=0.2)

    return picture(draw, 2.9)

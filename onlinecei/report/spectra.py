"""What the detector saw: flight times, where ions land, pairs of flight times."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from onlinecei.arrays import AnyArray
from onlinecei.centroids import Layout
from onlinecei.records import Delta
from onlinecei.report.canvas import BLUE, INK, SERIES, coarser, steps
from onlinecei.report.drawing import Drawing
from onlinecei.report.words import ion_in_words
from onlinecei.setup import Setup

_HEADING = "What the detector saw"
_LEVELS = 3
"""Heights at which names of peaks stand in turn."""
_TIMES = (
    "Hits over flight time. The bands are where the setup looks for each ion; a peak outside of all bands is an ion "
    "that the setup does not know."
)
_IMAGES = (
    "Left: where hits land, with the radius of the setup; a dark sector or a spot that is cut biases the momenta. "
    "Right: first against second flight time of all pairs of a pulse; ions of one molecule make the bright "
    "spots."
)


def spectra(total: Delta, setup: Setup) -> Iterator[Drawing]:
    """Draw the spectra of a run."""
    layout = Layout.of(setup)
    yield Drawing(
        name="time-of-flight", heading=_HEADING, words=_TIMES, height=2.9,
        draw=lambda figure: _times(figure, layout, total),
    )  # fmt: skip
    yield Drawing(
        name="images", heading=_HEADING, words=_IMAGES, height=4.1, draw=lambda figure: _images(figure, layout, total)
    )


def _times(figure: Figure, layout: Layout, total: Delta) -> None:
    axes = figure.subplots()
    counts = layout.view(total.values, "time_of_flight")
    edges, counts = coarser(layout.time_axis.edges, counts)
    steps(axes, edges, counts, BLUE)
    top = max(int(counts.max(initial=0)), 10)
    bottom = max(0.5 * float(counts[counts > 0].min(initial=top)), 0.5)
    axes.set(
        yscale="log" if counts.any() else "linear",
        ylim=(bottom, top * (top / bottom) ** 0.3),
        xlim=(edges[0], edges[-1]),
    )
    axes.set(xlabel="flight time [ns]", ylabel=f"hits per {edges[1] - edges[0]:.3g} ns")
    for place, (section, (low, high)) in enumerate(zip(layout.setup.ions, layout.windows_ns, strict=True)):
        colour = SERIES[1 + place % (len(SERIES) - 2)]
        axes.axvspan(low, high, color=colour, alpha=0.13, linewidth=0)
        height = top * (top / bottom) ** (0.04 + 0.09 * (place % _LEVELS))
        axes.text(
            (low + high) / 2, height, ion_in_words(section.name), color=colour, ha="center", va="bottom",
            fontweight="bold",
        )  # fmt: skip


def _images(figure: Figure, layout: Layout, total: Delta) -> None:
    landing, pairs = figure.subplots(1, 2)
    x, y = (axis.edges for axis in layout.blocks["detector_image"].axes)
    counted(figure, landing, x, y, layout.view(total.values, "detector_image"))
    centre, radius = layout.setup.detector.centre_mm, layout.setup.detector.radius_mm
    landing.add_patch(Circle((0, 0), radius, fill=False, color=INK, linewidth=0.8, linestyle=":"))
    landing.plot(*centre, "+", color="white", markersize=9, markeredgewidth=1.2)
    landing.set(xlabel="x [mm]", ylabel="y [mm]", title="Hits", aspect="equal")
    first, second = (axis.edges for axis in layout.blocks["pipico"].axes)
    counted(figure, pairs, first, second, layout.view(total.values, "pipico"))
    pairs.set(xlabel="first flight time [ns]", ylabel="second flight time [ns]", title="Pairs of hits", aspect="equal")


def counted(figure: Figure, axes: Axes, x: AnyArray, y: AnyArray, counts: AnyArray) -> None:
    """Draw counts (X, Y) on a logarithmic scale; empty bins stay empty."""
    shown = np.ma.masked_less_equal(counts.T, 0)
    top = float(counts.max(initial=0))
    mesh = axes.pcolormesh(x, y, shown, norm=LogNorm(0.5, max(top, 1.0)), rasterized=True)
    if counts.any():
        figure.colorbar(mesh, ax=axes, shrink=0.85, pad=0.02)

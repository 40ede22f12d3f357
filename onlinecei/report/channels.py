"""What each channel holds: kinetic energies, momentum sums, momenta in the molecular frame; all delays together."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onlinecei.arrays import F8, I8
from onlinecei.centroids import Background, Layout, background
from onlinecei.centroids.layout import SUM_VIEW
from onlinecei.files.nexus_names import nexus_name
from onlinecei.records import Delta
from onlinecei.report.canvas import BLUE, FAINT, ORANGE, SERIES, coarser, steps
from onlinecei.report.drawing import Drawing
from onlinecei.report.spectra import counted
from onlinecei.report.words import channel_in_words
from onlinecei.setup import ChannelSection, Setup

_WORDS = (
    "Kinetic energy of the ions, and the false coincidences in it (orange). {sums}Momenta in the frame of the "
    "molecule: the first ion flies along x, the others make the spots."
)
_SUMS = "The momenta of one molecule add up to nothing: a narrow peak at zero is a good calibration; dashed: the gate. "
_SHOWN = 0.99
"""Share of the events that the axis of energies reaches to: a few false ones lie far beyond the others."""


@dataclass(frozen=True, slots=True)
class _Channel:
    """The histograms of one channel."""

    layout: Layout
    section: ChannelSection
    values: I8
    false: Background | None

    def counts(self, kind: str) -> F8:
        return np.asarray(self.layout.view(self.values, f"{self.section.name}:{kind}"), np.float64)

    def background(self, kind: str) -> F8 | None:
        return None if self.false is None else self.layout.blocks[f"{self.section.name}:{kind}"].of(self.false.values)

    def edges(self, kind: str) -> F8:
        return np.asarray(self.layout.blocks[f"{self.section.name}:{kind}"].axes[0].edges)


def channels(total: Delta, setup: Setup) -> Iterator[Drawing]:
    """Draw every channel that has events."""
    layout, false = Layout.of(setup), background(total, setup)
    for section in setup.channels:
        own = _Channel(layout, section, total.values, false)
        if own.counts("events").any():
            yield _drawing(own)


def _drawing(own: _Channel) -> Drawing:
    section = own.section
    panels = [_ker, *([_sums] if section.momentum_sum_au is not None else []), _map]
    said = _SUMS if section.momentum_sum_au is not None else ""

    def draw(figure: Figure) -> None:
        places = figure.subplots(1, len(panels), squeeze=False, width_ratios=[1.15] * (len(panels) - 1) + [1.0])[0]
        for panel, axes in zip(panels, places, strict=True):
            panel(figure, axes, own)

    return Drawing(
        name=f"channel-{nexus_name(section.name)}",
        heading=channel_in_words(section.name),
        words=_WORDS.format(sums=said),
        draw=draw,
        height=2.7,
        width=3.2 * len(panels),
    )


def _ker(_figure: Figure, axes: Axes, own: _Channel) -> None:
    counts, false, edges = own.counts("ker").sum(axis=0), own.background("ker"), own.edges("ker")
    stop = min(int(np.searchsorted(counts.cumsum(), _SHOWN * counts.sum()) * 1.3) + 2, counts.size)
    _filled(axes, edges[: stop + 1], counts[:stop], BLUE)
    if false is not None:
        steps(axes, edges[: stop + 1], false.sum(axis=0)[:stop], ORANGE)
    axes.set(xlabel="kinetic energy release [eV]", ylabel=f"events per {edges[1] - edges[0]:.2g} eV", ylim=(0, None))
    axes.set_xlim(0, edges[stop])


def _filled(axes: Axes, edges: F8, counts: F8, colour: str) -> None:
    edges, counts = coarser(edges, counts, 150)
    steps(axes, edges, counts, colour, filled=True)
    steps(axes, edges, counts, colour)


def _sums(_figure: Figure, axes: Axes, own: _Channel) -> None:
    counts, edges = own.counts("momentum_sum"), own.edges("momentum_sum")
    for axis, colour in zip(range(3), SERIES, strict=False):
        steps(axes, edges, counts[axis], colour, f"p{'xyz'[axis]}")
    gate = edges[-1] / SUM_VIEW
    for side in (-gate, gate):
        axes.axvline(side, color=FAINT, linewidth=0.9, linestyle="--")
    axes.set(xlabel="momentum sum [a.u.]", ylabel="combinations", xlim=(edges[0], edges[-1]), ylim=(0, None))
    axes.legend(loc="upper right", handlelength=1.0)


def _map(figure: Figure, axes: Axes, own: _Channel) -> None:
    edges = own.edges("momentum_map")
    counted(figure, axes, edges, edges, own.counts("momentum_map").sum(axis=0)[0])
    axes.axhline(0, color=FAINT, linewidth=0.6)
    axes.axvline(0, color=FAINT, linewidth=0.6)
    axes.set(xlabel="px [a.u.]", ylabel="py [a.u.]", aspect="equal")

"""Flight times: the spectrum with its named peaks, what is left over, and the drift."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onlinecei.arrays import F8
from onlinecei.calibration._hits_records import Drifts, NamedSpectrum, TimeResiduals
from onlinecei.calibration.words import ion_in_words
from onlinecei.report.canvas import BLUE, FAINT, GREEN, INK, ORANGE, PURPLE, coarser, picture, steps

_LEVELS = 3
"""Heights at which names of peaks stand in turn."""


def spectrum(found: NamedSpectrum) -> str:
    """Hits over flight time, each peak with its name."""
    edges, counts = coarser(*_where_hits_are(found))

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        steps(axes, edges, counts, BLUE)
        bottom, top = 0.5 * counts[counts > 0].min(initial=counts.max() or 1), max(counts.max(), 10)
        axes.set_ylim(bottom, top * (top / bottom) ** 0.28)
        axes.set_yscale("log" if counts.any() else "linear")
        axes.set_xlim(edges[0], edges[-1])
        _name_peaks(axes, found, top, top / bottom)
        axes.set(xlabel="flight time, as recorded [ns]", ylabel=f"hits per {edges[1] - edges[0]:.3g} ns")

    return picture(draw, 3.3)


def _where_hits_are(found: NamedSpectrum) -> tuple[F8, np.ndarray]:
    filled = np.flatnonzero(found.counts)
    if not filled.size:
        return found.edges_ns, found.counts
    last = max(filled[np.searchsorted(found.counts[filled].cumsum(), 0.999 * found.counts.sum())], 10)
    wanted = max([found.edges_ns[last], *found.positions_ns]) * 1.05
    stop = int(min(np.searchsorted(found.edges_ns, wanted), found.counts.size))
    start = int(min(max(filled[0] - stop // 50, 0), stop - 10))
    return found.edges_ns[start : stop + 1], found.counts[start:stop]


def _name_peaks(axes: Axes, found: NamedSpectrum, top: float, span: float) -> None:
    order = np.argsort(found.positions_ns)
    for turn, peak in enumerate(order):
        colour = PURPLE if found.gas[peak] else ORANGE
        at = found.positions_ns[peak]
        height = top * span ** (0.05 + 0.08 * (turn % _LEVELS))
        axes.vlines(at, 0, height, color=colour, linewidth=0.8, linestyle=":" if found.gas[peak] else "--")
        name = ion_in_words(found.names[peak], gas=found.gas[peak])
        axes.text(at, height, f" {name}", color=colour, ha="left", va="center", fontweight="bold", fontsize=9)


def residuals(found: TimeResiduals) -> str:
    """What is left of each species' flight time when the line is taken off."""

    def draw(figure: Figure) -> None:
        line, rest = figure.subplots(1, 2)
        at, upto = found.root_mass_per_charge, np.array([0.0, found.root_mass_per_charge.max() * 1.08])
        line.plot(upto, found.slope_ns * upto + found.t0_ns, color=FAINT)
        line.plot(at, found.t_ns, "o", color=BLUE, markersize=5)
        line.set(ylabel="flight time at rest [ns]", title="Flight times and the line t = C √(m/q) + t0", xlim=upto)
        rest.errorbar(at, found.residual_ns, found.error_ns, fmt="o", color=BLUE, markersize=5, capsize=3)
        rest.axhline(0, color=FAINT, linewidth=1)
        rest.set(ylabel="measured - line [ns]", title="What is left over", xlim=upto)
        for axes, heights in ((line, found.t_ns), (rest, found.residual_ns)):
            axes.set_xlabel("√(m/q)  [√(dalton/e)]")
            _names(axes, found.names, at, heights)
            axes.margins(y=0.2)

    return picture(draw, 3.0)


def _names(axes: Axes, names: tuple[str, ...], x: F8, y: F8) -> None:
    for name, place, height in zip(names, x, y, strict=True):
        axes.annotate(
            ion_in_words(name), (place, height), xytext=(7, 4), textcoords="offset points", fontsize=9, color=INK
        )


def drift(found: Drifts) -> str:
    """Follow t0 and the field through the run."""

    def draw(figure: Figure) -> None:
        panels = (
            ("t0, the field held", "t0 [ns]", found.t0_ns, found.t0_error_ns, BLUE),
            ("Field, t0 held", "field [V/mm]", found.field_v_per_mm, found.field_error_v_per_mm, GREEN),
        )
        for axes, (title, label, values, errors, colour) in zip(figure.subplots(1, 2), panels, strict=True):
            axes.errorbar(found.train_id, values, errors, fmt="o", color=colour, markersize=4, capsize=2)
            axes.axhline(float(np.median(values)), color=FAINT, linewidth=1)
            axes.set(xlabel="train", ylabel=label, title=title)

    return picture(draw, 2.7)

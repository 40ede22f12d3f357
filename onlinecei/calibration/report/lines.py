"""The delay lines: signals of each channel, time sums, agreement of the layers, image, and drift."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from onlinecei.arrays import I8
from onlinecei.detector.calibration import AgreementPlot, ImagePlot, RatePlot, TimeSumMap, TimeSumPlot
from onlinecei.report.canvas import BLUE, FAINT, MARKERS, ORANGE, SERIES, picture, steps

_AROUND = 12.0
"""Widths of the peak of time sums that are shown on either side of it."""


def rates(found: RatePlot) -> str:
    """Signals of each channel in a pulse."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        bars = axes.barh(found.names, found.per_pulse, color=BLUE, height=0.65)
        axes.bar_label(bars, [f" {rate:.3g}" for rate in found.per_pulse], fontsize=9)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.set_xlabel("signals in a pulse")

    return picture(draw, 0.6 + 0.25 * len(found.names), 5.5)


def time_sums(found: tuple[TimeSumPlot, ...]) -> str:
    """Histograms of all layers, with the time sum before and the fitted one."""

    def draw(figure: Figure) -> None:
        for axes, one in zip(np.atleast_1d(figure.subplots(1, len(found))), found, strict=True):
            steps(axes, one.edges_ns, one.counts, BLUE)
            axes.axvline(one.before_ns, color=ORANGE, linestyle=":", label=f"before {one.before_ns:.2f}")
            if np.isfinite(one.fitted_ns):
                axes.axvline(one.fitted_ns, color=BLUE, linestyle="--", linewidth=1, label=f"after {one.fitted_ns:.2f}")
            axes.set(xlabel="time sum [ns]", title=f"Layer {one.layer}", xlim=_part(one))
            axes.set_ylim(0, 1.3 * max(one.counts.max(), 1))
            axes.legend(loc="upper left", fontsize=8.5, handlelength=1.4)

    return picture(draw, 2.7)


def _part(one: TimeSumPlot) -> tuple[float, float]:
    """Show the peak and where it was expected."""
    if not np.isfinite(one.fitted_ns):
        return float(one.edges_ns[0]), float(one.edges_ns[-1])
    around = max(_AROUND * one.sigma_ns, 1.15 * abs(one.before_ns - one.fitted_ns), 2.0)
    return one.fitted_ns - around, one.fitted_ns + around


def maps(found: tuple[TimeSumMap, ...]) -> str:
    """Time sums against the place across the wires, with the fit."""

    def draw(figure: Figure) -> None:
        for axes, one in zip(np.atleast_1d(figure.subplots(1, len(found))), found, strict=True):
            _counts(axes, one.counts, (one.position_edges_mm, one.sum_edges_ns))
            axes.plot(one.position_mm, one.fitted_ns, color="white", linewidth=1.0, linestyle="--")
            axes.set(xlabel=f"{one.layer} [mm]", ylabel="time sum [ns]", title=f"Layer {one.layer}")

    return picture(draw, 2.6)


def _counts(axes: Axes, counts: I8, edges: tuple[np.ndarray, np.ndarray]) -> None:
    extent = (edges[0][0], edges[0][-1], edges[1][0], edges[1][-1])
    axes.imshow(np.log1p(counts.T), origin="lower", extent=extent, aspect="auto", interpolation="nearest")


def agreement(found: AgreementPlot) -> str:
    """How far the three layers are from telling one place."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        steps(axes, found.edges_mm, found.before, ORANGE, "before")
        steps(axes, found.edges_mm, found.after, BLUE, filled=True)
        width = f", width {found.sigma_mm:.2f} mm" if np.isfinite(found.sigma_mm) else ""
        steps(axes, found.edges_mm, found.after, BLUE, f"after{width}")
        axes.axvline(0, color=FAINT, linewidth=1)
        axes.set(xlabel="u - v - w [mm]", ylabel="hits")
        axes.legend(loc="upper left", handlelength=1.2)

    return picture(draw, 2.7, 5.5)


def image(found: ImagePlot) -> str:
    """Where hits with complete layers lie, and the rim of the plate."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _counts(axes, found.counts, (found.x_edges_mm, found.y_edges_mm))
        circle = Circle(found.centre_mm, found.radius_mm, fill=False, color="white", linewidth=0.9)
        circle.set_linestyle("-" if found.filled else ":")
        axes.add_patch(circle)
        axes.set_aspect("equal")
        axes.set(xlabel="x [mm]", ylabel="y [mm]")

    return picture(draw, 3.4, 4.0)


def drift(found: tuple[TimeSumPlot, ...]) -> str:
    """Time sums in parts of the run, about their fit."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for place, one in enumerate(each for each in found if each.drift_ns.size):
            at = 1 + np.arange(one.drift_ns.size) + 0.08 * (place - 1)
            axes.errorbar(
                at, one.drift_ns, one.drift_error_ns, fmt=MARKERS[place], color=SERIES[place], markersize=4, capsize=2,
                label=f"layer {one.layer}",
            )  # fmt: skip
        axes.axhline(0, color=FAINT, linewidth=1)
        axes.set(xlabel="part of the run", ylabel="time sum - fit [ns]")
        axes.margins(y=0.25)
        axes.legend(ncols=3, loc="upper left", handlelength=1)

    return picture(draw, 2.5, 6.0)

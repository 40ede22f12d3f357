"""Momentum sums of complete channels, with the setup before and with the one after."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from onlinecei.calibration._hits_records import MomentumSums
from onlinecei.report.canvas import BLUE, FAINT, ORANGE, image, picture, steps


def sums(found: MomentumSums) -> str:
    """Histograms in x, y and z."""

    def draw(figure: Figure) -> None:
        for axis, axes in enumerate(figure.subplots(1, 3)):
            steps(axes, found.edges_au, found.before[axis], ORANGE, "before")
            steps(axes, found.edges_au, found.after[axis], BLUE, filled=True)
            steps(axes, found.edges_au, found.after[axis], BLUE, "after")
            _gate(axes, found.gate_au)
            axes.set(xlabel=f"sum of p{'xyz'[axis]} [a.u.]", xlim=(found.edges_au[0], found.edges_au[-1]))
            axes.set_title(_peak(found, axis), fontsize=9, fontweight="normal")
            if axis == 0:
                axes.set_ylabel("combinations")
                axes.legend(loc="upper left", handlelength=1.2)

    return picture(draw, 2.7)


def _peak(found: MomentumSums, axis: int) -> str:
    return (
        f"before {found.mean_before_au[axis]:+.2f}, width {found.width_before_au[axis]:.2f}\n"
        f"after {found.mean_after_au[axis]:+.2f}, width {found.width_after_au[axis]:.2f}"
    )


def _gate(axes: Axes, gate: float) -> None:
    for side in (-gate, gate):
        axes.axvline(side, color=FAINT, linewidth=0.9, linestyle="--")


def maps(found: MomentumSums) -> str:
    """Draw the sum in the detector plane."""

    def draw(figure: Figure) -> None:
        panels = zip(figure.subplots(1, 2), (found.xy_before, found.xy_after), ("Before", "After"), strict=True)
        for axes, counts, title in panels:
            image(axes, found.edges_au, counts, "a.u.")
            axes.axhline(0, color="white", linewidth=0.5)
            axes.axvline(0, color="white", linewidth=0.5)
            axes.set(title=title)

    return picture(draw, 3.0, 6.0)

"""The log of a training as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from onlinecei.molexa.training.log import read_log

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PICTURE = "log.svg"
_SIZE_INCH = (7.0, 6.0)
_PANELS = (("loss", "loss"), ("validation_mae_au", "validation MAE [bohr]"), ("learning_rate", "learning rate"))


def draw_log(directory: Path) -> Path | None:
    """Draw loss, error on the validation set and learning rate over the steps.

    Parameters
    ----------
    directory
        Of a training; gets ``log.svg``.

    Returns
    -------
    Path or None
        The picture; nothing if there is nothing to draw yet.
    """
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415 - training needs it at its end only
    from matplotlib.figure import Figure  # noqa: PLC0415

    lines = read_log(directory)
    panels = [(name, label) for name, label in _PANELS if any(name in line for line in lines)]
    if not panels:
        return None
    figure = Figure(_SIZE_INCH, layout="constrained")
    FigureCanvasSVG(figure)
    places = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axes, (name, label) in zip(places, panels, strict=True):
        _panel(axes, lines, name, label)
    last = lines[-1]
    places[0].set_title(f"{last['samples']:,} simulated explosions in {last['hours']:.2f} h")
    places[-1].set_xlabel("step")
    figure.savefig(directory / PICTURE, metadata={"Date": None})
    return directory / PICTURE


def _panel(axes: "Axes", lines: list[dict[str, float]], name: str, label: str) -> None:
    points = [(line["step"], line[name]) for line in lines if name in line]
    axes.plot(*zip(*points, strict=True), marker="o" if len(points) < 30 else "", markersize=3)
    axes.set_ylabel(label)
    axes.grid(visible=True, alpha=0.3)
    if min(value for _, value in points) > 0:
        axes.set_yscale("log")

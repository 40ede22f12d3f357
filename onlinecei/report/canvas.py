"""Figures as pieces of SVG that stand in a page: its letters, its light or dark colours."""

import io
import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, TypeVar

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from onlinecei.arrays import F8, I8

INK, FAINT, BLUE, ORANGE, GREEN, PURPLE = "#1a2029", "#8b95a3", "#0068a8", "#c04e00", "#00795a", "#8a3f86"
"""Of what stands in a figure: the light tones of the page, which has a dark one of each too, told apart by the
colour-blind as well."""
IN_THE_PAGE = {INK: "ink", FAINT: "faint", BLUE: "blue", ORANGE: "orange", GREEN: "green", PURPLE: "purple"}
SERIES = (BLUE, ORANGE, GREEN, PURPLE, INK)
MARKERS = "osD^v"
IMAGE = "viridis"
WIDTH = 9.6
"""Inches of a figure as wide as the page."""
NOTE_INCHES = 0.18
"""Room for a line of small letters."""
LETTERS_AN_INCH = 14
"""Of these."""
Counts = TypeVar("Counts", F8, I8)
_STYLE: Any = {
    "axes.edgecolor": FAINT, "axes.labelcolor": INK, "axes.titlecolor": INK, "text.color": INK, "xtick.color": INK,
    "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False, "axes.facecolor": "none",
    "figure.facecolor": "none", "savefig.facecolor": "none", "grid.color": FAINT, "grid.linewidth": 0.5,
    "grid.alpha": 0.5, "legend.frameon": False, "legend.labelcolor": INK, "font.size": 9.5, "axes.titlesize": 10,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "lines.linewidth": 1.3, "svg.fonttype": "none",
    "svg.hashsalt": "onlinecei", "font.sans-serif": ["DejaVu Sans"], "image.cmap": IMAGE,
    "axes.formatter.useoffset": False,
}  # fmt: skip


def picture(draw: Callable[[Figure], None], height: float, width: float = WIDTH) -> str:
    """Draw on a new figure, sizes in inches, and give it as an SVG element."""
    return _for_the_page(drawn(draw, "svg", height, width).decode(), width / WIDTH)


def drawn(
    draw: Callable[[Figure], None],
    form: Literal["svg", "png"],
    height: float,
    width: float,
    *,
    paper: bool = False,
    note: str = "",
    origin: Mapping[str, str | int] = MappingProxyType({}),
) -> bytes:
    """Draw on a new figure, sizes in inches, and give it as a file; with `paper` on white, else without a ground.

    A note stands below it at the right. Where it comes from is not seen, but is in the file: the same every time.
    """
    with mpl.rc_context(_STYLE | ({"savefig.facecolor": "white"} if paper else {})):
        figure = Figure((width, height), layout="constrained", dpi=150)
        (FigureCanvasSVG if form == "svg" else FigureCanvasAgg)(figure)
        draw(figure)
        if note:
            _write_below(figure, _printable(note))
        file = io.BytesIO()
        figure.savefig(file, format=form, metadata=_metadata(form, origin), dpi=200)
    return file.getvalue()


def _metadata(form: Literal["svg", "png"], origin: Mapping[str, str | int]) -> dict[str, str | None]:
    """Give text chunks of PNG, and of SVG the same as JSON in its description; no date."""
    said = {name: _printable(str(each)) for name, each in origin.items()}
    if form == "png":
        return {"Software": said.get("program"), **said}
    described = {"Description": json.dumps(said, ensure_ascii=False)} if said else {}
    return {"Date": None, "Creator": said.get("program"), **described}


def _printable(text: str) -> str:
    """Replace what no font has and no XML may hold."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _write_below(figure: Figure, note: str) -> None:
    height = NOTE_INCHES / figure.get_figheight()
    layout = figure.get_layout_engine()
    assert layout is not None  # noqa: S101 - `drawn` has chosen it
    layout.set(rect=(0, height, 1, 1 - height))  # type: ignore[call-arg]
    most = round(LETTERS_AN_INCH * figure.get_figwidth())
    note = note if len(note) <= most else f"…{note[-most:]}"
    figure.text(0.995, 0.3 * height, note, ha="right", va="bottom", fontsize=7.5, color=FAINT, parse_math=False)


def _for_the_page(svg: str, share: float) -> str:
    """Take what a page needs of an SVG file: no prologue, a share of the page's width, no names that appear twice."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r'<svg[^>]*?viewBox="([^"]*)"[^>]*>', rf'<svg viewBox="\1" role="img" style="width: {share:.0%}">', svg, count=1
    )
    svg = re.sub(r'<g id="[^"]*"', "<g", svg)
    svg = re.sub(r"'DejaVu Sans'(, [^;\"]*)?", "var(--letters)", svg)
    for tone, name in IN_THE_PAGE.items():
        svg = svg.replace(tone, f"var(--{name})")
    return svg


def steps(axes: Axes, edges: F8, counts: F8 | I8, colour: str, label: str = "", *, filled: bool = False) -> None:
    """Draw a histogram."""
    axes.stairs(counts, edges, color=colour, label=label, fill=filled, alpha=0.3 if filled else 1.0, linewidth=1.2)


def coarser(edges: F8, counts: Counts, most: int = 1200) -> tuple[F8, Counts]:
    """Add neighbouring bins until a page can show them; a rest that fills no bin is left out."""
    together = -(-counts.size // most)
    keep = counts.size // together * together
    return edges[: keep + 1 : together], counts[:keep].reshape(-1, together).sum(axis=1)


def image(axes: Axes, edges: F8, counts: I8, unit: str) -> None:
    """Draw counts (N, N), x first, on a logarithmic scale that begins at 0."""
    level = np.log1p(counts.T)
    axes.imshow(level, origin="lower", extent=(edges[0], edges[-1], edges[0], edges[-1]), interpolation="nearest")
    axes.set(xlabel=f"x [{unit}]", ylabel=f"y [{unit}]")


def bare(axes: Axes) -> None:
    """Leave a place empty."""
    axes.set_axis_off()

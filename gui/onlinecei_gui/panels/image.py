"""Two-dimensional histograms, as images with a colour bar."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8, I8, AnyArray
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.menu import entry, submenu, switch
from onlinecei_gui.panels.plot import PlotPanel
from onlinecei_gui.panels.shapes import bin_of, log_image

FAINTEST = -0.4
"""Lower end of the logarithmic scale: a single count must still be seen."""
BAR_AXIS_PX = 26
"""Width of the numbers beside the bar."""
ROOMY = 330
"""Pixels of width from which on the scale is said in full."""
COLOUR_MAPS = ("viridis", "cividis", "inferno", "magma", "CET-L1")
"""All of even lightness, and told apart by colour-blind eyes; the last is grey."""


class ImagePanel(PlotPanel):
    """A histogram as an image with a colour bar; levels follow the counts unless they are dragged at the bar."""

    def __init__(self, title: str, bottom: str, left: str, *, block: str, colours: str) -> None:
        super().__init__(title, bottom, left, log=True)
        self._block = block
        self._counts: F8 | I8 = np.zeros((1, 1), np.int64)
        self._x, self._y = np.array([0.0, 1.0]), np.array([0.0, 1.0])
        self.image = pg.ImageItem()
        self.plot.addItem(self.image)
        self.bar = pg.ColorBarItem(colorMap=theme.colour_map(colours), interactive=True, width=12, values=(0.0, 1.0))
        self.bar.setImageItem(self.image, insert_in=self.plot.getPlotItem())
        self.bar.axis.setWidth(BAR_AXIS_PX)
        self.bar.axis.setPen(theme.now.grey)
        self.bar.axis.setTextPen(theme.now.muted)
        self.bar.axis.setStyle(hideOverlappingLabels=True)
        self.auto_levels = True
        self.bar.sigLevelsChangeFinished.connect(self._levels_by_hand)
        self._image_menu()

    @property
    def levels(self) -> tuple[float, float]:
        """Numbers at the ends of the colours: those of what is shown, or those that were chosen."""
        return self._levels(self._counts) if self.auto_levels else self.bar.levels()

    @property
    def counted(self) -> str:
        """What the numbers of the picture are called."""
        return "counts"

    def draw(self, moment: Moment, choice: Choice) -> None:
        del choice
        self.show_counts(moment.counts(self._block), moment.edges(self._block), moment.edges(self._block, 1))

    def show_counts(self, counts: F8 | I8, x: F8, y: F8) -> None:
        """Show counts (X, Y) between edges (X + 1,) and (Y + 1,)."""
        self._counts, self._x, self._y = counts, x, y
        levels = self.levels
        self.image.setImage(log_image(counts) if self.log else np.where(counts, counts, np.nan), levels=levels)
        if self.auto_levels:
            self.bar.setLevels(levels)
        self.image.setRect(x[0], y[0], x[-1] - x[0], y[-1] - y[0])
        counted = "counts" if self.width() > ROOMY else ""
        self.note.setText(f"log₁₀ {counted}".strip() if self.log else "counts")

    def at(self, x: float, y: float) -> str:
        i, j = bin_of(self._x, x), bin_of(self._y, y)
        if i is None or j is None:
            return super().at(x, y)
        value = self._counts[i, j]
        return f"{super().at(x, y)}   {self.counted} " + (f"{value:.4g}" if value.dtype.kind == "f" else f"{value:,}")

    def columns(self) -> Mapping[str, AnyArray]:
        x, y = (0.5 * (edges[1:] + edges[:-1]) for edges in (self._x, self._y))
        across, up = np.meshgrid(x, y, indexing="ij")
        labels = self.axis_words("bottom"), self.axis_words("left")
        return dict(zip((*labels, self.counted), (across.ravel(), up.ravel(), self._counts.ravel()), strict=True))

    def leave_out_bar(self) -> None:
        """Give the room of the colour bar to the picture, where another one beside it has the same levels."""
        inside = self.plot.getPlotItem().layout
        inside.removeItem(self.bar)
        for column in range(4, inside.columnCount()):
            inside.setColumnFixedWidth(column, 0)
        self.bar.hide()

    def set_colours(self, name: str) -> None:
        """Choose one of `COLOUR_MAPS`."""
        self.bar.setColorMap(theme.colour_map(name))

    def set_auto_levels(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        """Let the levels follow the counts, or leave them where they are."""
        self.auto_levels = on
        self.redraw()

    def set_log(self, on: bool) -> None:  # noqa: FBT001
        self.auto_action.setChecked(True)
        super().set_log(on)

    def _levels(self, counts: F8 | I8) -> tuple[float, float]:
        most = float(counts.max()) or 1.0
        return (FAINTEST, max(float(np.log10(most)), 0.6)) if self.log else (0.0, most)

    def _levels_by_hand(self, *_: object) -> None:
        self.auto_action.setChecked(False)

    def _image_menu(self) -> None:
        self.auto_action = switch(self.menu, "Automatic levels", self.set_auto_levels, on=True)
        colours = submenu(self.menu, "Colours")
        for name in COLOUR_MAPS:
            entry(colours, "grey" if name == "CET-L1" else name, partial(self.set_colours, name))

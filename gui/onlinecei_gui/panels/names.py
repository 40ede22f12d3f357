"""Names beside points and boxes of a plot, moved where they are in each other's way."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.panels.label_places import places

HEIGHT = 24
"""Above everything else in the plot."""


class Names:
    """Writes names on a plot; they are put anew where the plot shows something else or has another size."""

    def __init__(self, plot: pg.PlotWidget, *, mark_px: float = 0.0, bold: bool = False) -> None:
        self._plot, self._box = plot, plot.getPlotItem().getViewBox()
        self._mark_px, self._bold = mark_px, bold
        self._boxes = self._marks = np.empty((0, 4))
        self.shown: list[pg.TextItem] = []
        self._spare: list[pg.TextItem] = []
        """Items that were used before, to be used again: plots keep something of each that is taken out."""
        self._box.sigRangeChanged.connect(self.place)
        self._box.sigResized.connect(self.place)

    def show(self, boxes: F8, names: Sequence[str], marks: F8 | None = None) -> None:
        """Name boxes (N, 4) of the plot: from x, from y, to x, to y; a point is a box of no size.

        Marks (M, 4) are left free.
        """
        self._marks = np.empty((0, 4)) if marks is None else marks
        for item in self.shown:
            item.hide()
        self._spare += self.shown
        self._boxes, self.shown = boxes, []
        for name in names:
            item = self._spare.pop() if self._spare else self._new()
            item.setText(name)
            self.shown.append(item)
        self.place()

    def place(self, *_: object) -> None:
        """Put every name where there is room for it; those without any are not seen."""
        if not self.shown:
            return
        rects = [item.textItem.boundingRect() for item in self.shown]
        sizes = np.array([(rect.width(), rect.height()) for rect in rects])
        room = self._box.sceneBoundingRect()
        named = self._seen(self._boxes)
        corners = places(named, sizes, np.array([room.left(), room.top(), room.right(), room.bottom()]),
                         self._seen(self._marks))  # fmt: skip
        middles = (named[:, :2] + named[:, 2:]) / 2
        at = (self._boxes[:, :2] + self._boxes[:, 2:]) / 2
        for item, corner, middle, size, place in zip(self.shown, corners, middles, sizes, at, strict=True):
            item.setVisible(bool(np.isfinite(corner).all()))
            if item.isVisible():
                item.setAnchor(((middle - corner) / size).tolist())
                item.setPos(*place.tolist())

    def _seen(self, boxes: F8) -> F8:
        """Give boxes (N, 4) in pixels, y down, as large as their marks at least."""
        (left, right), (low, high) = self._box.viewRange()
        room = self._box.sceneBoundingRect()
        scale = np.array([room.width() / (right - left), -room.height() / (high - low)])
        start = np.array([room.left(), room.top()]) - scale * [left, high]
        one, other = boxes[:, :2] * scale + start, boxes[:, 2:] * scale + start
        middle, half = (one + other) / 2, np.maximum(np.abs(one - other), self._mark_px) / 2
        return np.concatenate([middle - half, middle + half], axis=1)

    def _new(self) -> pg.TextItem:
        item = pg.TextItem(color=theme.now.text, fill=theme.translucent(theme.now.card, 190))
        item.setFont(theme.font(12, bold=self._bold))
        item.setZValue(HEIGHT)
        self._plot.addItem(item, ignoreBounds=True)
        return item

"""A rectangle whose sides are dragged: what is drawn stays what the analysis applies, a drag asks for another."""

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei.arrays import F8
from onlinecei_gui import theme

SIDES = {(0.0, 0.5): (1.0, 0.5), (1.0, 0.5): (0.0, 0.5), (0.5, 0.0): (0.5, 1.0), (0.5, 1.0): (0.5, 0.0)}
"""The middle of each side, and of the one that stays when it is dragged."""


class Outline:
    """Two intervals, across and up.

    Parameters
    ----------
    plot
        Where it is drawn.
    wanted
        Called with the number of the interval, 0 across and 1 up, and where somebody dragged one of its ends to.
    """

    def __init__(self, plot: pg.PlotWidget, wanted: Callable[[int, float], object]) -> None:
        self._plot, self._wanted = plot, wanted
        self.applied = np.array([[0.0, 1.0], [0.0, 1.0]])
        pen = pg.mkPen(theme.now.green, width=1.5, style=Qt.PenStyle.DashLine)
        self.box = pg.ROI((0.0, 0.0), (1.0, 1.0), pen=pen, handlePen=pg.mkPen(None), movable=False, rotatable=False,
                          resizable=False, handleHoverPen=pg.mkPen(theme.now.text, width=2))  # fmt: skip
        for side, opposite in SIDES.items():
            self.box.addScaleHandle(side, opposite)
        self.asked = pg.PlotCurveItem(pen=pg.mkPen(theme.now.text, width=1.5, style=Qt.PenStyle.DotLine))
        for item in (self.box, self.asked):
            plot.addItem(item, ignoreBounds=True)
        self.box.sigRegionChangeFinished.connect(self._dragged)

    def show(self, applied: F8, asked: F8 | None) -> None:
        """Draw the intervals (2, 2) that are applied, and dotted those that were asked for where they are others."""
        if not np.array_equal(applied, self.applied):
            self.applied = applied
            self._back()
        other = asked is not None and not np.array_equal(asked, applied)
        self.asked.setVisible(other)
        if asked is not None and other:
            (left, right), (low, high) = asked
            self.asked.setData([left, right, right, left, left], [low, low, high, high, low])

    def remove(self) -> None:
        """Take it out of the plot."""
        for item in (self.box, self.asked):
            self._plot.removeItem(item)

    def _dragged(self) -> None:
        start, size = np.array(self.box.pos()), np.array(self.box.size())
        now = np.stack([start, start + size], axis=1)
        axis, end = divmod(int(np.argmax(np.abs(now - self.applied))), 2)
        if now[axis, end] != self.applied[axis, end]:
            self._back()
            self._wanted(axis, float(now[axis, end]))

    def _back(self) -> None:
        self.box.setPos(self.applied[:, 0].tolist(), update=False, finish=False)
        self.box.setSize((self.applied[:, 1] - self.applied[:, 0]).tolist(), finish=False)

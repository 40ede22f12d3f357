"""Gates that are dragged in a plot: what is drawn stays what the analysis applies, a drag only asks for another."""

from collections.abc import Callable

import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei_gui import theme

Interval = tuple[float, float]


class Gate:
    """An interval of the horizontal axis.

    Parameters
    ----------
    plot
        Where it is drawn.
    colour
        Of its ground and its rims.
    wanted
        Called with the interval that somebody dragged it to; it is back at what is applied by then.
    whole
        Whether it can also be moved as a whole; otherwise only its rims can.
    faint
        Whether its ground is hardly seen, for gates that hold most of the plot.
    """

    def __init__(
        self, plot: pg.PlotWidget, colour: str, wanted: Callable[[Interval], object], *,
        whole: bool = True, faint: bool = False,
    ) -> None:  # fmt: skip
        self._wanted, self._plot, self._setting = wanted, plot, False
        self.applied: Interval = (0.0, 1.0)
        ground = 26 if faint else 60
        self.region = pg.LinearRegionItem(
            self.applied, brush=theme.translucent(colour, ground), hoverPen=pg.mkPen(colour, width=3),
            hoverBrush=theme.translucent(colour, ground + 30 * whole),
            pen=pg.mkPen(theme.translucent(colour, 170), width=1.5),
        )  # fmt: skip
        self.region.movable = whole  # of its ground; the rims have their own
        self.region.setZValue(-10)
        pen = pg.mkPen(theme.now.text, width=1.5, style=Qt.PenStyle.DotLine)
        self.asked = [pg.InfiniteLine(0.0, angle=90, pen=pen) for _ in range(2)]
        for item in (self.region, *self.asked):
            plot.addItem(item, ignoreBounds=True)
        self.region.sigRegionChangeFinished.connect(self._dragged)
        self.show(None, None)

    def show(self, applied: Interval | None, asked: Interval | None) -> None:
        """Draw what is applied, and dotted what was asked for where that is something else."""
        self.region.setVisible(applied is not None)
        if applied is not None and applied != self.applied:
            self.applied = applied
            self._back()
        other = asked is not None and asked != applied
        for line, place in zip(self.asked, asked or (0.0, 0.0), strict=True):
            line.setVisible(other)
            line.setValue(place)

    def remove(self) -> None:
        """Take it out of the plot."""
        for item in (self.region, *self.asked):
            self._plot.removeItem(item)

    def _dragged(self) -> None:
        low, high = self.region.getRegion()
        if not self._setting and (low, high) != self.applied:
            self._back()
            self._wanted((float(low), float(high)))

    def _back(self) -> None:
        self._setting = True
        self.region.setRegion(self.applied)
        self._setting = False

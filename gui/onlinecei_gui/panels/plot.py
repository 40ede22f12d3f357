"""The plot inside most panels, with the manners of every plot."""

from pathlib import Path

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QColor, QTextDocumentFragment
from PyQt6.QtWidgets import QLabel, QStackedLayout, QWidget

from onlinecei_gui import theme
from onlinecei_gui.doing.exports import write_drawing
from onlinecei_gui.panels.menu import entry, switch
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.panels.readout import Readout


class PlotPanel(Panel):
    """A card with a plot, or a message where there is nothing to plot.

    Dragging and the wheel change what is seen, a double click shows all again; the menu has a logarithmic scale, the
    rate of drawing, a reset and the export of this plot; the cursor is read out in the units of the axes.
    """

    def __init__(self, title: str, bottom: str, left: str, *, log: bool = False) -> None:
        super().__init__(title, kinds=("png", "svg", "csv"))
        self.plot = pg.PlotWidget()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMinimumSize(60, 40)
        for side, label in (("bottom", bottom), ("left", left)):
            self._style(side, label)
        self.message = QLabel()
        self.message.setObjectName("message")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.message)
        self.body.addWidget(holder, 1)
        self.readout = Readout(self.plot, self.at)
        self.log = log
        """Whether the counts are on a logarithmic scale."""
        self._by_hand = False
        self._viewed: object = None
        box = self.plot.getPlotItem().getViewBox()
        box.sigRangeChangedManually.connect(self._moved)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        self._plot_menu()

    def at(self, x: float, y: float) -> str:
        """Say what stands at a point of the plot, in the units of its axes."""
        height = 10.0**y if self._log_axis and y < 300 else y
        return f"{self.axis_words('bottom')} {x:.5g}   {self.axis_words('left')} {height:.4g}"

    def axis_words(self, side: str) -> str:
        """Give the label of an axis, without its markup."""
        return str(self.plot.getAxis(side).labelText).replace("<sub>", "").replace("</sub>", "")

    def view(self, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None) -> None:
        """Show these ranges, unless the operator has moved the plot."""
        if not self._by_hand and self._viewed != (x, y):
            self._viewed = x, y
            self.plot.setRange(xRange=x, yRange=y, padding=0)

    def say(self, message: str) -> None:
        """Show words in place of the plot; the plot again where there are none."""
        self.message.setText(message)
        self._stack.setCurrentIndex(1 if message else 0)

    def set_log(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        """Put the counts on a logarithmic scale, or a linear one."""
        self.log = on
        self.show_all_of_it()

    def show_all_of_it(self) -> None:
        """Go back to the ranges that the panel chooses by itself."""
        self._by_hand, self._viewed = False, None
        self.redraw()

    def steps(self, colour: str, *, alpha: int = 70, level: float = 0.0) -> "pg.PlotDataItem":
        """Add an empty histogram outline, filled down to a level; steps are sharp without smoothing, and cheap."""
        return self.plot.plot(
            [0.0, 1.0], [level], stepMode="center", fillLevel=level, pen=pg.mkPen(colour, width=1),
            brush=theme.translucent(colour, alpha), antialias=False,
        )  # fmt: skip

    def outline(self, colour: QColor) -> "pg.PlotDataItem":
        """Add an empty outline of a histogram: something to compare another with."""
        return self.plot.plot([0.0, 1.0], [0.0], stepMode="center", pen=pg.mkPen(colour, width=1), antialias=False)

    def line(self, colour: str, label: str = "", *, position: float = 0.92) -> "pg.InfiniteLine":
        """Add a dashed vertical line with a label."""
        pen = pg.mkPen(colour, width=1.5, style=Qt.PenStyle.DashLine)
        options = {"position": position, "color": colour, "anchors": [(-0.05, 0.5), (1.05, 0.5)]}
        line = pg.InfiniteLine(0.0, angle=90, pen=pen, label=label or None, labelOpts=options)
        self.plot.addItem(line)
        return line

    def relabel(self, side: str, label: str) -> None:
        """Write another label on an axis."""
        if self.plot.getAxis(side).labelText == label:
            return
        self.plot.setLabel(side, label, color=theme.now.muted, **{"font-size": "12px"})

    @property
    def _log_axis(self) -> bool:
        return bool(self.plot.getAxis("left").logMode)

    def _style(self, side: str, label: str) -> None:
        axis = self.plot.getAxis(side)
        axis.setLabel(label, color=theme.now.muted, **{"font-size": "12px"})
        axis.setPen(theme.now.grey)
        axis.setTextPen(theme.now.muted)
        axis.enableAutoSIPrefix(enable=False)
        axis.setStyle(hideOverlappingLabels=True)  # rather no number than a cut one

    def _plot_menu(self) -> None:
        self.log_action = switch(self.menu, "Logarithmic", self.set_log, on=self.log)
        entry(self.menu, "Show all of it (double click)", self.show_all_of_it)

    def _write_as(self, path: Path, kind: str) -> None:
        if kind == "svg":
            said = (QTextDocumentFragment.fromHtml(each.text()) for each in (self.title, self.since, self.note))
            heading = "   ".join(filter(None, (each.toPlainText() for each in said)))
            write_drawing(self.plot, path, heading, self.origin)
        else:
            super()._write_as(path, kind)

    def _moved(self, *_: object) -> None:
        self._by_hand = True

    def _clicked(self, event: object) -> None:
        if event.double():  # type: ignore[attr-defined]  # of pyqtgraph
            self.show_all_of_it()

    def point(self, position: QPointF) -> QPointF:
        """Give the place in the plot of a place in its scene."""
        found: QPointF = self.plot.getPlotItem().getViewBox().mapSceneToView(position)
        return found

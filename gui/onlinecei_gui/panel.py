"""The frame that every panel sits in, and the plot inside most of them."""

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment


class Panel(QFrame):
    """A titled card; subclasses draw a moment on it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self.title, self.note = QLabel(title), QLabel()
        self.title.setObjectName("title")
        self.note.setObjectName("note")
        self.head = QHBoxLayout()
        self.head.addWidget(self.title)
        self.head.addStretch()
        self.head.addWidget(self.note)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(12, 8, 12, 8)
        self.body.setSpacing(4)
        self.body.addLayout(self.head)

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Show a moment."""
        raise NotImplementedError


class PlotPanel(Panel):
    """A card with a plot, or a message where there is nothing to plot."""

    def __init__(self, title: str, bottom: str, left: str) -> None:
        super().__init__(title)
        self.plot = pg.PlotWidget()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        for side, label in (("bottom", bottom), ("left", left)):
            axis = self.plot.getAxis(side)
            axis.setLabel(label, color=theme.MUTED, **{"font-size": "12px"})
            axis.setPen(theme.GREY)
            axis.setTextPen(theme.MUTED)
            axis.enableAutoSIPrefix(enable=False)
        self.message = QLabel()
        self.message.setObjectName("message")
        self.message.setWordWrap(True)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.message)
        self.body.addWidget(holder, 1)

    def say(self, message: str) -> None:
        """Show words in place of the plot; the plot again where there are none."""
        self.message.setText(message)
        self._stack.setCurrentIndex(1 if message else 0)

    def steps(self, colour: str, *, alpha: int = 70, level: float = 0.0) -> "pg.PlotDataItem":
        """Add an empty histogram outline, filled down to a level."""
        return self.plot.plot(
            [0.0, 1.0], [level], stepMode="center", fillLevel=level, pen=pg.mkPen(colour, width=1),
            brush=theme.translucent(colour, alpha),
        )  # fmt: skip

    def line(self, colour: str, label: str = "", *, position: float = 0.92) -> "pg.InfiniteLine":
        """Add a dashed vertical line with a label."""
        pen = pg.mkPen(colour, width=1.5, style=Qt.PenStyle.DashLine)
        options = {"position": position, "color": colour, "anchors": [(-0.05, 0.5), (1.05, 0.5)]}
        line = pg.InfiniteLine(0.0, angle=90, pen=pen, label=label or None, labelOpts=options)
        self.plot.addItem(line)
        return line

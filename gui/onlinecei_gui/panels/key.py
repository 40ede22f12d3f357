"""What marks on a plot mean, in its lower right corner."""

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel

MARGIN_PX = 6


class Key(QLabel):
    """Lies over a plot: legends inside one are laid out after their plot is gone, which ends the program."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self.setObjectName("readout")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._box = plot.getPlotItem().getViewBox()
        self._box.sigResized.connect(self.place)
        self.hide()

    def say(self, lines: list[str]) -> None:
        """Show these lines; nothing where there are none."""
        self.setText("\n".join(lines))
        self.setVisible(bool(lines))
        self.adjustSize()
        self.place()

    def place(self) -> None:
        """Go to the corner."""
        room = self._box.sceneBoundingRect().toRect()
        self.move(room.right() - self.width() - MARGIN_PX, room.bottom() - self.height() - MARGIN_PX)

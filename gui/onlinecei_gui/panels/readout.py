"""What stands under the cursor, in words, in a corner of the plot."""

from collections.abc import Callable

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QObject, QPointF
from PyQt6.QtWidgets import QLabel


class Readout(QLabel):
    """Follows the cursor over a plot; gone when the cursor is."""

    def __init__(self, plot: pg.PlotWidget, say: Callable[[float, float], str]) -> None:
        super().__init__(plot)
        self.setObjectName("readout")
        self.hide()
        self._plot, self._say = plot, say
        plot.scene().sigMouseMoved.connect(self.follow)
        plot.installEventFilter(self)

    def follow(self, position: QPointF) -> None:
        """Read out a place of the scene."""
        box = self._plot.getPlotItem().getViewBox()
        if not box.sceneBoundingRect().contains(position):
            self.hide()
            return
        place = box.mapSceneToView(position)
        self.setText(self._say(place.x(), place.y()))
        self.adjustSize()
        self.move(self._plot.width() - self.width() - 4, 4)
        self.show()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is not None and event.type() == QEvent.Type.Leave:
            self.hide()
        return super().eventFilter(watched, event)

"""The detector: where all hits land, or those of one species."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtWidgets import QComboBox

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.words import ion_name

ALL = "all hits"


class DetectorPanel(ImagePanel):
    """Where the hits land."""

    def __init__(self) -> None:
        super().__init__("Detector", "x [mm]", "y [mm]", block="detector_image", colours="inferno")
        self.plot.setAspectLocked(True)
        self.rim = self.plot.plot(pen=pg.mkPen(theme.now.grey, width=1.5))
        self.centre = pg.ScatterPlotItem(size=13, symbol="+", pen=pg.mkPen(theme.now.green, width=1.5), brush=None)
        self.plot.addItem(self.centre)
        self._drawn: object = None
        self.species = QComboBox()
        self.species.addItem(ALL)
        self.species.currentIndexChanged.connect(self.redraw)
        self.add_to_head(self.species)

    def draw(self, moment: Moment, choice: Choice) -> None:
        del choice
        self._offer([ion_name(section.ion) for section in moment.setup.ions])
        chosen = self.species.currentIndex() - 1
        counts = moment.counts("detector_image") if chosen < 0 else moment.counts("detector_image_by_ion")[chosen]
        self.show_counts(counts, moment.edges("detector_image"), moment.edges("detector_image", 1))
        radius, centre = moment.setup.detector.radius_mm, moment.setup.detector.centre_mm
        if self._drawn != (radius, centre):
            self._drawn = radius, centre
            turn = np.linspace(0.0, 2.0 * np.pi, 181)
            self.rim.setData(radius * np.cos(turn), radius * np.sin(turn))
            self.centre.setData(pos=[centre])
        self.view((-1.03 * radius, 1.03 * radius), (-1.03 * radius, 1.03 * radius))

    def _offer(self, names: list[str]) -> None:
        if names == [self.species.itemText(k) for k in range(1, self.species.count())]:
            return
        before = self.species.currentText()
        self.species.blockSignals(True)  # noqa: FBT003  Qt's own signature
        self.species.clear()
        self.species.addItems([ALL, *names])
        self.species.setCurrentText(before if before in names else ALL)
        self.species.blockSignals(False)  # noqa: FBT003

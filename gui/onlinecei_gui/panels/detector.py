"""The detector."""

import numpy as np
import pyqtgraph as pg

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel


class DetectorPanel(ImagePanel):
    """Where the hits land."""

    def __init__(self) -> None:
        super().__init__("Detector", "x [mm]", "y [mm]", block="detector_image", colours="inferno")
        self.plot.setAspectLocked(True)
        self._radius = 0.0
        self.rim = self.plot.plot(pen=pg.mkPen(theme.now.grey, width=1.5))

    def draw(self, moment: Moment, choice: Choice) -> None:
        super().draw(moment, choice)
        turn, radius = np.linspace(0.0, 2.0 * np.pi, 181), moment.setup.detector.radius_mm
        if radius != self._radius:
            self._radius = radius
            self.view((-1.03 * radius, 1.03 * radius), (-1.03 * radius, 1.03 * radius))
        self.rim.setData(radius * np.cos(turn), radius * np.sin(turn))

"""Two-dimensional histograms: photo-ion photo-ion coincidences and the detector."""

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8, I8
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panel import PlotPanel
from onlinecei_gui.shapes import log_image

FAINTEST = -0.4
"""Lower end of the logarithmic scale: a single count must still be seen."""


class ImagePanel(PlotPanel):
    """A histogram as an image with a colour bar."""

    def __init__(self, title: str, bottom: str, left: str, *, block: str, colours: str) -> None:
        super().__init__(title, bottom, left)
        self._block = block
        self.image = pg.ImageItem()
        self.plot.addItem(self.image)
        self.bar = pg.ColorBarItem(colorMap=pg.colormap.get(colours), interactive=False, width=12, values=(0.0, 1.0))
        self.bar.setImageItem(self.image, insert_in=self.plot.getPlotItem())
        self.note.setText("log₁₀ counts")
        self.bar.axis.setWidth(26)
        self.bar.axis.setPen(theme.GREY)
        self.bar.axis.setTextPen(theme.MUTED)

    def draw(self, moment: Moment, choice: Choice) -> None:
        del choice
        self.show_counts(moment.counts(self._block), moment.edges(self._block), moment.edges(self._block, 1))

    def show_counts(self, counts: I8, x: F8, y: F8) -> None:
        """Show counts (X, Y) between edges (X + 1,) and (Y + 1,)."""
        top = max(float(np.log10(max(int(counts.max()), 1))), 0.6)
        self.image.setImage(log_image(counts), levels=(FAINTEST, top))
        self.bar.setLevels((FAINTEST, top))
        self.image.setRect(x[0], y[0], x[-1] - x[0], y[-1] - y[0])


class PipicoPanel(ImagePanel):
    """Every pair of hits of a pulse, the earlier one along x."""

    def __init__(self) -> None:
        super().__init__("PIPICO", "first ion [ns]", "second ion [ns]", block="pipico", colours="inferno")
        self._setup = ""

    def draw(self, moment: Moment, choice: Choice) -> None:
        super().draw(moment, choice)
        if moment.setup.hash != self._setup:
            self._setup = moment.setup.hash
            start, stop = moment.time_view_ns
            self.plot.setRange(xRange=(start, stop), yRange=(start, stop), padding=0)


class DetectorPanel(ImagePanel):
    """Where the hits land."""

    def __init__(self) -> None:
        super().__init__("Detector", "x [mm]", "y [mm]", block="detector_image", colours="inferno")
        self.plot.setAspectLocked(True)
        self._radius = 0.0
        self.rim = self.plot.plot(pen=pg.mkPen(theme.GREY, width=1.5))

    def draw(self, moment: Moment, choice: Choice) -> None:
        super().draw(moment, choice)
        turn, radius = np.linspace(0.0, 2.0 * np.pi, 181), moment.setup.detector.radius_mm
        if radius != self._radius:
            self._radius = radius
            self.plot.setRange(xRange=(-radius, radius), yRange=(-radius, radius), padding=0.03)
        self.rim.setData(radius * np.cos(turn), radius * np.sin(turn))

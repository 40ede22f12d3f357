"""The flight-time spectrum with the windows of the ions."""

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.histogram import HistogramPanel
from onlinecei_gui.words import grouped, ion_name

ROWS = 3
"""Names of neighbouring windows stand in this many rows, so that they do not cover each other."""


class TimeOfFlightPanel(HistogramPanel):
    """Hits over flight time."""

    def __init__(self) -> None:
        super().__init__("Time of flight", "time of flight [ns]", "hits per bin", log=True)
        self.curve = self.steps(theme.now.spectrum, alpha=110)
        self.regions: list[pg.LinearRegionItem] = []
        self.names: list[pg.InfiniteLine] = []
        self._setup = ""

    def draw(self, moment: Moment, choice: Choice) -> None:
        del choice
        if moment.setup.hash != self._setup:
            self._mark_windows(moment)
        counts, edges = moment.counts("time_of_flight"), moment.edges("time_of_flight")
        self.show_steps(self.curve, edges, counts, "hits")
        self.view_counts(moment.time_view_ns, counts.max(), room=0.22)
        self.note.setText(f"{grouped(int(counts.sum()))} hits")

    def _mark_windows(self, moment: Moment) -> None:
        self._setup = moment.setup.hash
        for item in (*self.regions, *self.names):
            self.plot.removeItem(item)
        self.regions, self.names = [], []
        for index, (section, window) in enumerate(zip(moment.setup.ions, moment.layout.windows_ns, strict=True)):
            colour = theme.now.series[index % len(theme.now.series)]
            self._mark(ion_name(section.ion), window, colour, 0.95 - 0.08 * (index % ROWS))

    def _mark(self, name: str, window: F8, colour: str, height: float) -> None:
        fill, rim = theme.translucent(colour, 70), pg.mkPen(theme.translucent(colour, 160))
        region = pg.LinearRegionItem(tuple(window), movable=False, brush=fill, pen=rim)
        region.setZValue(-10)
        options = {"position": height, "color": colour, "anchors": [(0.5, 0.5), (0.5, 0.5)]}
        line = pg.InfiniteLine(float(np.mean(window)), angle=90, pen=pg.mkPen(None), label=name, labelOpts=options)
        line.label.setFont(theme.font(15, bold=True))
        for item in (region, line):
            self.plot.addItem(item, ignoreBounds=True)
        self.regions.append(region)
        self.names.append(line)

"""Where the momentum sum stood while the dashboard looked on: zero as long as the calibration holds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei.arrays import AnyArray
from onlinecei.centroids.momentum_sum import AXES
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.plot import PlotPanel
from onlinecei_gui.past import Peaks

NO_GATE = "No gate on the momentum sum in this channel."
NO_PEAK = "No peak in the momentum sum yet."


class CalibrationDriftPanel(PlotPanel):
    """Offsets of the peaks of the momentum sum, each of the thousand combinations before; zero where it holds."""

    draws_sums = False

    def __init__(self) -> None:
        super().__init__("Drift", "time before now [min]", "offset of Σp [a.u.]")
        self._peaks: Mapping[str, Sequence[Peaks]] = {}
        zero = pg.InfiniteLine(0.0, angle=0, pen=pg.mkPen(theme.now.grey, width=1, style=Qt.PenStyle.DashLine))
        self.plot.addItem(zero, ignoreBounds=True)
        colours = theme.now.series[:3]
        self.bars = [pg.ErrorBarItem(pen=pg.mkPen(colour, width=1.4)) for colour in colours]
        self.curves = [self.plot.plot(pen=pg.mkPen(colour, width=1.2), symbol="o", symbolSize=7, symbolBrush=colour,
                                      symbolPen=None) for colour in colours]  # fmt: skip
        for item in self.bars:
            self.plot.addItem(item)
        named = zip(AXES, colours, strict=True)
        said = " &nbsp;".join(f"<b style='color:{colour}'>p<sub>{axis}</sub></b>" for axis, colour in named)
        self.note.setText(f"{said} &nbsp;of the last 1000 combinations")

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, self._peaks = moment.section(choice), moment.past.peaks
        if section is None or section.momentum_sum_au is None:
            self.say(NO_GATE)
            return
        points = self._peaks.get(section.name, ())
        self.say("" if points else NO_PEAK)
        reach, oldest = 0.1, -0.1
        for axis, curve, bars in zip(AXES, self.curves, self.bars, strict=True):
            rows = [((at - moment.past.at_s) / 60, peaks[axis]) for at, peaks in points if axis in peaks]
            x, y = np.array([at for at, _ in rows]), np.array([peak.offset_au for _, peak in rows])
            errors = np.array([peak.error_au for _, peak in rows])
            curve.setData(x, y)
            bars.setData(x=x, y=y, height=2 * errors)
            if rows:
                reach, oldest = max(reach, float((np.abs(y) + errors).max())), min(oldest, float(x.min()))
        self.view((1.04 * oldest, -0.04 * oldest), (-1.2 * reach, 1.2 * reach))

    def columns(self) -> Mapping[str, AnyArray]:
        points = ((name, at, peaks) for name, kept in self._peaks.items() for at, peaks in kept)
        rows = [(name, at, peak) for name, at, peaks in points for peak in peaks.values()]
        if not rows:
            return {}
        return {
            "channel": np.array([name for name, _, _ in rows]),
            "time [s]": np.array([at for _, at, _ in rows]),
            "axis": np.array([peak.axis for _, _, peak in rows]),
            "offset [a.u.]": np.array([peak.offset_au for _, _, peak in rows]),
            "error [a.u.]": np.array([peak.error_au for _, _, peak in rows]),
        }

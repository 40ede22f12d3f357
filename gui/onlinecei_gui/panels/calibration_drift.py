"""Where the momentum sum stood while the dashboard looked on: zero as long as the calibration holds."""

from collections import deque
from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei.arrays import AnyArray
from onlinecei.centroids.momentum_sum import AXES, SumPeak
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.plot import PlotPanel
from onlinecei_gui.window.drift import LOOK_S, Drift

MOST = 2000
"""Points that are kept of each channel."""
NO_GATE = "No gate on the momentum sum in this channel."
NO_PEAK = "No peak in the momentum sum yet."


class CalibrationDriftPanel(PlotPanel):
    """Offsets of the peaks of the momentum sum, each of the thousand combinations before; zero where it holds."""

    def __init__(self) -> None:
        super().__init__("Drift", "time before now [min]", "offset of Σp [a.u.]")
        self._drift, self._seen, self._looked_s = Drift(), "", -LOOK_S
        self.history: dict[str, deque[tuple[float, dict[str, SumPeak]]]] = {}
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

    def offer(self, moment: Moment, choice: Choice) -> None:
        """Take note of every moment, seen or not."""
        self._note(moment.whole)
        super().offer(moment, choice)

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        if section is None or section.momentum_sum_au is None:
            self.say(NO_GATE)
            return
        points = self.history.get(section.name, ())
        self.say("" if points else NO_PEAK)
        now = self.clock()
        reach, oldest = 0.1, -0.1
        for axis, curve, bars in zip(AXES, self.curves, self.bars, strict=True):
            rows = [((at - now) / 60, peaks[axis]) for at, peaks in points if axis in peaks]
            x, y = np.array([at for at, _ in rows]), np.array([peak.offset_au for _, peak in rows])
            errors = np.array([peak.error_au for _, peak in rows])
            curve.setData(x, y)
            bars.setData(x=x, y=y, height=2 * errors)
            if rows:
                reach, oldest = max(reach, float((np.abs(y) + errors).max())), min(oldest, float(x.min()))
        self.view((1.04 * oldest, -0.04 * oldest), (-1.2 * reach, 1.2 * reach))

    def columns(self) -> Mapping[str, AnyArray]:
        points = ((name, at, peaks) for name, kept in self.history.items() for at, peaks in kept)
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

    def _note(self, moment: Moment) -> None:
        origin = moment.snapshot.run + moment.setup.hash
        if origin != self._seen:
            self._seen, self._looked_s = origin, -LOOK_S
            self.history.clear()
        now = self.clock()
        self._drift.arrived(moment, now)
        if now - self._looked_s < LOOK_S:
            return
        self._looked_s = now
        for section in moment.setup.channels:
            if section.momentum_sum_au is not None:
                peaks = {peak.axis: peak for peak in self._drift.recent(moment, section)}
                self._keep(section.name, peaks)

    def _keep(self, name: str, peaks: dict[str, SumPeak]) -> None:
        """Keep a point where it is another one than the last."""
        points = self.history.setdefault(name, deque(maxlen=MOST))
        if peaks and (not points or points[-1][1] != peaks):
            points.append((self.clock(), peaks))

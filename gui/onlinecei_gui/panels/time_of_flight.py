"""The flight-time spectrum with the windows of the ions."""

from functools import partial

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8
from onlinecei.centroids.layout import Layout
from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.gate import Gate, Interval
from onlinecei_gui.panels.histogram import HistogramPanel
from onlinecei_gui.panels.menu import entry
from onlinecei_gui.panels.windows import with_rim_at
from onlinecei_gui.words import grouped, ion_name

ROOM = 0.30
"""Above the highest peak, for the names of the windows, as a share of the height."""
LINES = (0.955, 0.89, 0.825)
"""Heights of the names: neighbours take turns where they are close."""
CLOSE = 0.045
"""Share of the width that a name takes."""


class TimeOfFlightPanel(HistogramPanel):
    """Hits over flight time; the rims of a window are dragged, or its momentum is typed in the setup."""

    def __init__(self) -> None:
        super().__init__("Time of flight", "time of flight [ns]", "hits per bin", log=True)
        self.curve = self.steps(theme.now.spectrum, alpha=110)
        self.gates: list[Gate] = []
        self.names: list[pg.InfiniteLine] = []
        self._moment: Moment | None = None
        entry(self.menu, "Windows in numbers…", lambda: self.form_wanted.emit(("ions", 0)))

    def draw(self, moment: Moment, choice: Choice) -> None:
        del choice
        before, self._moment = self._moment, moment
        if before is None or moment.setup.hash != before.setup.hash:
            self._mark_windows(moment)
        asked = None if moment.asked is None else Layout.of(moment.asked).windows_ns
        for gate, window, wanted in zip(self.gates, moment.layout.windows_ns, _same(asked, self.gates), strict=True):
            gate.show(_interval(window), None if wanted is None else _interval(wanted))
        counts, edges = moment.counts("time_of_flight"), moment.edges("time_of_flight")
        self.show_steps(self.curve, edges, counts, "hits")
        self.view_counts(moment.time_view_ns, counts.max(), room=ROOM)
        self.note.setText(f"{grouped(int(counts.sum()))} hits")

    def _mark_windows(self, moment: Moment) -> None:
        for gate in self.gates:
            gate.remove()
        for name in self.names:
            self.plot.removeItem(name)
        self.gates, self.names = [], []
        windows, (start, stop) = moment.layout.windows_ns, moment.time_view_ns
        middles = (windows.mean(axis=1) - start) / (stop - start) if windows.size else np.zeros(0)
        for index, section in enumerate(moment.setup.ions):
            colour = theme.now.series[index % len(theme.now.series)]
            self.gates.append(Gate(self.plot, colour, partial(self._want, index), whole=False))
            self._name(ion_name(section.ion), windows[index], colour, LINES[_line(middles, index)])

    def _name(self, name: str, window: F8, colour: str, height: float) -> None:
        ground = theme.translucent(theme.now.card, 120)
        options = {"position": height, "color": colour, "fill": ground, "anchors": [(0.5, 0.5), (0.5, 0.5)]}
        line = pg.InfiniteLine(float(np.mean(window)), angle=90, pen=pg.mkPen(None), label=name, labelOpts=options)
        line.label.setFont(theme.font(15, bold=True))
        self.plot.addItem(line, ignoreBounds=True)
        self.names.append(line)

    def _want(self, index: int, to: Interval) -> None:
        """Ask for the momentum whose window has the rim where it was dragged."""
        if self._moment is None:
            return
        before = self._moment.layout.windows_ns[index]
        rim = to[0] if abs(to[0] - before[0]) > abs(to[1] - before[1]) else to[1]
        try:
            self.wanted.emit(with_rim_at(self._moment, index, rim))
        except CEIError as error:
            self.told.emit(str(error), True)  # noqa: FBT003  a signal has no keywords


def _interval(window: F8) -> Interval:
    return float(window[0]), float(window[1])


def _same(asked: F8 | None, gates: list[Gate]) -> list[F8 | None]:
    """Windows that were asked for, one for each gate; none where there are others than before."""
    return [None] * len(gates) if asked is None or len(asked) != len(gates) else list(asked)


def _line(middles: F8, index: int) -> int:
    """Give the line that a name stands in: one that no closer neighbour to the left has."""
    order = list(np.argsort(middles))
    taken: dict[int, int] = {}
    for place, each in enumerate(order):
        near = {taken[other] for other in order[:place] if middles[each] - middles[other] < CLOSE}
        taken[each] = next((line for line in range(len(LINES)) if line not in near), 0)
    return taken[index]

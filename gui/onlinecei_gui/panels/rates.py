"""Rates against time, since the window was opened, with the marks of the run."""

from collections.abc import Mapping
from datetime import UTC, datetime

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8, AnyArray
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.plot import PlotPanel

NOTHING = "Rates are seen while a line runs."
WHAT = ("pulses", "hits", "events")
LEAST = 1e-2
"""Lower end of the logarithmic scale, per second."""
LONGEST = 24
"""Letters of a note that are written beside its mark; the log has all of it."""


class RatesPanel(PlotPanel):
    """Pulses, hits, and events of the chosen channel, per second."""

    draws_sums = False

    def __init__(self) -> None:
        super().__init__("Rates", "time before now [s]", "per second", log=True)
        self.plot.setLogMode(y=True)
        self.curves = [
            self.plot.plot(pen=theme.pen(colour, 1.5), stepMode="center")
            for colour in (theme.now.spectrum, *theme.now.series[:2])
        ]
        self.marks: list[pg.InfiniteLine] = []
        self._times, self._rates = np.zeros(1), np.zeros((0, 3))

    def draw(self, moment: Moment, choice: Choice) -> None:
        times, rates = moment.past.rates
        self.say("" if rates.size else NOTHING)
        if not rates.size:
            return
        columns = [0, 1, 2 + choice.channel] if rates.shape[1] > 2 else [0, 1]
        self._times, self._rates = times, rates[:, columns]
        for curve, row in zip(self.curves, self._rates.T, strict=False):
            curve.setData(times, np.maximum(row, LEAST) if self.log else row)
        self._view()
        self._show_marks(moment)
        colours = (theme.now.spectrum, *theme.now.series)
        named = zip(WHAT, colours, self._rates[-1], strict=False)
        self.note.setText(" &nbsp;".join(f"<b style='color:{c}'>{what} {rate:.3g}</b>" for what, c, rate in named))

    def set_log(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        self.plot.setLogMode(y=on)
        super().set_log(on)

    def columns(self) -> Mapping[str, AnyArray]:
        rates: Mapping[str, F8] = {f"{what} per s": row for what, row in zip(WHAT, self._rates.T, strict=False)}
        return {"time before now [s] from": self._times[:-1], "to": self._times[1:], **rates} if rates else {}

    def _view(self) -> None:
        most = float(self._rates.max(initial=1.0))
        known = self._rates[self._rates > LEAST]
        low = float(np.log10(known.min())) - 0.3 if self.log and known.size else 0.0
        high = float(np.log10(most)) + 0.2 if self.log else 1.1 * most
        self.view((float(self._times[0]), 0.0), (low, high))

    def _show_marks(self, moment: Moment) -> None:
        """Draw those that were set since the rates are known; lines are used again."""
        now = datetime.now(UTC)
        ages = {mark: mark.age_s(now) for mark in moment.past.marks}
        seen = [mark for mark, age in ages.items() if -age >= self._times[0]]
        while len(self.marks) < len(seen):
            self.marks.append(self.line(theme.now.orange, "mark", position=0.85))
        for line in self.marks[len(seen) :]:
            line.hide()
        for line, mark in zip(self.marks, seen, strict=False):
            line.setValue(-ages[mark])
            line.label.setFormat(mark.note[:LONGEST].replace("{", "{{").replace("}", "}}"))
            line.show()

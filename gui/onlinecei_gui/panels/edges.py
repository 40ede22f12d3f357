"""A histogram of what pulses are like, with the edges of the setup's bins, which are dragged."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.doing.change import Change
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.histogram import HistogramPanel
from onlinecei_gui.panels.menu import entry
from onlinecei_gui.words import grouped, rounded


class EdgesPanel(HistogramPanel):
    """Pulses over a quantity; a line for each edge."""

    section: tuple[str, ...] = ()
    """Of the setup, that the edges stand in."""
    key, block, unit, unknown = "", "", "", ""
    """Of the edges in the section, of the sums, of the quantity, and what is said where no pulse has it."""

    def __init__(self, title: str, bottom: str) -> None:
        super().__init__(title, bottom, "pulses per bin")
        self.curve = self.steps(theme.now.spectrum, alpha=110)
        self.lines: list[pg.InfiniteLine] = []
        self.edges: tuple[float, ...] = ()
        entry(self.menu, "Bins in numbers…", lambda: self.form_wanted.emit(self.section))

    def edges_of(self, moment: Moment) -> Sequence[float]:
        """Edges in use; empty where there are none."""
        raise NotImplementedError

    def draw(self, moment: Moment, choice: Choice) -> None:
        del choice
        counts, edges = moment.counts(self.block), moment.edges(self.block).astype(np.float64)
        self.say("" if counts.any() else self.unknown)
        self.note.setText(f"{grouped(int(counts.sum()))} pulses")
        if not counts.any():
            return
        self.show_steps(self.curve, edges, counts, "pulses")
        applied = tuple(self.edges_of(moment))
        if applied != self.edges:
            self._put_lines(applied)
        self.view_counts(_reach(edges, counts > 0, applied), counts.max())

    def _put_lines(self, edges: tuple[float, ...]) -> None:
        for line in self.lines:
            self.plot.removeItem(line)
        self.edges, self.lines = edges, []
        for place, edge in enumerate(edges):
            pen = pg.mkPen(theme.now.orange, width=1.5)
            line = pg.InfiniteLine(edge, angle=90, movable=True, pen=pen, hoverPen=pg.mkPen(theme.now.orange, width=3))
            line.sigPositionChangeFinished.connect(partial(self._dragged, place))
            self.plot.addItem(line, ignoreBounds=True)
            self.lines.append(line)

    def _dragged(self, place: int, line: pg.InfiniteLine) -> None:
        """Ask for the edges with one of them elsewhere, and put the line back."""
        to = rounded(float(line.value()))
        if to == self.edges[place]:
            return
        line.setValue(self.edges[place])
        edges = sorted((*self.edges[:place], to, *self.edges[place + 1 :]))
        words = f"edge of {self.title.text().lower()}: {self.edges[place]:g} to {to:g} {self.unit}"
        self.wanted.emit(Change(section=self.section, values={self.key: edges}, words=words))


def _reach(edges: F8, filled: np.ndarray, marks: Sequence[float]) -> tuple[float, float]:
    """Give the range that holds everything counted and all marks, with a margin."""
    places = np.flatnonzero(filled)
    low = min([edges[places[0]], *marks])
    high = max([edges[places[-1] + 1], *marks])
    return float(low - 0.03 * (high - low)), float(high + 0.03 * (high - low))

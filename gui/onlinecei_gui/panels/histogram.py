"""One-dimensional histograms as steps, on a linear or a logarithmic scale."""

import math
from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8, I8, AnyArray
from onlinecei_gui.panels.plot import PlotPanel

SLACK = 0.3
"""Bins that may share a pixel with another before they are drawn together, as a share of a bin."""
EMPTY = 0.5
"""Where empty bins are drawn on a logarithmic axis."""


def thinned(edges: F8, counts: F8 | I8, together: int) -> tuple[F8, F8]:
    """Give edges and mean counts of so many neighbouring bins; all of them where that is one."""
    whole = counts.size // together * together
    if together == 1 or not whole:
        return edges, counts.astype(np.float64)
    heights = counts[:whole].reshape(-1, together).mean(axis=1)
    return edges[: whole + 1 : together], heights


class HistogramPanel(PlotPanel):
    """A plot of steps over the same edges; subclasses add curves with `steps` and fill them with `show_steps`."""

    def __init__(self, title: str, bottom: str, left: str, *, log: bool = False) -> None:
        super().__init__(title, bottom, left, log=log)
        self.plot.setLogMode(y=log)
        self._shown: dict[str, F8 | I8] = {}
        self._edges = np.array([0.0, 1.0])

    def show_steps(self, curve: "pg.PlotDataItem", edges: F8, counts: F8 | I8, name: str = "counts") -> None:
        """Show counts (B,) between edges (B + 1,), and remember them for the table under a name."""
        if edges.size != self._edges.size:
            self._shown = {}
        self._edges, self._shown[name] = edges, counts
        curve.setFillLevel(np.log10(EMPTY) if self.log else 0.0)
        places, heights = thinned(edges, counts, self._together(edges))
        curve.setData(places, np.maximum(heights, EMPTY) if self.log else heights)

    def _together(self, edges: F8) -> int:
        """How many neighbouring bins stand in one pixel."""
        left, right = self.plot.viewRange()[0]
        bins = float((right - left) / (edges[-1] - edges[0]) * (edges.size - 1))
        pixels = float(max(self.plot.width(), 1))
        return max(math.ceil(bins / pixels - SLACK), 1)

    def view_counts(self, x: tuple[float, float] | None, most: float, *, room: float = 0.15) -> None:
        """Show a range along x, and counts from none to the most, with room above as a share of the height."""
        if self.log:
            low, high = float(np.log10(EMPTY)), float(np.log10(max(most, 10.0)))
        else:
            low, high = 0.0, max(float(most), 1.0)
        self.view(x, (low, high + room * (high - low)))

    def set_log(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        self.plot.setLogMode(y=on)
        super().set_log(on)

    def columns(self) -> Mapping[str, AnyArray]:
        label = self.axis_words("bottom")
        return {f"{label} from": self._edges[:-1], f"{label} to": self._edges[1:], **self._shown} if self._shown else {}

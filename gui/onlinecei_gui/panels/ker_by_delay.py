"""The kinetic energy release at every delay, as a picture."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei.arrays import F8, I8
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.panels.shapes import filled_end, fitting_bins, summed

ONE_BIN = "The setup has one delay bin: nothing changes with delay."
NO_PULSES = "No pulses were counted in these bins of delay."
COLUMNS = 400
"""Of the picture: delay bins may be of any width, its columns are of one."""


class KerByDelayPanel(ImagePanel):
    """Events per 1000 pulses of the chosen channel, over delay and energy; lines are the rims of the chosen delay."""

    def __init__(self) -> None:
        super().__init__("KER at every delay", "delay [fs]", "KER [eV]", block="", colours="viridis")
        self.log_action.setChecked(False)
        pen = pg.mkPen(theme.now.rim, width=1.2, style=Qt.PenStyle.DashLine)
        self.rims = [pg.InfiniteLine(0.0, angle=90, pen=pen) for _ in range(2)]
        for rim in self.rims:
            self.plot.addItem(rim, ignoreBounds=True)

    @property
    def counted(self) -> str:
        return "events per 1000 pulses"

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        bins = np.array(moment.setup.delays.bins).reshape(-1, 2)
        pumped = np.isfinite(bins).all(axis=1)
        if section is None or pumped.sum() < 2:
            self.say(ONE_BIN if section else "The setup names no channel.")
            return
        if not moment.counts("pulses_by_delay").any():
            self.say(NO_PULSES)
            return
        self.say("")
        name = f"{section.name}:ker"
        counts, edges = moment.counts(name)[pumped], moment.edges(name)
        together = int(np.median([fitting_bins(row) for row in counts]))
        rows = np.array([summed(row, together) for row in counts])
        pulses = np.maximum(moment.counts("pulses_by_delay")[pumped], 1)
        energies = edges[0] + together * (edges[1] - edges[0]) * np.arange(rows.shape[1] + 1)
        self._show(1000.0 * rows / pulses[:, None], bins[pumped], energies)
        self.view(
            tuple(bins[pumped].ravel()[[0, -1]].tolist()), (float(edges[0]), filled_end(edges, counts.sum(axis=0)))
        )
        for rim, edge in zip(self.rims, bins[choice.delay], strict=True):
            rim.setVisible(bool(np.isfinite(edge)))
            rim.setValue(float(np.nan_to_num(edge)))

    def _show(self, rates: F8, bins: F8, energies: F8) -> None:
        """Show rates (D, B) of delay bins (D, 2), each over as many columns as it is wide."""
        delays = np.linspace(bins[0, 0], bins[-1, 1], COLUMNS + 1)
        middles = 0.5 * (delays[1:] + delays[:-1])
        bin_of = np.clip(np.searchsorted(bins[:, 0], middles, side="right") - 1, 0, len(bins) - 1)
        inside = middles < bins[bin_of, 1]
        self.show_counts(np.where(inside[:, None], rates[bin_of], 0.0), delays, energies)
        self.note.setText(f"log₁₀ {self.counted}" if self.log else self.counted)

    def _levels(self, counts: F8 | I8) -> tuple[float, float]:
        most, seen = float(counts.max()) or 1.0, counts[counts > 0]
        least = float(seen.min()) if seen.size else 0.1 * most
        return (float(np.log10(least)) - 0.2, float(np.log10(most))) if self.log else (0.0, most)

"""Kinetic energy release."""

import numpy as np
import pyqtgraph as pg

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.histogram import HistogramPanel
from onlinecei_gui.panels.shapes import filled_end


class KerPanel(HistogramPanel):
    """Kinetic energy release of the chosen channel and delay."""

    def __init__(self) -> None:
        super().__init__("Kinetic energy release", "KER [eV]", "events")
        self.curve = self.steps(theme.now.blue)
        self.mean = self.line(theme.now.orange)
        self.gate = pg.LinearRegionItem((0, 1), movable=False, brush=theme.translucent(theme.now.green, 28),
                                        pen=pg.mkPen(theme.now.green))  # fmt: skip
        self.gate.setZValue(-10)
        self.plot.addItem(self.gate, ignoreBounds=True)

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        self.say("" if section else "The setup names no channel.")
        if section is None:
            return
        name = f"{section.name}:ker"
        counts, edges = moment.counts(name)[choice.delay], moment.edges(name)
        self.show_steps(self.curve, edges, counts, "events")
        self.view_counts((float(edges[0]), filled_end(edges, counts)), counts.max())
        self.gate.setVisible(section.ker_ev is not None)
        if section.ker_ev is not None:
            self.gate.setRegion(section.ker_ev)
        found = moment.reconstruction(choice)
        mean = found.centroids.mean_ker_ev if found else np.nan
        self.mean.setVisible(bool(np.isfinite(mean)))
        self.note.setText("")
        if np.isfinite(mean):
            self.mean.setValue(mean)
            self.note.setText(
                f"<span style='color:{theme.now.orange}; font-size:14px'><b>mean {mean:.1f} eV</b></span>"
            )

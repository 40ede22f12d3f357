"""The Newton plot: momenta over that of the first ion, which lies along x, event by event."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.momentum_image import MomentumImage
from onlinecei_gui.panels.momentum_map import NO_CHANNEL
from onlinecei_gui.panels.shapes import filled_reach
from onlinecei_gui.words import ion_name

TWO_IONS = "A Newton plot takes three ions or more."
MARGIN = 1.25
"""Room around the square that holds nearly all counts."""


class NewtonPanel(MomentumImage):
    """How the other ions fly where the first one flies one unit to the right."""

    def __init__(self) -> None:
        super().__init__("Newton plot", "", "", key=True)
        turn = np.linspace(0.0, 2.0 * np.pi, 181)
        self.circle = self.plot.plot(np.cos(turn), np.sin(turn), pen=pg.mkPen(theme.now.grey, width=1))
        self.first = self.plot.plot([0.0, 1.0], [0.0, 0.0], pen=pg.mkPen(theme.now.rim, width=2))
        for item, height in ((self.circle, 5), (self.first, 6)):
            item.setZValue(height)
        self.circle.setPen(pg.mkPen(theme.now.grey, width=1, style=Qt.PenStyle.DashLine))

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        if section is None or len(section.channel.ions) < 3:
            self.say(NO_CHANNEL if section is None else TWO_IONS)
            return
        first = ion_name(section.channel.ions[0])
        for side, axis in (("bottom", "x"), ("left", "y")):
            self.relabel(side, f"p<sub>{axis}</sub> / p({first})")
        if not self.show_part(moment, name := f"{section.name}:newton", (choice.delay,)):
            return
        counts, edges = moment.counts(name)[choice.delay], moment.edges(name)
        reach = min(max(MARGIN * filled_reach(edges, counts), 1.2), float(edges[-1]))
        self.view((-reach, reach), (-reach, reach))
        found = moment.reconstruction(choice)
        unit = float(np.linalg.norm(found.centroids.momentum_au[0])) if found else np.nan
        self.marks.draw(moment, choice, (0, 1), unit if unit > 0 else 0.0)

"""Momenta of the chosen channel in the molecular frame, with the mean of each ion."""

import numpy as np
from PyQt6.QtWidgets import QComboBox

from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.momentum_image import MomentumImage
from onlinecei_gui.panels.shapes import PLANES, filled_reach

NO_CHANNEL = "The setup names no channel."
MARGIN, STEP_AU = 1.2, 10.0
"""Room around what is seen, which grows in steps of so many a.u.: a picture that is not still cannot be read."""


class MapPanel(MomentumImage):
    """One of the three projections of the momentum map."""

    def __init__(self, plane: str = "") -> None:
        super().__init__("Momentum map", "", "")
        self.plane = QComboBox()
        self.plane.addItems(list(PLANES))
        if plane:
            self.plane.setCurrentText(plane)
        self.plane.currentIndexChanged.connect(self.redraw)
        self.add_to_head(self.plane)

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, plane = moment.section(choice), self.plane.currentText()
        if section is None:
            self.say(NO_CHANNEL)
            return
        name = f"{section.name}:momentum_map"
        for side, axis in zip(("bottom", "left"), plane, strict=True):
            self.relabel(side, f"p<sub>{axis}</sub> [a.u.]")
        if not self.show_part(moment, name, (choice.delay, self.plane.currentIndex())):
            return
        reach = self._reach(moment, choice, name)
        self.view((-reach, reach), (-reach, reach))
        self.marks.draw(moment, choice, PLANES[plane])

    def _reach(self, moment: Moment, choice: Choice, name: str) -> float:
        """How far the picture reaches: to nearly all counts of all planes, and what is marked among them."""
        edges, found = moment.edges(name), moment.reconstruction(choice)
        marked = [] if found is None else [found.centroids.momentum_au, found.sudden_au]
        far = [float(np.nanmax(np.abs(each), initial=0.0)) for each in marked if each is not None]
        reach = MARGIN * max(filled_reach(edges, moment.counts(name)[choice.delay]), *far, 0.0)
        return float(min(STEP_AU * np.ceil(reach / STEP_AU), edges[-1]))

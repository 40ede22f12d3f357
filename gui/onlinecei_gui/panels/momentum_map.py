"""Momenta of the chosen channel in the molecular frame, with the mean of each ion."""

from PyQt6.QtWidgets import QComboBox

from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.momentum_image import MomentumImage
from onlinecei_gui.panels.shapes import PLANES

NO_CHANNEL = "The setup names no channel."


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
        self._reach = 0.0

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, plane = moment.section(choice), self.plane.currentText()
        if section is None:
            self.say(NO_CHANNEL)
            return
        name = f"{section.name}:momentum_map"
        for side, axis in zip(("bottom", "left"), plane, strict=True):
            self.relabel(side, f"p<sub>{axis}</sub> [a.u.]")
        edges = moment.edges(name)
        if not self.show_part(moment, name, (choice.delay, self.plane.currentIndex())):
            return
        if self._reach != edges[-1]:
            self._reach = float(edges[-1])
            self.view((float(edges[0]), self._reach), (float(edges[0]), self._reach))
        self.marks.draw(moment, choice, PLANES[plane])

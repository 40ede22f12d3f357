"""The three projections of the momentum map together."""

from collections.abc import Mapping

import numpy as np
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QComboBox, QHBoxLayout

from onlinecei.arrays import AnyArray
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.ion_marks import BRIEF, TIP
from onlinecei_gui.panels.menu import switch
from onlinecei_gui.panels.momentum_image import PARTS
from onlinecei_gui.panels.momentum_map import MapPanel
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.panels.shapes import PLANES

SPACE_PX, BAR_PX = 6, 45
"""Between two pictures, and of the colour bar with its numbers."""


class MomentaPanel(Panel):
    """Maps of the planes xy, xz and yz side by side, of the same events on the same scale."""

    def __init__(self) -> None:
        super().__init__("Momenta", kinds=("png", "csv"))
        self.title.setToolTip("In the molecular frame, of the chosen channel and delay")
        self.maps = [MapPanel(plane) for plane in PLANES]
        self.part = QComboBox()
        self.part.addItems(list(PARTS))
        self.part.setToolTip(self.maps[0].part.toolTip())
        self.part.currentIndexChanged.connect(self.redraw)
        self.add_to_head(self.part)
        self.note.setToolTip(TIP)
        row = QHBoxLayout()
        row.setSpacing(SPACE_PX)
        *others, self._last = self.maps
        for each in others:
            each.leave_out_bar()
        for each in self.maps:
            each.body.setContentsMargins(0, 0, 0, 0)
            each.setObjectName("part")
            row.addWidget(each, 1)
        self._last.bar.sigLevelsChanged.connect(self._share_levels)
        self.body.addLayout(row, 1)
        switch(self.menu, "Logarithmic", self.set_log, on=True)

    def draw(self, moment: Moment, choice: Choice) -> None:
        for each in self.maps:
            each.part.setCurrentText(self.part.currentText())
            each.draw(moment, choice)
        if self._last.auto_levels:
            low, high = zip(*(each.levels for each in self.maps), strict=True)
            self._last.bar.setLevels((min(low), max(high)))
        self._share_levels()
        self.note.setText(f"{BRIEF} · {self.maps[0].note.text()}")

    def set_log(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        """Put the counts of all maps on a logarithmic scale, or a linear one."""
        for each in self.maps:
            each.set_log(on)
        self.redraw()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Give each picture the same room: the last has the bar beside it."""
        super().resizeEvent(event)
        margins = self.body.contentsMargins()
        room = self.width() - margins.left() - margins.right() - 2 * SPACE_PX - BAR_PX
        for each in self.maps[:-1]:
            each.setFixedWidth(max(room // 3, 1))

    def _share_levels(self, *_: object) -> None:
        """Give all maps the levels of the one bar."""
        for each in self.maps[:-1]:
            each.bar.setLevels(self._last.bar.levels())

    def columns(self) -> Mapping[str, AnyArray]:
        found = [each.columns() for each in self.maps]
        planes = np.repeat(list(PLANES), [len(next(iter(each.values()))) for each in found])
        first, second, counts = (np.concatenate([list(each.values())[k] for each in found]) for k in range(3))
        return {"plane": planes, "first [a.u.]": first, "second [a.u.]": second, self.part.currentText(): counts}

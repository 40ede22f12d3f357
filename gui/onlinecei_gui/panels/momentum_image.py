"""A picture of momenta: all events, the false ones among them, or the true ones."""

from collections.abc import Mapping

import numpy as np
from PyQt6.QtWidgets import QComboBox

from onlinecei.arrays import F8, I8, AnyArray
from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.image import FAINTEST, ImagePanel
from onlinecei_gui.panels.ion_marks import TIP, IonMarks
from onlinecei_gui.panels.shapes import bin_of

RAW, FALSE, TRUE = PARTS = ("raw", "background", "subtracted")
"""What is counted: all events, the false coincidences among them by mixed pulses, and the difference."""
FAINTEST_FALSE = -2.4
"""Lower end of the logarithmic scale of the background, which is spread over many bins."""
UNKNOWN = "Too few pulses were kept to tell the false coincidences of this channel and delay."


class MomentumImage(ImagePanel):
    """The base of pictures of momenta."""

    def __init__(self, title: str, bottom: str, left: str, *, key: bool = False) -> None:
        super().__init__(title, bottom, left, block="", colours="viridis")
        self.plot.setAspectLocked(True)
        self.part = QComboBox()
        self.part.addItems(list(PARTS))
        self.part.setToolTip("All events, the false coincidences among them as mixed pulses tell, or what is left")
        self.part.currentIndexChanged.connect(self.redraw)
        self.add_to_head(self.part)
        self.marks = IonMarks(self.plot, key=key)
        self.note.setToolTip(TIP)

    def show_part(self, moment: Moment, name: str, place: tuple[int, ...]) -> bool:
        """Show a part of a block of counts; where it is not known, say so instead."""
        counts, part = moment.counts(name)[place], self.part.currentText()
        false = None if part == RAW else moment.false(name)
        if part != RAW and (false is None or np.isnan(false[place]).any()):
            self.say(UNKNOWN)
            return False
        self.say("")
        shown: F8 | I8 = counts
        if false is not None:
            shown = np.maximum(false[place], 0.0) if part == FALSE else counts - false[place]
        self._show(shown, moment.edges(name), moment.edges(name, 1))
        return True

    def at(self, x: float, y: float) -> str:
        i, j = bin_of(self._x, x), bin_of(self._y, y)
        inside = i is not None and j is not None
        words = f"{self.axis_words('bottom')} {x:.5g}   {self.axis_words('left')} {y:.4g}"
        return words + (f"   {self.part.currentText()} {self._counts[i, j]:.4g}" if inside else "")

    def columns(self) -> Mapping[str, AnyArray]:
        found = dict(super().columns())
        return {(self.part.currentText() if name == "counts" else name): column for name, column in found.items()}

    def _show(self, counts: F8 | I8, x: F8, y: F8) -> None:
        self.show_counts(counts, x, y)  # type: ignore[arg-type]  # differences of counts are no whole numbers
        self.note.setText(f"log₁₀ {self._unit}" if self.log else self._unit)

    @property
    def _unit(self) -> str:
        return {RAW: "counts", FALSE: "false counts", TRUE: "true counts"}[self.part.currentText()]

    def _levels(self, counts: F8 | I8) -> tuple[float, float]:
        """Follow what is shown: the background is faint, and differences may be below zero."""
        part, most = self.part.currentText(), max(float(counts.max()), 1e-3)
        if self.log:
            low = FAINTEST_FALSE if part == FALSE else FAINTEST
            return low, max(float(np.log10(most)), low + 1.0)
        return (min(float(counts.min()), 0.0) if part == TRUE else 0.0), most

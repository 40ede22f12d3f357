"""A picture of momenta: all events, the false ones among them, or the true ones."""

import numpy as np
from PyQt6.QtWidgets import QComboBox

from onlinecei.arrays import F8, I8
from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.image import FAINTEST, ImagePanel
from onlinecei_gui.panels.ion_marks import TIP, IonMarks
from onlinecei_gui.panels.shapes import every, fitting_pixels, summed

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
        self.note.setToolTip(f"{TIP}\n2×2: so many bins are one, where events are few")

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
        together = fitting_pixels(moment.counts(name)[place[0]])
        self._show(shown, moment.edges(name), moment.edges(name, 1), together)
        return True

    @property
    def counted(self) -> str:
        return self.part.currentText()

    def _show(self, counts: F8 | I8, x: F8, y: F8, together: int) -> None:
        self.show_counts(summed(counts, together), every(x, together), every(y, together))
        wide = f" · {together}×{together}" if together > 1 else ""
        self.note.setText(f"log₁₀ {self._unit}{wide}" if self.log else f"{self._unit}{wide}")

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

"""Photo-ion photo-ion coincidences."""

from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel


class PipicoPanel(ImagePanel):
    """Every pair of hits of a pulse, the earlier one along x."""

    def __init__(self) -> None:
        super().__init__("PIPICO", "first ion [ns]", "second ion [ns]", block="pipico", colours="inferno")
        self._setup = ""

    def draw(self, moment: Moment, choice: Choice) -> None:
        super().draw(moment, choice)
        if moment.setup.hash != self._setup:
            self._setup = moment.setup.hash
            start, stop = moment.time_view_ns
            self.view((start, stop), (start, stop))

"""The delays of the pulses."""

from collections.abc import Sequence

from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.edges import EdgesPanel


class PulseDelaysPanel(EdgesPanel):
    """Pulses over delay, with the edges of the delay bins."""

    section, key, block, unit = ("delays",), "edges_fs", "delays", "fs"
    unknown = "No pulse has a known delay."

    def __init__(self) -> None:
        super().__init__("Pulse delays", "delay [fs]")

    def edges_of(self, moment: Moment) -> Sequence[float]:
        return moment.setup.delays.edges_fs or ()

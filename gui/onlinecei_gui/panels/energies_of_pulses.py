"""The energies of the pulses."""

from collections.abc import Sequence

from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.edges import EdgesPanel


class PulseEnergiesPanel(EdgesPanel):
    """Pulses over energy, with the edges of the energy bins where the setup has some."""

    section, key, block, unit = ("pulse_energy",), "edges_uj", "pulse_energies", "µJ"
    unknown = "No pulse has a known energy."

    def __init__(self) -> None:
        super().__init__("Pulse energies", "pulse energy [µJ]")
        self.relabel("left", "pulses per ⅛ octave")

    def edges_of(self, moment: Moment) -> Sequence[float]:
        return moment.setup.pulse_energy.edges_uj if moment.setup.pulse_energy else ()

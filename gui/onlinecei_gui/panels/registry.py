"""The one table of panels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from onlinecei_gui.molecule.movie import MoviePanel
from onlinecei_gui.molecule.panel import MoleculePanel
from onlinecei_gui.panels.against_delay import AgainstDelayPanel
from onlinecei_gui.panels.calibration_drift import CalibrationDriftPanel
from onlinecei_gui.panels.delays_of_pulses import PulseDelaysPanel
from onlinecei_gui.panels.detector import DetectorPanel
from onlinecei_gui.panels.energies_of_pulses import PulseEnergiesPanel
from onlinecei_gui.panels.ker import KerPanel
from onlinecei_gui.panels.ker_by_delay import KerByDelayPanel
from onlinecei_gui.panels.log import LogPanel
from onlinecei_gui.panels.momenta import MomentaPanel
from onlinecei_gui.panels.momentum_map import MapPanel
from onlinecei_gui.panels.momentum_sum import MomentumSumPanel
from onlinecei_gui.panels.newton import NewtonPanel
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.panels.pipico import PipicoPanel
from onlinecei_gui.panels.quality import QualityPanel
from onlinecei_gui.panels.rates import RatesPanel
from onlinecei_gui.panels.time_of_flight import TimeOfFlightPanel


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A panel that the window can show."""

    title: str
    """In the menu; the panel itself may say more."""
    make: Callable[[], Panel]
    layouts: tuple[str, ...]
    """Names of the layouts of `window.layouts` that it has a place in; elsewhere it is hidden until it is asked for."""


PANELS: Mapping[str, Entry] = {
    "time_of_flight": Entry(title="Time of flight", make=TimeOfFlightPanel, layouts=("shift", "calibration")),
    "pipico": Entry(title="PIPICO", make=PipicoPanel, layouts=("shift", "calibration")),
    "detector": Entry(title="Detector", make=DetectorPanel, layouts=("shift", "calibration")),
    "ker": Entry(title="Kinetic energy release", make=KerPanel, layouts=("shift", "molecule")),
    "momentum_sum": Entry(title="Momentum sum", make=MomentumSumPanel, layouts=("shift", "calibration")),
    "pulse_delays": Entry(title="Delays", make=PulseDelaysPanel, layouts=("calibration",)),
    "pulse_energies": Entry(title="Energies", make=PulseEnergiesPanel, layouts=("calibration",)),
    "rates": Entry(title="Rates", make=RatesPanel, layouts=("shift", "calibration")),
    "log": Entry(title="Log", make=LogPanel, layouts=("shift", "calibration")),
    "momentum_map": Entry(title="Momentum map", make=MapPanel, layouts=("shift",)),
    "momenta": Entry(title="Momenta in three planes", make=MomentaPanel, layouts=("molecule",)),
    "newton": Entry(title="Newton plot", make=NewtonPanel, layouts=("molecule", "delays")),
    "against_delay": Entry(title="Against delay", make=AgainstDelayPanel, layouts=("delays",)),
    "ker_by_delay": Entry(title="KER at every delay", make=KerByDelayPanel, layouts=("delays",)),
    "quality": Entry(title="Quality", make=QualityPanel, layouts=("calibration", "delays")),
    "calibration_drift": Entry(title="Drift", make=CalibrationDriftPanel, layouts=("calibration",)),
    "movie": Entry(title="Movie", make=MoviePanel, layouts=("delays",)),
    "molecule": Entry(title="Molecule", make=MoleculePanel, layouts=("shift", "molecule")),
}
"""By name, as layouts, settings and files call them."""

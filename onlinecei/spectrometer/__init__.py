"""Between hits and momenta: time of flight and landing place in homogeneous electric and magnetic fields."""

from onlinecei.spectrometer.flight import axial_momentum, flight_time, landing, transverse_momentum
from onlinecei.spectrometer.geometry import Spectrometer, landings, momenta
from onlinecei.spectrometer.windows import reach_au, windows

__all__ = [
    "Spectrometer",
    "axial_momentum",
    "flight_time",
    "landing",
    "landings",
    "momenta",
    "reach_au",
    "transverse_momentum",
    "windows",
]

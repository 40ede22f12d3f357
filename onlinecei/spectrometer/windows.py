"""When an ion of a setup can arrive."""

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.setup import IonSection, Setup
from onlinecei.spectrometer.flight import axial_momentum
from onlinecei.spectrometer.geometry import Spectrometer


def windows(setup: Setup) -> F8:
    """Flight-time windows of the ions of a setup.

    Returns
    -------
    F8
        (S, 2) first and last ``t_ns``, t0 included, of each entry of ``setup.ions``: those of an explosion's
        momentum of ``momentum_max_au`` straight to the detector and straight away from it.
    """
    spectrometer = Spectrometer.of(setup)
    return np.array([_window(section, spectrometer) for section in setup.ions]).reshape(-1, 2)


def _window(section: IonSection, spectrometer: Spectrometer) -> tuple[float, float]:
    mass, charge, largest = section.ion.mass_au, float(section.ion.charge), section.momentum_max_au
    early, late = (spectrometer.flight_time_au(pz, mass, charge) for pz in (largest, -largest))
    return (early + spectrometer.t0) / units.NANOSECOND, (late + spectrometer.t0) / units.NANOSECOND


def reach_au(setup: Setup, section: IonSection, t_ns: float) -> float:
    """Largest momentum of the window of an ion that begins or ends at a time: the inverse of `windows`.

    Raises
    ------
    CEIError
        The time is not after t0.
    """
    spectrometer, mass = Spectrometer.of(setup), section.ion.mass_au
    time, charge = t_ns * units.NANOSECOND - spectrometer.t0, float(section.ion.charge)
    if not time > 0.0:
        raise CEIError(f"a window at {t_ns:g} ns is not after t0, {setup.spectrometer.t0_ns:g} ns")
    total = axial_momentum(time, mass, charge, spectrometer.s, spectrometer.d, spectrometer.field)
    return abs(float(total) - mass * spectrometer.jet[2])

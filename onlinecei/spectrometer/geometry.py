"""Columns of hits to momenta, and momenta to hits, for one ion species in the spectrometer of a setup."""

from dataclasses import dataclass

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.errors import CEIError
from onlinecei.ions import Ion
from onlinecei.setup import Setup
from onlinecei.spectrometer.flight import axial_momentum, flight_time, landing, transverse_momentum


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrometer:
    """The spectrometer, the detector's centre and the jet of a setup, in atomic units."""

    s: float
    """Length of the electric field."""
    d: float
    """Length of the drift."""
    field: float
    """Electric field along +z."""
    magnetic: float
    """Magnetic field along +z."""
    t0: float
    """Time that an infinitely fast ion would show."""
    centre: tuple[float, float]
    """Where an ion without transverse momentum lands."""
    jet: tuple[float, float, float]
    """Velocity of the molecules."""

    @classmethod
    def of(cls, setup: Setup) -> "Spectrometer":
        """Convert the numbers of a setup."""
        section, detector = setup.spectrometer, setup.detector
        x, y = detector.centre_mm
        vx, vy, vz = detector.jet_velocity_m_per_s
        return cls(
            s=section.acceleration_mm * units.MILLIMETRE,
            d=section.drift_mm * units.MILLIMETRE,
            field=section.field_v_per_mm * units.VOLT_PER_MILLIMETRE,
            magnetic=section.magnetic_field_gauss * units.GAUSS,
            t0=section.t0_ns * units.NANOSECOND,
            centre=(x * units.MILLIMETRE, y * units.MILLIMETRE),
            jet=(vx * units.METRE_PER_SECOND, vy * units.METRE_PER_SECOND, vz * units.METRE_PER_SECOND),
        )

    def flight_time_au(self, pz: float, mass: float, charge: float) -> float:
        """Flight time, without t0, of an ion that the explosion gave the momentum `pz` along z."""
        return float(flight_time(pz + mass * self.jet[2], mass, charge, self.s, self.d, self.field))


@compiled
def _momenta(x: F8, y: F8, t: F8, mass: float, charge: float, s: float, d: float, field: float, magnetic: float) -> F8:
    momenta = np.empty((t.size, 3))
    for i in range(t.size):
        px, py, _ = transverse_momentum(x[i], y[i], t[i], mass, charge, magnetic)
        momenta[i, 0] = px
        momenta[i, 1] = py
        momenta[i, 2] = axial_momentum(t[i], mass, charge, s, d, field)
    return momenta


@compiled
def _landings(momenta: F8, mass: float, charge: float, s: float, d: float, field: float, magnetic: float) -> F8:
    rows = np.empty((3, momenta.shape[0]))
    for i in range(momenta.shape[0]):
        t = flight_time(momenta[i, 2], mass, charge, s, d, field)
        x, y = landing(momenta[i, 0], momenta[i, 1], t, mass, charge, magnetic)
        rows[0, i] = x
        rows[1, i] = y
        rows[2, i] = t
    return rows


def momenta(x_mm: F8, y_mm: F8, t_ns: F8, ion: Ion, setup: Setup) -> F8:
    """Momenta that the explosion gave to ions that landed at a place and time.

    Parameters
    ----------
    x_mm, y_mm, t_ns
        (M,) landing place on the detector and time after the pulse's trigger.
    ion
        The species that all of them are taken to be.
    setup
        Spectrometer, detector centre and jet velocity.

    Returns
    -------
    F8
        (M, 3) in a.u., jet velocity taken off. NaN for times that are not after t0; x and y are NaN at the
        nodes of the magnetic field.
    """
    spectrometer, mass = Spectrometer.of(setup), ion.mass_au
    total = _momenta(
        _column(x_mm) * units.MILLIMETRE - spectrometer.centre[0],
        _column(y_mm) * units.MILLIMETRE - spectrometer.centre[1],
        _column(t_ns) * units.NANOSECOND - spectrometer.t0,
        mass,
        float(ion.charge),
        spectrometer.s,
        spectrometer.d,
        spectrometer.field,
        spectrometer.magnetic,
    )
    return total - mass * np.array(spectrometer.jet)


def landings(momentum_au: F8, ion: Ion, setup: Setup) -> tuple[F8, F8, F8]:
    """Landing places and times of ions to which the explosion gave momenta: the inverse of `momenta`.

    Parameters
    ----------
    momentum_au
        (M, 3) in a.u., without that of the jet.
    ion, setup
        As for `momenta`.

    Returns
    -------
    tuple[F8, F8, F8]
        ``x_mm``, ``y_mm`` and ``t_ns``, each (M,).
    """
    wanted = np.asarray(momentum_au, dtype=np.float64)
    if wanted.ndim != 2 or wanted.shape[1] != 3:
        raise CEIError(f"momenta have the shape {wanted.shape}, expected (M, 3)")
    spectrometer, mass = Spectrometer.of(setup), ion.mass_au
    x, y, t = _landings(
        np.ascontiguousarray(wanted + mass * np.array(spectrometer.jet)),
        mass,
        float(ion.charge),
        spectrometer.s,
        spectrometer.d,
        spectrometer.field,
        spectrometer.magnetic,
    )
    return (
        (x + spectrometer.centre[0]) / units.MILLIMETRE,
        (y + spectrometer.centre[1]) / units.MILLIMETRE,
        (t + spectrometer.t0) / units.NANOSECOND,
    )


def _column(values: F8) -> F8:
    return np.ascontiguousarray(values, dtype=np.float64)

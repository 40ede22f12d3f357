"""Ions on their way: any mass, any charge, through a spectrometer that may drift."""

from dataclasses import dataclass, replace

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.spectrometer import Spectrometer, flight_time, landing
from onlinecei.twin.options import Drift


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Flying:
    """Ions of a train as they start, with what made them."""

    pulse: I8
    """(I,) pulse in the train."""
    molecule: I8
    """(I,) molecule, counted through the run."""
    ion: I8
    """(I,) ion of the molecule."""
    mass_au: F8
    charge: F8
    momentum_au: F8
    """(I, 3) total, with that of the jet."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Landed:
    """Hits of a train, with what made them."""

    pulse: I8
    """(H,) pulse in the train."""
    molecule: I8
    """(H,) molecule, or `BACKGROUND` or `GAS`."""
    ion: I8
    """(H,) ion of the molecule, or kind of gas ion; -1 for background."""
    x_mm: F8
    y_mm: F8
    t_ns: F8

    def __getitem__(self, rows: I8 | Bool) -> "Landed":
        return Landed(**{name: getattr(self, name)[rows] for name in self.__slots__})

    @classmethod
    def joined(cls, parts: "list[Landed]") -> "Landed":
        """Put hits end to end."""
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in cls.__slots__})


BACKGROUND, GAS = -1, -2
"""In place of a molecule: a hit that no ion made, and an ion of residual gas."""


def drifted(spectrometer: Spectrometer, drift: Drift, share: float) -> Spectrometer:
    """Give the spectrometer as it is after a share of the run."""
    return replace(
        spectrometer,
        t0=spectrometer.t0 + share * drift.t0_ns * units.NANOSECOND,
        field=spectrometer.field * (1.0 + share * drift.field),
    )


def land(ions: Flying, spectrometer: Spectrometer) -> Landed:
    """Let ions fly to the plane of the detector."""
    x, y, t = _land(
        np.ascontiguousarray(ions.momentum_au),
        ions.mass_au,
        ions.charge,
        spectrometer.s,
        spectrometer.d,
        spectrometer.field,
        spectrometer.magnetic,
    )
    return Landed(
        pulse=ions.pulse,
        molecule=ions.molecule,
        ion=ions.ion,
        x_mm=(x + spectrometer.centre[0]) / units.MILLIMETRE,
        y_mm=(y + spectrometer.centre[1]) / units.MILLIMETRE,
        t_ns=(t + spectrometer.t0) / units.NANOSECOND,
    )


@compiled
def _land(momentum: F8, mass: F8, charge: F8, s: float, d: float, field: float, magnetic: float) -> F8:
    rows = np.empty((3, mass.size))
    for i in range(mass.size):
        t = flight_time(momentum[i, 2], mass[i], charge[i], s, d, field)
        x, y = landing(momentum[i, 0], momentum[i, 1], t, mass[i], charge[i], magnetic)
        rows[0, i] = x
        rows[1, i] = y
        rows[2, i] = t
    return rows

"""Hits read as each kind of ion that they may be: momenta under the numbers that are fitted."""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.spectrometer.calibration.candidates import Candidate
from onlinecei.spectrometer.calibration.model import FIELD, STRETCH, T0, VX, VY, Fixed, X, Y
from onlinecei.spectrometer.flight import axial_momentum, flight_time, transverse_momentum


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Hits in atomic units, and where background may lie."""

    x: F8
    """(H,)"""
    y: F8
    t: F8
    background: float
    """Density per place and time of one background hit."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Kinds:
    """The kinds of ions of a mixture, as columns."""

    mass: F8
    """(K,)"""
    charge: F8
    moving: F8
    """(K,) 1: in the jet; 0: in a gas at rest."""
    largest: F8
    """(K,) largest |p|."""
    leans: Bool
    """(K,) whether its density may lean."""

    @classmethod
    def of(cls, ions: tuple[Candidate, ...], largest: F8 | None = None, several: tuple[str, ...] = ()) -> "Kinds":
        """Columns of candidates; those named in `several` may lean."""
        return cls(
            mass=np.array([ion.mass_au for ion in ions]),
            charge=np.array([float(ion.charge) for ion in ions]),
            moving=np.array([0.0 if ion.bound else 1.0 for ion in ions]),
            largest=np.array([ion.largest_momentum_au for ion in ions]) if largest is None else largest,
            leans=np.array([ion.name in several for ion in ions], dtype=np.bool_),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Every hit read as every kind that it may be."""

    first: I8
    """(H + 1,) rows of each hit."""
    kind: I8
    """(R,)"""
    momentum: F8
    """(R,) |p|."""
    cosine: F8
    """(R,) of its angle with the flight."""
    jacobian: F8
    """(R,) logarithm of d^3p over dx dy dt."""


@compiled
def momentum_of(
    x: float, y: float, t: float, mass: float, charge: float, moving: float, parameters: F8, fixed: Fixed
) -> tuple[float, float, float, float]:
    """Momentum of a hit as one kind, and the logarithm of the Jacobian; NaN where there is none."""
    s, d, magnetic, vz = fixed
    flight, field = t - parameters[T0], math.exp(parameters[FIELD])
    px, py, clear = transverse_momentum(x - parameters[X], y - parameters[Y], flight, mass, charge, magnetic)
    if not clear:
        return math.nan, math.nan, math.nan, 0.0
    total = axial_momentum(flight, mass, charge, s, d, field)
    at_end = math.sqrt(total * total + 2.0 * mass * charge * field * s)
    per_momentum = (1.0 - total / at_end) / (charge * field) + mass * d * total / at_end**3
    half = 0.5 * charge * magnetic * flight / mass
    sinc = 1.0 if abs(half) < 1e-4 else math.sin(half) / half
    across = math.exp(parameters[STRETCH])
    px = across * (px - moving * mass * parameters[VX])
    py = across * (py - moving * mass * parameters[VY])
    pz = (total - moving * mass * vz) / (across * across)
    return px, py, pz, 2.0 * math.log(abs(mass / (flight * sinc))) - math.log(per_momentum)


@compiled
def _time_windows(mass: F8, charge: F8, moving: F8, largest: F8, parameters: F8, fixed: Fixed) -> F8:
    s, d, _, vz = fixed
    window = np.empty((mass.size, 2))
    field, reach = math.exp(parameters[FIELD]), math.exp(2.0 * parameters[STRETCH])
    for k in range(mass.size):
        drift = moving[k] * mass[k] * vz
        window[k, 0] = parameters[T0] + flight_time(drift + reach * largest[k], mass[k], charge[k], s, d, field)
        window[k, 1] = parameters[T0] + flight_time(drift - reach * largest[k], mass[k], charge[k], s, d, field)
    return window


@compiled
def _read(
    x: F8, y: F8, t: F8, mass: F8, charge: F8, moving: F8, largest: F8, parameters: F8, fixed: Fixed
) -> tuple[I8, I8, F8, F8, F8]:
    window = _time_windows(mass, charge, moving, largest, parameters, fixed)
    first, rows = np.zeros(t.size + 1, np.int64), 0
    for i in range(t.size):
        for k in range(mass.size):
            if window[k, 0] < t[i] < window[k, 1]:
                rows += 1
    kind, momentum = np.empty(rows, np.int64), np.empty(rows)
    cosine, jacobian = np.empty(rows), np.empty(rows)
    count = 0
    for i in range(t.size):
        for k in range(mass.size):
            if not window[k, 0] < t[i] < window[k, 1]:
                continue
            px, py, pz, logarithm = momentum_of(x[i], y[i], t[i], mass[k], charge[k], moving[k], parameters, fixed)
            size = math.sqrt(px * px + py * py + pz * pz)
            if size < largest[k]:
                kind[count], momentum[count] = k, size
                cosine[count], jacobian[count] = pz / size, logarithm
                count += 1
        first[i + 1] = count
    return first, kind[:count].copy(), momentum[:count].copy(), cosine[:count].copy(), jacobian[:count].copy()


def read(sample: Sample, kinds: Kinds, parameters: F8, fixed: Fixed) -> Readings:
    """Read hits as each kind that their time and place allow."""
    first, kind, momentum, cosine, jacobian = _read(
        sample.x, sample.y, sample.t, kinds.mass, kinds.charge, kinds.moving, kinds.largest, parameters, fixed
    )
    return Readings(first=first, kind=kind, momentum=momentum, cosine=cosine, jacobian=jacobian)


@compiled
def _slowness(mass: F8, charge: F8, moving: F8, parameters: F8, fixed: Fixed) -> F8:
    s, d, _, vz = fixed
    out = np.empty(mass.size)
    for k in range(mass.size):
        t = parameters[T0] + flight_time(
            moving[k] * mass[k] * vz, mass[k], charge[k], s, d, math.exp(parameters[FIELD])
        )
        _, _, _, out[k] = momentum_of(parameters[X], parameters[Y], t, mass[k], charge[k], moving[k], parameters, fixed)
    return out


def slowness(kinds: Kinds, parameters: F8, fixed: Fixed) -> F8:
    """Logarithm (K,) of d^3p over dx dy dt of ions at rest."""
    return np.asarray(_slowness(kinds.mass, kinds.charge, kinds.moving, parameters, fixed))

"""The spectrometer as the seven numbers that are fitted."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.spectrometer.geometry import Spectrometer

T0, FIELD, X, Y, VX, VY, STRETCH = range(7)
"""Places in a vector of parameters: t0, logarithm of the field, centre, jet velocity across the flight, and stretch."""
STEPS: F8 = np.array(
    [
        0.1 * units.NANOSECOND,
        2e-4,
        0.05 * units.MILLIMETRE,
        0.05 * units.MILLIMETRE,
        50.0 * units.METRE_PER_SECOND,
        50.0 * units.METRE_PER_SECOND,
        2e-3,
    ]
)
"""Small steps in each, for derivatives: below what changes a momentum by its resolution."""


class Fixed(NamedTuple):
    """What is given, in atomic units: fields of compiled functions' arguments."""

    s: float
    d: float
    magnetic: float
    vz: float


def vector(spectrometer: Spectrometer) -> F8:
    """Parameters (7,) of a spectrometer, in atomic units.

    The last, the stretch a, is zero: p_x and p_y are taken e^a times as large and p_z e^-2a times, so that it tells
    whether places and lengths agree without changing the size of the momenta.
    """
    return np.array(
        [spectrometer.t0, math.log(spectrometer.field), *spectrometer.centre, *spectrometer.jet[:2], 0.0],
    )


def fixed(spectrometer: Spectrometer) -> Fixed:
    """What no fit of a run can tell: lengths, magnetic field, and the jet along the flight."""
    return Fixed(spectrometer.s, spectrometer.d, spectrometer.magnetic, spectrometer.jet[2])


def at(parameters: F8, spectrometer: Spectrometer) -> Spectrometer:
    """The spectrometer with other parameters."""
    t0, log_field, x, y, vx, vy = (float(value) for value in parameters[:STRETCH])
    return replace(spectrometer, t0=t0, field=math.exp(log_field), centre=(x, y), jet=(vx, vy, spectrometer.jet[2]))


def slope(spectrometer: Spectrometer) -> float:
    """C of ``t = C sqrt(m/q) + t0``: ``sqrt(2 s / E) (1 + d / 2 s)`` in atomic units."""
    s, d = spectrometer.s, spectrometer.d
    return math.sqrt(2 * s / spectrometer.field) * (1 + d / (2 * s))


def log_field_of(slope_au: float, spectrometer: Spectrometer) -> float:
    """Logarithm of the field that gives C; the inverse of `slope`."""
    s, d = spectrometer.s, spectrometer.d
    return math.log(2 * s) + 2 * math.log((1 + d / (2 * s)) / slope_au)

"""One ion in the spectrometer, compiled: momentum to flight time and landing place, and back.

Atomic units. The electric field pulls along +z over a length ``s``, then comes a field-free drift ``d``; the
magnetic field is along +z over the whole way. Momenta are total ones: that of the explosion plus ``m v_jet``.
"""

import math

from onlinecei.compiled import compiled

NEWTON_STEPS = 60
"""Newton needs four or five; halving the bracket sixty times reaches the last bit from anywhere."""
CONVERGED = 1e-14
"""Last step over the bracket's width; rounding in the flight time allows no better."""
NODE = 1e-3
"""|sin(alpha / 2)| below which the landing place says nothing about the transverse momentum."""


@compiled
def flight_time(pz: float, mass: float, charge: float, s: float, d: float, field: float) -> float:
    """Time of flight ``2 m s / (p_z + R) + m d / R`` with ``R = sqrt(p_z^2 + 2 m q E s)``."""
    at_end = math.sqrt(pz * pz + 2.0 * mass * charge * field * s)
    if pz < 0.0:  # the same fraction without its cancellation
        return (at_end - pz) / (charge * field) + mass * d / at_end
    return 2.0 * mass * s / (pz + at_end) + mass * d / at_end


@compiled
def axial_momentum(t: float, mass: float, charge: float, s: float, d: float, field: float) -> float:
    """Momentum along z of an ion that flies for a time `t`; NaN where the time is not positive.

    Without drift ``p_z = m s / t - q E t / 2``. With drift Newton's method from rest, kept between the
    momenta that take too long (the time is spent in the field alone) and too short (no field at all). The
    time falls with the momentum throughout up to a drift of about eight times the field's length; beyond,
    ions that start away from the detector with about the energy of the field share times with others and the
    solution is one of several.
    """
    if not t > 0.0:
        return math.nan
    slowest = mass * s / t - 0.5 * charge * field * t
    if d == 0.0:
        return slowest
    low, high = slowest, mass * (s + d) / t
    tolerance = CONVERGED * (high - low)
    pz = min(max(0.0, low), high)
    for _ in range(NEWTON_STEPS):
        excess = flight_time(pz, mass, charge, s, d, field) - t
        if excess > 0.0:
            low = pz
        else:
            high = pz
        at_end = math.sqrt(pz * pz + 2.0 * mass * charge * field * s)
        slope = (pz / at_end - 1.0) / (charge * field) - mass * d * pz / at_end**3
        trial = pz - excess / slope if slope < 0.0 else low
        if not low < trial < high:
            if abs(trial - pz) <= tolerance:
                return pz
            trial = 0.5 * (low + high)
        if abs(trial - pz) <= tolerance:
            return trial
        pz = trial
    return pz


@compiled
def _half_turn(t: float, mass: float, charge: float, magnetic: float) -> tuple[float, float]:
    """Half the angle ``alpha = q B t / m`` of the gyration, and ``sin(alpha / 2) / (alpha / 2)``."""
    half = 0.5 * charge * magnetic * t / mass
    if abs(half) < 1e-4:
        return half, 1.0 - half * half / 6.0
    return half, math.sin(half) / half


@compiled
def transverse_momentum(
    x: float, y: float, t: float, mass: float, charge: float, magnetic: float
) -> tuple[float, float, bool]:
    """Momentum in the detector plane from the place relative to the centre, and whether it can be told.

    ``F = q v x B`` turns a positive ion clockwise as seen from +z, so that the landing vector lies
    ``alpha / 2`` behind the momentum at birth and is turned back by as much;
    ``|p| = q B r / (2 |sin(alpha / 2)|)``, written so that B = 0 is no special case. Near the nodes
    ``alpha = 2 pi k`` the momentum is NaN and the flag False.
    """
    if not t > 0.0:
        return math.nan, math.nan, False
    if magnetic == 0.0:  # the same to the last bit without sines
        return mass / t * x, mass / t * y, True
    half, sinc = _half_turn(t, mass, charge, magnetic)
    if abs(half) > 1.0 and abs(half * sinc) < NODE:
        return math.nan, math.nan, False
    scale = mass / (t * sinc)
    cos, sin = math.cos(half), math.sin(half)
    return scale * (cos * x - sin * y), scale * (sin * x + cos * y), True


@compiled
def landing(px: float, py: float, t: float, mass: float, charge: float, magnetic: float) -> tuple[float, float]:
    """Where an ion lands relative to the centre: the inverse of `transverse_momentum`."""
    half, sinc = _half_turn(t, mass, charge, magnetic)
    scale = sinc * t / mass
    cos, sin = math.cos(half), math.sin(half)
    return scale * (cos * px + sin * py), scale * (cos * py - sin * px)

"""Explosions, compiled: Newton's equations of point charges from rest to free flight.

With them go, where wanted, the variational equations ``d2(dx)/dt2 = (da/dx) dx`` of shifts of the start.
"""

import math
from typing import NamedTuple

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled
from onlinecei.explosion._coulomb import accelerations, hand_out, hand_out_tangents, hessian, is_free
from onlinecei.explosion._nystrom import ORDER, STAGES, TIMES, accept, advance, step_error
from onlinecei.explosion.charge_up import SETTLED, charge_fraction

TOLERANCE = 5e-6
"""Relative error of the sixth order in a step; the eighth, which is kept, is good to a tenth of it or better."""
LEFT_OVER = 3e-4
"""Share of the kinetic energy that may still be potential when free flight takes over; the error is its square."""
MAX_STEPS = 20_000
"""Far above what any explosion takes; a start with two atoms in one place runs into it and gives NaN."""


class _Flight(NamedTuple):
    """A molecule and the arrays that its explosion works in, for up to N atoms and D tangents.

    The vectors of length 3 N (1 + D) hold the coordinates (N, 3), then their derivatives (N, 3, D) with respect to D
    shifts of the start.
    """

    x: F8
    v: F8
    trial: F8
    slopes: F8
    charges: F8
    now: F8
    masses: F8
    tau: F8
    hessian: F8


@compiled
def _workspace(atoms: int, directions: int) -> _Flight:
    length, side = 3 * atoms * (1 + directions), 3 * atoms if directions else 0
    return _Flight(
        np.empty(length), np.empty(length), np.empty(length), np.empty((STAGES, length)),
        np.empty(atoms), np.empty(atoms), np.empty(atoms), np.empty(atoms), np.empty((side, side)),
    )  # fmt: skip


@compiled
def _start(flight: _Flight, positions: F8, masses: F8, charges: F8, tau: F8, first: int, atoms: int) -> None:
    """Copy a molecule, at rest and about its centre, from the columns of many."""
    for axis in range(3):
        centre = 0.0
        for i in range(atoms):
            centre += positions[first + i, axis] / atoms
        for i in range(atoms):
            flight.x[3 * i + axis] = positions[first + i, axis] - centre
            flight.v[3 * i + axis] = 0.0
    for i in range(atoms):
        flight.masses[i] = masses[first + i]
        flight.charges[i] = charges[first + i]
        flight.tau[i] = tau[first + i]


@compiled
def _charge_now(law: int, time: float, tau: F8, charges: F8, atoms: int, now: F8) -> None:
    """Charges at a time; atoms of one element follow one another, and an error function costs much."""
    fraction = 1.0
    for i in range(atoms):
        if i == 0 or tau[i] != tau[i - 1]:
            fraction = charge_fraction(law, time, tau[i])
        now[i] = charges[i] * fraction


@compiled
def _multiply(matrix: F8, x: F8, rows: int, directions: int, slopes: F8, stage: int) -> None:
    """Tangents of the accelerations from those of the positions, in blocks of three by three that fit the registers."""
    for row in range(0, rows, 3):
        for d in range(0, directions, 3):
            xx = xy = xz = yx = yy = yz = zx = zy = zz = 0.0
            for k in range(rows):
                source = rows + k * directions + d
                a, b, c = x[source], x[source + 1], x[source + 2]
                wx, wy, wz = matrix[row, k], matrix[row + 1, k], matrix[row + 2, k]
                xx, xy, xz = xx + wx * a, xy + wx * b, xz + wx * c
                yx, yy, yz = yx + wy * a, yy + wy * b, yz + wy * c
                zx, zy, zz = zx + wz * a, zy + wz * b, zz + wz * c
            to = rows + row * directions + d
            slopes[stage, to], slopes[stage, to + 1], slopes[stage, to + 2] = xx, xy, xz
            to += directions
            slopes[stage, to], slopes[stage, to + 1], slopes[stage, to + 2] = yx, yy, yz
            to += directions
            slopes[stage, to], slopes[stage, to + 1], slopes[stage, to + 2] = zx, zy, zz


@compiled
def _rms_radius(x: F8, atoms: int) -> float:
    total = 0.0
    for k in range(3 * atoms):
        total += x[k] ** 2
    return math.sqrt(total / atoms)


@compiled
def _fly(flight: _Flight, atoms: int, directions: int, law: int, tolerance: float, left_over: float) -> bool:
    """Propagate a molecule until it flies freely; False where that cannot be done.

    The force follows a position error in proportion to what is left of the potential, about as 1 / size, so far out
    positions may be rougher than velocities.
    """
    x, v, trial, slopes, charges, now, masses, tau, matrix = flight
    length = 3 * atoms * (1 + directions)
    settled = SETTLED[law] * np.max(tau[:atoms])
    energy = accelerations(x, charges, masses, atoms, slopes, 0)
    start = size = _rms_radius(x, atoms)
    step = 0.1 * size * math.sqrt(np.min(masses[:atoms]) / energy)
    time, first = 0.0, 0
    for _ in range(MAX_STEPS):
        for stage in range(first, STAGES):
            advance(x, v, slopes, length, stage, step, trial)
            _charge_now(law, time + TIMES[stage] * step, tau, charges, atoms, now)
            potential = accelerations(trial, now, masses, atoms, slopes, stage)
            if directions:
                hessian(trial, now, masses, atoms, matrix)
                _multiply(matrix, trial, 3 * atoms, directions, slopes, stage)
        error = step_error(slopes, masses, atoms, step, start / (size * size), energy) / tolerance
        if not error < math.inf:
            return False
        if error <= 1.0:
            time += step
            accept(x, v, trial, slopes, length, step)
            if time >= settled and is_free(x, v, masses, atoms, potential, left_over):
                return True
            before, size = size, max(size, _rms_radius(x, atoms))
            step *= size / before  # the farther out, the slower everything changes
        first = 1
        step *= min(6.0, max(0.2, 0.9 * max(error, 1e-12) ** (-1 / ORDER)))
    return False


@compiled
def asymptotic_momenta(
    positions: F8, masses: F8, charges: F8, law: int, tau: F8, first_atom: I8, tolerance: float, left_over: float
) -> F8:
    """Momenta (A, 3) in a.u. at infinity of molecules at rest, one after another; NaN where they cannot be told."""
    momenta = np.full(positions.shape, np.nan)
    largest = 0
    for m in range(first_atom.size - 1):
        largest = max(largest, first_atom[m + 1] - first_atom[m])
    flight = _workspace(largest, 0)
    for m in range(first_atom.size - 1):
        first, atoms = first_atom[m], first_atom[m + 1] - first_atom[m]
        if atoms == 1:
            momenta[first] = 0.0
        elif atoms:
            _start(flight, positions, masses, charges, tau, first, atoms)
            if _fly(flight, atoms, 0, law, tolerance, left_over):
                hand_out(flight.x, flight.v, flight.charges, flight.masses, atoms, momenta, first)
    return momenta


@compiled
def momentum_tangents(
    positions: F8, masses: F8, charges: F8, law: int, tau: F8, tolerance: float, left_over: float
) -> F8:
    """Derivatives (3 N, 3 N - 3) of the momenta with respect to the positions of all atoms but the last."""
    atoms, directions = masses.size, 3 * masses.size - 3
    flight = _workspace(atoms, directions)
    _start(flight, positions, masses, charges, tau, 0, atoms)
    flight.x[3 * atoms :] = 0.0
    flight.v[3 * atoms :] = 0.0
    for d in range(directions):
        flight.x[3 * atoms + d * directions + d] = 1.0
    tangents = np.full((3 * atoms, directions), np.nan)
    if _fly(flight, atoms, directions, law, tolerance, left_over):
        hand_out_tangents(flight.x, flight.v, flight.charges, flight.masses, atoms, directions, tangents)
    return tangents

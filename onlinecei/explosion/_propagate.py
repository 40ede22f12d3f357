"""Newton's equations of point charges, compiled: Dormand-Prince 8(5,3) with the last of the energy handed out exactly.

The coefficients are those of Hairer, Norsett and Wanner (Solving Ordinary Differential Equations I, 2nd ed., 1993) as
published by `scipy.integrate.DOP853`.
"""

import math

import numpy as np
from scipy.integrate import DOP853

from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.explosion.charge_up import charge_fraction

_STAGES = int(DOP853.n_stages)
_A = np.ascontiguousarray(DOP853.A)
_B = np.ascontiguousarray(DOP853.B)
_C = np.ascontiguousarray(DOP853.C)
_E3 = np.ascontiguousarray(DOP853.E3)
_E5 = np.ascontiguousarray(DOP853.E5)

TOLERANCE = 1e-9
"""Relative error of a step, measured against the size and the speed of the whole molecule."""
LEFT_OVER = 2e-4
"""Share of the kinetic energy that may still be potential when free flight takes over; the error is its square."""
MAX_STEPS = 20_000
"""Far above what any explosion takes; a start with two atoms in one place runs into it and gives NaN."""


@compiled
def _slopes(state: F8, charges: F8, masses: F8, out: F8) -> float:
    """Velocities and Coulomb accelerations of a state (2 N, 3) into `out`; returns the potential energy."""
    atoms = masses.size
    potential = 0.0
    for i in range(atoms):
        for axis in range(3):
            out[i, axis] = state[atoms + i, axis]
            out[atoms + i, axis] = 0.0
        for j in range(i):
            dx = state[i, 0] - state[j, 0]
            dy = state[i, 1] - state[j, 1]
            dz = state[i, 2] - state[j, 2]
            inverse = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            energy = charges[i] * charges[j] * inverse
            potential += energy
            pull = energy * inverse * inverse
            on_i = pull / masses[i]
            on_j = pull / masses[j]
            out[atoms + i, 0] += on_i * dx
            out[atoms + i, 1] += on_i * dy
            out[atoms + i, 2] += on_i * dz
            out[atoms + j, 0] -= on_j * dx
            out[atoms + j, 1] -= on_j * dy
            out[atoms + j, 2] -= on_j * dz
    return potential


@compiled
def _charges_at(law: int, time: float, tau: F8, final: F8, out: F8) -> None:
    for i in range(final.size):
        out[i] = final[i] * charge_fraction(law, time, tau[i])


@compiled
def _hand_out(state: F8, charges: F8, masses: F8) -> F8:
    """Momenta (N, 3) at infinity if every pair flew on straight from here.

    The impulse between two ions at distance R with relative velocity V integrates in closed form to
    q_i q_j (R/|R| + V/|V|) / (|R| |V| + R.V).
    """
    atoms = masses.size
    momenta = np.empty((atoms, 3))
    for i in range(atoms):
        momenta[i] = masses[i] * state[atoms + i]
    for i in range(atoms):
        for j in range(i):
            apart = state[i] - state[j]
            relative = state[atoms + i] - state[atoms + j]
            distance = math.sqrt(np.sum(apart * apart))
            speed = math.sqrt(np.sum(relative * relative))
            along = distance * speed + np.sum(apart * relative)
            impulse = charges[i] * charges[j] / along * (apart / distance + relative / speed)
            momenta[i] += impulse
            momenta[j] -= impulse
    return momenta


@compiled
def _free_enough(state: F8, masses: F8, potential: float) -> bool:
    """Whether every pair flies apart and what is left of the potential energy is small."""
    atoms = masses.size
    kinetic = 0.0
    for i in range(atoms):
        for axis in range(3):
            kinetic += 0.5 * masses[i] * state[atoms + i, axis] ** 2
    if potential > LEFT_OVER * kinetic:
        return False
    for i in range(atoms):
        for j in range(i):
            along = 0.0
            for axis in range(3):
                along += (state[i, axis] - state[j, axis]) * (state[atoms + i, axis] - state[atoms + j, axis])
            if along <= 0.0:
                return False
    return True


@compiled
def _advance(state: F8, weights: F8, slopes: F8, stages: int, step: float, out: F8) -> None:
    """The state plus the weighted slopes of the first stages, into `out`."""
    out[:] = state
    for stage in range(stages):
        weight = step * weights[stage]
        if weight != 0.0:
            for row in range(state.shape[0]):
                for axis in range(3):
                    out[row, axis] += weight * slopes[stage, row, axis]


@compiled
def _step_error(slopes: F8, step: float, size: float, fastest: float) -> float:
    """Error estimate of Dormand-Prince 8(5,3), relative to the size and the speed of the molecule."""
    rows = slopes.shape[1]
    fifth = third = 0.0
    for row in range(rows):
        scale = size if row < rows // 2 else fastest
        for axis in range(3):
            e5 = e3 = 0.0
            for stage in range(_STAGES):
                e5 += _E5[stage] * slopes[stage, row, axis]
                e3 += _E3[stage] * slopes[stage, row, axis]
            fifth += (e5 / scale) ** 2
            third += (e3 / scale) ** 2
    if fifth == 0.0 and third == 0.0:
        return 0.0
    return step * fifth / math.sqrt((fifth + 0.01 * third) * 3 * rows)


@compiled
def _rms_radius(state: F8, atoms: int) -> float:
    total = 0.0
    for i in range(atoms):
        for axis in range(3):
            total += state[i, axis] ** 2
    return math.sqrt(total / atoms)


@compiled
def asymptotic_momenta(start: F8, charges: F8, masses: F8, law: int, tau: F8, settled: float, tolerance: float) -> F8:
    """Momenta (N, 3) in a.u. at infinity of ions at rest at positions (N, 3); NaN where they cannot be told."""
    atoms = masses.size
    state, trial = np.zeros((2 * atoms, 3)), np.empty((2 * atoms, 3))
    slopes = np.empty((_STAGES, 2 * atoms, 3))
    state[:atoms] = start
    fastest = math.sqrt(2.0 * _slopes(state, charges, masses, trial) / np.min(masses))
    now = np.empty(atoms)
    _charges_at(law, 0.0, tau, charges, now)
    potential = _slopes(state, now, masses, slopes[0])
    size = _rms_radius(state, atoms) + 1e-3
    step = 1e-2 * size / fastest
    time = 0.0
    for _ in range(MAX_STEPS):
        if time >= settled and _free_enough(state, masses, potential):
            return _hand_out(state, charges, masses)
        for stage in range(1, _STAGES):
            _advance(state, _A[stage], slopes, stage, step, trial)
            _charges_at(law, time + _C[stage] * step, tau, charges, now)
            _slopes(trial, now, masses, slopes[stage])
        error = _step_error(slopes, step, size, fastest) / tolerance
        if not error < math.inf:
            break
        if error <= 1.0:
            time += step
            _advance(state, _B, slopes, _STAGES, step, trial)
            state[:] = trial
            _charges_at(law, time, tau, charges, now)
            potential = _slopes(state, now, masses, slopes[0])
            size = max(size, _rms_radius(state, atoms))
        step *= min(6.0, max(0.2, 0.9 * max(error, 1e-12) ** -0.125))
    return np.full((atoms, 3), np.nan)


@compiled
def asymptotic_momenta_batch(
    starts: F8, charges: F8, masses: F8, law: int, tau: F8, settled: float, tolerance: float
) -> F8:
    """Explode many geometries (M, N, 3) of one molecule, one after another: momenta (M, N, 3)."""
    momenta = np.empty_like(starts)
    for m in range(starts.shape[0]):
        momenta[m] = asymptotic_momenta(starts[m], charges, masses, law, tau, settled, tolerance)
    return momenta

"""Point charges, compiled: their accelerations, the derivative of these, and what is left of the push at the end.

Coordinates are flat, x, y and z of one atom after another; their derivatives with respect to D shifts of the start
follow them as (3 N, D).
"""

import math

from onlinecei.arrays import F8
from onlinecei.compiled import compiled


@compiled
def accelerations(x: F8, charges: F8, masses: F8, atoms: int, out: F8, row: int) -> float:
    """Coulomb accelerations (3 N,) into a row of `out`; returns the potential energy."""
    potential = 0.0
    for i in range(atoms):
        fx = fy = fz = 0.0
        for j in range(i):
            dx, dy, dz = x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]
            inverse = 1.0 / (dx * dx + dy * dy + dz * dz)
            energy = charges[i] * charges[j] * math.sqrt(inverse)
            potential += energy
            push = energy * inverse
            fx += push * dx
            fy += push * dy
            fz += push * dz
            out[row, 3 * j] -= push * dx
            out[row, 3 * j + 1] -= push * dy
            out[row, 3 * j + 2] -= push * dz
        out[row, 3 * i], out[row, 3 * i + 1], out[row, 3 * i + 2] = fx, fy, fz
    for i in range(atoms):
        inertia = 1.0 / masses[i]
        for k in range(3 * i, 3 * i + 3):
            out[row, k] *= inertia
    return potential


@compiled
def hessian(x: F8, charges: F8, masses: F8, atoms: int, out: F8) -> None:
    """Derivative (3 N, 3 N) of the accelerations with respect to the positions."""
    for row in range(3 * atoms):
        for column in range(3 * atoms):
            out[row, column] = 0.0
    for i in range(atoms):
        for j in range(i):
            dx, dy, dz = x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1], x[3 * i + 2] - x[3 * j + 2]
            inverse = 1.0 / (dx * dx + dy * dy + dz * dz)
            push = charges[i] * charges[j] * inverse * math.sqrt(inverse)
            apart = (dx, dy, dz)
            for a in range(3):
                for b in range(3):
                    change = (push if a == b else 0.0) - 3.0 * push * inverse * apart[a] * apart[b]
                    out[3 * i + a, 3 * j + b] = -change
                    out[3 * j + a, 3 * i + b] = -change
                    out[3 * i + a, 3 * i + b] += change
                    out[3 * j + a, 3 * j + b] += change
    for row in range(3 * atoms):
        inertia = 1.0 / masses[row // 3]
        for column in range(3 * atoms):
            out[row, column] *= inertia


@compiled
def is_free(x: F8, v: F8, masses: F8, atoms: int, potential: float, left_over: float) -> bool:
    """Whether every pair flies apart and what is left of the potential energy is small."""
    kinetic = 0.0
    for i in range(atoms):
        for k in range(3 * i, 3 * i + 3):
            kinetic += 0.5 * masses[i] * v[k] ** 2
    if potential > left_over * kinetic:
        return False
    for i in range(atoms):
        for j in range(i):
            along = 0.0
            for axis in range(3):
                along += (x[3 * i + axis] - x[3 * j + axis]) * (v[3 * i + axis] - v[3 * j + axis])
            if along <= 0.0:
                return False
    return True


@compiled
def hand_out(x: F8, v: F8, charges: F8, masses: F8, atoms: int, momenta: F8, first: int) -> None:
    """Momenta at infinity if every pair flew on straight from here, into rows of `momenta` from `first` on.

    The impulse between two ions at distance R with relative velocity V integrates in closed form to
    q_i q_j (R/|R| + V/|V|) / (|R| |V| + R.V).
    """
    for i in range(atoms):
        for axis in range(3):
            momenta[first + i, axis] = masses[i] * v[3 * i + axis]
    for i in range(atoms):
        for j in range(i):
            if charges[i] * charges[j] == 0.0:
                continue
            distance, speed, along = _pair(x, v, i, j)
            push = charges[i] * charges[j] / along
            for a in range(3):
                apart, relative = x[3 * i + a] - x[3 * j + a], v[3 * i + a] - v[3 * j + a]
                impulse = push * (apart / distance + relative / speed)
                momenta[first + i, a] += impulse
                momenta[first + j, a] -= impulse


@compiled
def _pair(x: F8, v: F8, i: int, j: int) -> tuple[float, float, float]:
    """Distance |R|, relative speed |V| and |R| |V| + R.V of two atoms."""
    rr = vv = rv = 0.0
    for axis in range(3):
        apart, relative = x[3 * i + axis] - x[3 * j + axis], v[3 * i + axis] - v[3 * j + axis]
        rr += apart * apart
        vv += relative * relative
        rv += apart * relative
    distance, speed = math.sqrt(rr), math.sqrt(vv)
    return distance, speed, distance * speed + rv


@compiled
def hand_out_tangents(x: F8, v: F8, charges: F8, masses: F8, atoms: int, directions: int, out: F8) -> None:
    """Derivatives (3 N, D) of what `hand_out` gives, from those of positions and velocities."""
    start = 3 * atoms
    for i in range(atoms):
        for k in range(3 * i, 3 * i + 3):
            for d in range(directions):
                out[k, d] = masses[i] * v[start + k * directions + d]
    for i in range(atoms):
        for j in range(i):
            for d in range(directions):
                _impulse_tangent(x, v, charges[i] * charges[j], i, j, start, directions, d, out)


@compiled
def _impulse_tangent(
    x: F8, v: F8, product: float, i: int, j: int, start: int, directions: int, d: int, out: F8
) -> None:
    """Add the derivative of one pair's impulse in one direction: the product rule on its closed form."""
    distance, speed, along = _pair(x, v, i, j)
    closer = faster = both = 0.0
    for a in range(3):
        r, w = x[3 * i + a] - x[3 * j + a], v[3 * i + a] - v[3 * j + a]
        to_i, to_j = start + (3 * i + a) * directions + d, start + (3 * j + a) * directions + d
        dr, dw = x[to_i] - x[to_j], v[to_i] - v[to_j]
        closer += r * dr / distance
        faster += w * dw / speed
        both += w * dr + r * dw
    change = (speed * closer + distance * faster + both) / along
    for a in range(3):
        r, w = x[3 * i + a] - x[3 * j + a], v[3 * i + a] - v[3 * j + a]
        to_i, to_j = start + (3 * i + a) * directions + d, start + (3 * j + a) * directions + d
        turn = (x[to_i] - x[to_j] - r * closer / distance) / distance + (v[to_i] - v[to_j] - w * faster / speed) / speed
        impulse = product / along * (turn - (r / distance + w / speed) * change)
        out[3 * i + a, d] += impulse
        out[3 * j + a, d] -= impulse

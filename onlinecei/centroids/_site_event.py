"""One event held against the sites: who is who, which way it lies, and how likely it is.

The inner functions take the arrays that they need and not the records: a call copies every array of a record.
"""

import math

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_matching import match
from onlinecei.centroids._site_model import Columns, Model, Room
from onlinecei.centroids._site_rotation import invert_symmetric, turn_by
from onlinecei.compiled import compiled

LOG_TWO_PI = math.log(2.0 * math.pi)
LOG_ALL_TURNS = math.log(8.0 * math.pi**2)
"""Volume of the rotations, in which a small turn by a vector has the volume of the vector."""
RIDGE = 0.3
"""Precision of a turn that nothing determines: the spread of an angle between -pi and pi."""
LONGEST_STEP = 0.7
"""Radian; longer steps leave the region where the turn is nearly linear."""
NEGLIGIBLE = 1e-6
"""Share of an assignment that is left out of the sums."""


@compiled
def log_match(c: Columns, m: Model, room: Room, event: int, mode: int, rotations: F8, way: int) -> float:
    """Share every ion out among the sites, the event turned by ``rotations[way]``; the log sum of all assignments."""
    start, stop = c.first_ion[event], c.first_ion[event + 1]
    total = _weigh(
        start, stop, c.momentum, c.species, c.broad, rotations, way, m.first_site, m.mean, m.precision, m.log_norm,
        m.stray, room.turned, room.weight, room.stray,
    )  # fmt: skip
    first = start
    while first < stop:
        a, last = c.species[first], first
        while last < stop and c.species[last] == a:
            last += 1
        sites = m.first_site[a + 1] - m.first_site[a]
        value = match(
            first - start, last - first, sites, mode, room.weight, room.stray, room.ahead, room.behind, room.share
        )
        total += math.log(value) if value > 0.0 else -1e300
        first = last
    return total


@compiled
def _weigh(
    start: int, stop: int, momentum: F8, species: I8, broad: F8, rotations: F8, way: int, first_site: I8, mean: F8,
    precision: F8, log_norm: F8, strays: F8, turned: F8, weight: F8, stray: F8,
) -> float:  # fmt: skip
    """Densities of each ion on each site and as a stray, over the largest of them; returns the sum of their logs."""
    r00, r01, r02 = rotations[way, 0, 0], rotations[way, 0, 1], rotations[way, 0, 2]
    r10, r11, r12 = rotations[way, 1, 0], rotations[way, 1, 1], rotations[way, 1, 2]
    r20, r21, r22 = rotations[way, 2, 0], rotations[way, 2, 1], rotations[way, 2, 2]
    total = 0.0
    for ion in range(start, stop):
        a, row = species[ion], ion - start
        px, py, pz = momentum[ion, 0], momentum[ion, 1], momentum[ion, 2]
        x, y, z = r00 * px + r01 * py + r02 * pz, r10 * px + r11 * py + r12 * pz, r20 * px + r21 * py + r22 * pz
        turned[row, 0], turned[row, 1], turned[row, 2] = x, y, z
        first, sites, top = first_site[a], first_site[a + 1] - first_site[a], broad[ion]
        for n in range(sites):
            s = first + n
            dx, dy, dz = x - mean[s, 0], y - mean[s, 1], z - mean[s, 2]
            square = (
                precision[s, 0, 0] * dx * dx + precision[s, 1, 1] * dy * dy + precision[s, 2, 2] * dz * dz
                + 2.0 * (precision[s, 0, 1] * dx * dy + precision[s, 0, 2] * dx * dz + precision[s, 1, 2] * dy * dz)
            )  # fmt: skip
            weight[row, n] = log_norm[s] - 0.5 * square
            top = max(top, weight[row, n])
        share = strays[a] if sites > 0 else 1.0
        for n in range(sites):
            weight[row, n] = (1.0 - share) * math.exp(weight[row, n] - top)
        stray[row] = share * math.exp(broad[ion] - top)
        total += top
    return total


@compiled
def _slope(
    start: int, stop: int, mode: int, species: I8, first_site: I8, mean: F8, precision: F8, turned: F8, share: F8,
    h: F8, g: F8,
) -> None:  # fmt: skip
    """Slope and curvature of the expected misfit over a further small turn (weighted Kabsch, Gauss-Newton)."""
    g0 = g1 = g2 = h01 = h02 = h12 = 0.0
    h00 = h11 = h22 = RIDGE
    for ion in range(start, stop):
        row, first = ion - start, first_site[species[ion]]
        x, y, z = turned[row, 0], turned[row, 1], turned[row, 2]
        for s in range(first, first_site[species[ion] + 1]):
            part = share[mode, row, s - first]
            if not part > NEGLIGIBLE:
                continue
            w00, w01, w02 = part * precision[s, 0, 0], part * precision[s, 0, 1], part * precision[s, 0, 2]
            w11, w12, w22 = part * precision[s, 1, 1], part * precision[s, 1, 2], part * precision[s, 2, 2]
            dx, dy, dz = x - mean[s, 0], y - mean[s, 1], z - mean[s, 2]
            vx, vy = w00 * dx + w01 * dy + w02 * dz, w01 * dx + w11 * dy + w12 * dz
            vz = w02 * dx + w12 * dy + w22 * dz
            g0, g1, g2 = g0 + y * vz - z * vy, g1 + z * vx - x * vz, g2 + x * vy - y * vx
            # columns of W A, where A u = u x p for a turn u
            a1, a2 = w12 * y - w11 * z, w22 * y - w12 * z
            b0, b1, b2 = w00 * z - w02 * x, w01 * z - w12 * x, w02 * z - w22 * x
            c0, c1, c2 = w01 * x - w00 * y, w11 * x - w01 * y, w12 * x - w02 * y
            h00, h01, h02 = h00 + y * a2 - z * a1, h01 + y * b2 - z * b1, h02 + y * c2 - z * c1
            h11, h12, h22 = h11 + z * b0 - x * b2, h12 + z * c0 - x * c2, h22 + x * c1 - y * c0
    g[0], g[1], g[2] = g0, g1, g2
    h[0, 0], h[0, 1], h[0, 2] = h00, h01, h02
    h[1, 0], h[1, 1], h[1, 2] = h01, h11, h12
    h[2, 0], h[2, 1], h[2, 2] = h02, h12, h22


@compiled
def settle(c: Columns, m: Model, room: Room, event: int, mode: int, rotations: F8, steps: int) -> float:
    """Turn the event to where it fits best, in place; returns the log of its likelihood about this rotation.

    The assignments are summed; the turn is integrated as a Gaussian about its best value (Laplace), whose covariance
    is left in ``room.width``. Both as if independent of each other. The last step is not followed by another look at
    the assignments: at the next pass it will be.
    """
    start, stop = c.first_ion[event], c.first_ion[event + 1]
    h, g, width = room.h, room.g, room.width
    determinant = value = 0.0
    for _ in range(steps):
        value = log_match(c, m, room, event, mode, rotations, mode)
        _slope(start, stop, mode, c.species, m.first_site, m.mean, m.precision, room.turned, room.share, h, g)
        determinant = invert_symmetric(h, width, mode)
        x = -(width[mode, 0, 0] * g[0] + width[mode, 0, 1] * g[1] + width[mode, 0, 2] * g[2])
        y = -(width[mode, 1, 0] * g[0] + width[mode, 1, 1] * g[1] + width[mode, 1, 2] * g[2])
        z = -(width[mode, 2, 0] * g[0] + width[mode, 2, 1] * g[1] + width[mode, 2, 2] * g[2])
        length = math.sqrt(x * x + y * y + z * z)
        scale = min(1.0, LONGEST_STEP / length) if length > 0.0 else 1.0
        turn_by(rotations, mode, scale * x, scale * y, scale * z)
    return value + 1.5 * LOG_TWO_PI - 0.5 * math.log(determinant) - LOG_ALL_TURNS

"""One pass over the events: what each adds to the sums from which the next estimate follows."""

import math

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_anchors import lie
from onlinecei.centroids._site_event import NEGLIGIBLE, settle
from onlinecei.centroids._site_model import Columns, Model, Room, Sums
from onlinecei.centroids._site_rotation import invert_symmetric
from onlinecei.compiled import compiled

SHRINK = 3
"""Where in the frames of the room the matrix stands that the mean of a turned momentum is shrunk by."""
FORGOTTEN = 1e-3
"""Probability below which a way to lie is not followed to the next pass."""


@compiled
def collect(
    c: Columns, m: Model, room: Room, rotations: F8, ways: I8, afresh: bool, mirror: bool, out: Sums  # noqa: FBT001
) -> float:  # fmt: skip
    """Add every event to the sums; returns the log-likelihood.

    `rotations` (E, MODES, 3, 3) and `ways` (E,) hold how the events lay at the last pass and are brought up to date;
    `afresh` looks for all ways again.
    """
    total = 0.0
    for event in range(c.first_ion.size - 1):
        of_event = rotations[event]
        if afresh:
            ways[event] = lie(c, m, room, event, mirror, of_event)
        for k in range(ways[event]):
            room.evidence[k] = settle(c, m, room, event, k, of_event, 1)
        total += _add_event(c, m, room, event, ways[event], of_event, out)
        ways[event] = _remembered(room.evidence, ways[event], of_event)
    return total


@compiled
def _add_event(c: Columns, m: Model, room: Room, event: int, ways: int, rotations: F8, out: Sums) -> float:
    """Weigh the ways of an event and its being false against each other, and add it."""
    start, stop = c.first_ion[event], c.first_ion[event + 1]
    broad = math.log(m.false[c.kind[event]])
    for ion in range(start, stop):
        broad += c.broad[ion]
    top = broad
    signal = math.log(1.0 - m.false[c.kind[event]])
    for k in range(ways):
        room.evidence[k] += signal
        top = max(top, room.evidence[k])
    total = math.exp(broad - top)
    false = total
    for k in range(ways):
        room.evidence[k] = math.exp(room.evidence[k] - top)
        total += room.evidence[k]
    out.false[c.kind[event], 0] += false / total
    out.false[c.kind[event], 1] += 1.0
    for i in range(room.score.size):
        room.score[i] = 0.0
    likeliest = 0.0
    for k in range(ways):
        room.evidence[k] /= total
        likeliest = max(likeliest, room.evidence[k])
        if room.evidence[k] > NEGLIGIBLE:
            _add_way(c, m, room, event, k, rotations, out)
    out.clear[0] += likeliest
    out.clear[1] += 1.0 - false / total
    for i in range(room.score.size):
        for j in range(room.score.size):
            out.information[i, j] += room.score[i] * room.score[j]
    return top + math.log(total)


@compiled
def _remembered(evidence: F8, ways: int, rotation: F8) -> int:
    """Keep the rotations that matter, in their order."""
    kept, top = 0, 0.0
    for k in range(ways):
        top = max(top, evidence[k])
    for k in range(ways):
        if evidence[k] >= FORGOTTEN * top:
            for x in range(3):
                for y in range(3):
                    rotation[kept, x, y] = rotation[k, x, y]
            kept += 1
    return kept


@compiled
def _add_way(c: Columns, m: Model, room: Room, event: int, k: int, rotations: F8, out: Sums) -> None:
    """Add one way to lie: each ion to its sites, with what the spread of the rotation does to its momentum.

    For a small turn u of covariance C the mean of ``exp(u) q`` is ``q + (C - tr C) q / 2``, here ``D q`` with D the
    inverse of ``1 + (tr C - C) / 2``, which stays sound where C is large; the spread about it is that of ``u x q``.
    Together they keep the length of q on average.
    """
    trace = room.width[k, 0, 0] + room.width[k, 1, 1] + room.width[k, 2, 2]
    for i in range(3):
        for j in range(3):
            room.h[i, j] = (1.0 + 0.5 * trace if i == j else 0.0) - 0.5 * room.width[k, i, j]
    invert_symmetric(room.h, room.frames, SHRINK)
    _add_ions(
        c.first_ion[event], c.first_ion[event + 1], k, room.evidence[k], c.momentum, c.species, rotations, m.first_site,
        m.mean, m.precision, room.share, room.width, room.frames, room.score, out.seen, out.first, out.second,
        out.stray, out.loose, out.turned,
    )  # fmt: skip


@compiled
def _add_ions(
    start: int, stop: int, k: int, weight: float, momentum: F8, species: I8, rotations: F8, first_site: I8, mean: F8,
    precision: F8, share: F8, width: F8, frames: F8, score: F8, count: F8, first: F8, second: F8, stray: F8, loose: F8,
    turned: F8,
) -> None:  # fmt: skip
    q, p, spread, d = np.empty(3), np.empty(3), np.empty((3, 3)), np.empty(3)
    for ion in range(start, stop):
        for i in range(3):
            q[i] = 0.0
            for j in range(3):
                q[i] += rotations[k, i, j] * momentum[ion, j]
        for i in range(3):
            p[i] = 0.0
            for j in range(3):
                p[i] += frames[SHRINK, i, j] * q[j]
        _fill_spread(q, p, width, k, spread)
        a, known = species[ion], 0.0
        for s in range(first_site[a], first_site[a + 1]):
            part = share[k, ion - start, s - first_site[a]]
            known += part
            if not part > NEGLIGIBLE:
                continue
            part *= weight
            count[s] += part
            for i in range(3):
                d[i] = p[i] - mean[s, i]
            for i in range(3):
                first[s, i] += part * p[i]
                for j in range(3):
                    second[s, i, j] += part * spread[i, j]
                    score[3 * s + i] += part * precision[s, i, j] * d[j]
        rest = weight * max(1.0 - known, 0.0)
        stray[a, 0] += rest
        stray[a, 1] += weight
        loose[ion] += rest
        for i in range(3):
            turned[ion, i] += rest * p[i]


@compiled
def _fill_spread(q: F8, p: F8, width: F8, k: int, spread: F8) -> None:
    """Mean of the outer product of a turned momentum: that of its mean p, and ``A C A^T`` with ``A u = u x q``."""
    c00, c01, c02 = width[k, 0, 0], width[k, 0, 1], width[k, 0, 2]
    c11, c12, c22 = width[k, 1, 1], width[k, 1, 2], width[k, 2, 2]
    x, y, z = q[0], q[1], q[2]
    spread[0, 0] = p[0] * p[0] + z * z * c11 - 2.0 * y * z * c12 + y * y * c22
    spread[1, 1] = p[1] * p[1] + z * z * c00 - 2.0 * x * z * c02 + x * x * c22
    spread[2, 2] = p[2] * p[2] + y * y * c00 - 2.0 * x * y * c01 + x * x * c11
    spread[0, 1] = p[0] * p[1] - z * z * c01 + x * z * c12 + y * z * c02 - x * y * c22
    spread[0, 2] = p[0] * p[2] + y * z * c01 - x * z * c11 - y * y * c02 + x * y * c12
    spread[1, 2] = p[1] * p[2] - y * z * c00 + x * z * c01 + x * y * c02 - x * x * c12
    spread[1, 0], spread[2, 0], spread[2, 1] = spread[0, 1], spread[0, 2], spread[1, 2]

"""Ways in which an event can lie on the sites, from two ions of it laid on two sites."""

import math
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_event import log_match, settle
from onlinecei.centroids._site_model import MODES, Columns, Model, Room
from onlinecei.centroids._site_rotation import frame_of
from onlinecei.compiled import compiled

SAME = 0.02
"""Two rotations nearer than this (in ``3 - trace``, 0.14 rad) are one way to lie."""
SLOW = 0.3
"""Mean momentum over that of the fastest site below which a site says little about directions."""
ANCHORS = 3
"""Ions of an event that are tried as anchors; one of them may be from elsewhere."""
OF_EVENT, OF_SITES, TRIAL = 0, 1, 2
"""What is in the frames of the room."""
STEPS = 3
"""Turns from an anchored start to the best fit."""


@compiled
def lie(c: Columns, m: Model, room: Room, event: int, mirror: bool, rotations: F8) -> int:  # noqa: FBT001 - compiled
    """Find how an event can lie on the sites; writes rotations (MODES, 3, 3), the likeliest first, and counts them.

    The two anchors are each pair of the first three ions of the species with the fewest sites. Every way is fitted
    from there, and ways that turn out to be the same are one.
    """
    chosen = 0
    for rank in range(m.rank.size):
        for ion in range(c.first_ion[event], c.first_ion[event + 1]):
            if c.species[ion] == m.rank[rank] and chosen < ANCHORS:
                room.anchors[chosen] = ion
                chosen += 1
    found = 0
    for k in range(1, chosen):
        for j in range(k):
            found = _place(c, m, room, event, room.anchors[j], room.anchors[k], mirror, rotations, found)
    for k in range(found):
        room.evidence[k] = settle(c, m, room, event, k, rotations, STEPS)
    return _distinct(rotations, room.evidence, found)


@compiled
def _place(
    c: Columns, m: Model, room: Room, event: int, i: int, j: int, mirror: bool, rotations: F8, found: int  # noqa: FBT001
) -> int:  # fmt: skip
    """Try two ions on every two sites; keeps the MODES best so far in `rotations`, their values in ``evidence``."""
    frames = room.frames
    if not frame_of(c.momentum, i, j, frames, OF_EVENT):
        return found
    a, b = c.species[i], c.species[j]
    for s in range(m.first_site[a], m.first_site[a + 1]):
        for t in range(m.first_site[b], m.first_site[b + 1]):
            if s == t or not frame_of(m.mean, s, t, frames, OF_SITES):
                continue
            for hand in range(2 if mirror else 1):
                _compose(frames, 1.0 - 2.0 * hand)
                value = log_match(c, m, room, event, 0, frames, TRIAL)
                found = _keep(value, frames, rotations, room.evidence, found)
    return found


@compiled
def _compose(frames: F8, hand: float) -> None:
    """Write the rotation that lays the axes of the event on those of the sites, the third one reversed or not."""
    for x in range(3):
        for y in range(3):
            frames[TRIAL, x, y] = (
                frames[OF_SITES, 0, x] * frames[OF_EVENT, 0, y]
                + frames[OF_SITES, 1, x] * frames[OF_EVENT, 1, y]
                + hand * frames[OF_SITES, 2, x] * frames[OF_EVENT, 2, y]
            )


@compiled
def _keep(value: float, frames: F8, rotations: F8, values: F8, found: int) -> int:
    place = found
    if found == MODES:
        place = 0
        for k in range(1, MODES):
            if values[k] < values[place]:
                place = k
        if not value > values[place]:
            return found
    values[place] = value
    for x in range(3):
        for y in range(3):
            rotations[place, x, y] = frames[TRIAL, x, y]
    return max(found, place + 1)


@compiled
def _distinct(rotations: F8, values: F8, found: int) -> int:
    """Sort by falling value and leave out what repeats."""
    kept = 0
    for _ in range(found):
        best = kept
        for k in range(kept + 1, found):
            if values[k] > values[best]:
                best = k
        _swap(rotations, values, kept, best)
        if values[kept] > -math.inf and not _repeats(rotations, kept):
            kept += 1
        else:
            _swap(rotations, values, kept, found - 1)
            found -= 1
    return kept


@compiled
def _swap(rotations: F8, values: F8, i: int, j: int) -> None:
    values[i], values[j] = values[j], values[i]
    for x in range(3):
        for y in range(3):
            rotations[i, x, y], rotations[j, x, y] = rotations[j, x, y], rotations[i, x, y]


@compiled
def _repeats(rotations: F8, k: int) -> bool:
    for earlier in range(k):
        trace = 0.0
        for x in range(3):
            for y in range(3):
                trace += rotations[earlier, x, y] * rotations[k, x, y]
        if 3.0 - trace < SAME:
            return True
    return False


def anchor_rank(first_site: I8, size: F8) -> I8:
    """Species (A,) in the order in which they serve as anchors: few sites first, the fastest of them first.

    Species whose sites (S,) are almost at rest come last, and those without a site not at all.
    """
    number = np.diff(first_site)
    typical = np.array([size[a:b].mean() if b > a else 0.0 for a, b in pairwise(first_site)])
    slow = typical < SLOW * size.max(initial=0.0)
    order = np.lexsort((-typical, number, slow))
    return np.asarray(order[number[order] > 0], dtype=np.int64)

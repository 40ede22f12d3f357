"""Which hits can be used: finite, after the trigger, on the detector; in time order within each pulse."""

import math

import numpy as np

from onlinecei.arrays import F4, I8, U8
from onlinecei.compiled import compiled
from onlinecei.records import Batch, Hits
from onlinecei.setup import Setup

_FEW = 48
"""Hits of a pulse up to which insertion beats the library's sort; more hits than that are rare."""


def accept(batch: Batch, setup: Setup) -> Hits:
    """Leave out the hits that no ion can have made, count them by reason, and sort each pulse by time.

    Sorting makes the result independent of the order in which a digitiser lists the hits of a pulse.
    """
    first, order, not_finite, early, outside = _accepted(
        batch.first_hit, batch.x_mm, batch.y_mm, batch.t_ns, setup.detector.radius_mm
    )
    return Hits(
        first_hit=first,
        x_mm=batch.x_mm[order].astype(np.float64),
        y_mm=batch.y_mm[order].astype(np.float64),
        t_ns=batch.t_ns[order].astype(np.float64),
        not_finite=not_finite,
        before_trigger=early,
        outside=outside,
    )


@compiled
def _accepted(first_hit: U8, x: F4, y: F4, t: F4, radius: float) -> tuple[I8, I8, int, int, int]:
    pulses = first_hit.size - 1
    first = np.zeros(pulses + 1, np.int64)
    order = np.empty(t.size, np.int64)
    not_finite = early = outside = count = 0
    for pulse in range(pulses):
        start = count
        for hit in range(np.int64(first_hit[pulse]), np.int64(first_hit[pulse + 1])):
            if not (math.isfinite(x[hit]) and math.isfinite(y[hit]) and math.isfinite(t[hit])):
                not_finite += 1
            elif t[hit] <= 0.0:
                early += 1
            elif float(x[hit]) ** 2 + float(y[hit]) ** 2 > radius * radius:
                outside += 1
            else:
                order[count] = hit
                count += 1
        _sort_by_time(order[start:count], x, y, t)
        first[pulse + 1] = count
    return first, order[:count], not_finite, early, outside


@compiled
def _sort_by_time(order: I8, x: F4, y: F4, t: F4) -> None:
    """Sort indices by time, in place; hits at one time by their place, whatever the order they came in."""
    if order.size > _FEW:
        order[:] = order[np.argsort(t[order], kind="mergesort")]
    for i in range(1, order.size):
        hit = order[i]
        j = i - 1
        while j >= 0 and _after(order[j], hit, x, y, t):
            order[j + 1] = order[j]
            j -= 1
        order[j + 1] = hit


@compiled
def _after(a: int, b: int, x: F4, y: F4, t: F4) -> bool:
    if t[a] != t[b]:
        return bool(t[a] > t[b])
    if x[a] != x[b]:
        return bool(x[a] > x[b])
    return bool(y[a] > y[b])

"""Which hits can be used: finite, after the trigger, on the detector; in time order within each pulse."""

import math

import numpy as np

from onlinecei.arrays import F4, F8, I8, U8
from onlinecei.compiled import compiled
from onlinecei.records import Batch, Hits
from onlinecei.setup import Setup

_FEW = 48
"""Hits of a pulse up to which insertion beats the library's sort; more hits than that are rare."""


def accept(batch: Batch, setup: Setup) -> Hits:
    """Leave out the hits that no ion can have made, count them by reason, and sort each pulse by time.

    Sorting makes the result independent of the order in which a digitiser lists the hits of a pulse.
    """
    first, columns, not_finite, early, outside = _accepted(
        batch.first_hit, batch.x_mm, batch.y_mm, batch.t_ns, setup.detector.radius_mm
    )
    return Hits(
        first_hit=first,
        x_mm=columns[0],
        y_mm=columns[1],
        t_ns=columns[2],
        not_finite=not_finite,
        before_trigger=early,
        outside=outside,
    )


@compiled
def _accepted(first_hit: U8, x: F4, y: F4, t: F4, radius: float) -> tuple[I8, F8, int, int, int]:
    before, columns = np.empty(t.size + 1, np.int32), np.empty((3, t.size + 1))
    not_finite = early = outside = count = 0
    for hit in range(t.size):
        hx, hy, ht = float(x[hit]), float(y[hit]), float(t[hit])
        finite = math.isfinite(hx) & math.isfinite(hy) & math.isfinite(ht)
        late, inside = finite & (ht > 0.0), hx * hx + hy * hy <= radius * radius
        not_finite += not finite
        early += finite & (ht <= 0.0)
        outside += late & (not inside)
        before[hit] = count
        columns[0, count], columns[1, count], columns[2, count] = hx, hy, ht  # stays only where the count goes on
        count += late & inside
    before[t.size] = count
    first, columns = before[first_hit.astype(np.int64)].astype(np.int64), columns[:, :count]
    pulse = 0
    for hit in _out_of_order(first, columns[2]):
        while first[pulse + 1] <= hit:
            pulse += 1
        _sort_by_time(columns[:, first[pulse] : first[pulse + 1]])
    return first, columns, not_finite, early, outside


@compiled
def _out_of_order(first: I8, t: F8) -> I8:
    """Hits that are not later than the one before of their pulse: asked of all alike, whatever pulses they are of."""
    begins, out, count = np.zeros(t.size + 1, np.bool_), np.empty(t.size + 1, np.int64), 0
    for pulse in range(first.size):
        begins[first[pulse]] = True
    for hit in range(1, t.size):
        out[count] = hit
        count += (not begins[hit]) & (t[hit] <= t[hit - 1])
    return out[:count]


@compiled
def _sort_by_time(columns: F8) -> None:
    """Sort hits (3, H) by time, in place; hits at one time by their place, whatever the order they came in."""
    if columns.shape[1] > _FEW:
        for key in (1, 0, 2):  # stable sorts, the last key first
            columns[:] = columns[:, np.argsort(columns[key], kind="mergesort")]
        return
    for i in range(1, columns.shape[1]):
        x, y, t = columns[0, i], columns[1, i], columns[2, i]
        j = i - 1
        while j >= 0 and (columns[2, j], columns[0, j], columns[1, j]) > (t, x, y):
            columns[0, j + 1], columns[1, j + 1], columns[2, j + 1] = columns[0, j], columns[1, j], columns[2, j]
            j -= 1
        columns[0, j + 1], columns[1, j + 1], columns[2, j + 1] = x, y, t

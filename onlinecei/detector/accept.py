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
    pulses = first_hit.size - 1
    first = np.zeros(pulses + 1, np.int64)
    columns = np.empty((3, t.size))
    not_finite = early = outside = count = 0
    for pulse in range(pulses):
        start = count
        ordered = True
        for hit in range(np.int64(first_hit[pulse]), np.int64(first_hit[pulse + 1])):
            hx, hy, ht = float(x[hit]), float(y[hit]), float(t[hit])
            if not (math.isfinite(hx) and math.isfinite(hy) and math.isfinite(ht)):
                not_finite += 1
            elif ht <= 0.0:
                early += 1
            elif hx * hx + hy * hy > radius * radius:
                outside += 1
            else:
                columns[0, count], columns[1, count], columns[2, count] = hx, hy, ht
                ordered &= count == start or ht > columns[2, count - 1]
                count += 1
        if not ordered:
            _sort_by_time(columns[:, start:count])
        first[pulse + 1] = count
    return first, columns[:, :count], not_finite, early, outside


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

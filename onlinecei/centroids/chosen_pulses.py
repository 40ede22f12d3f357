"""Pulses that may be kept, gathered piece by piece while their hits are at hand."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F4, F8, I8, U8
from onlinecei.compiled import compiled
from onlinecei.records import Hits

MOST_HITS = 1000
"""Pulses of more hits than this are not kept: a few would fill the sample, and hold no coincidences that could be
told from chance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChosenPulses:
    """Pulses of a piece of a batch that may be kept, in any order, with their accepted hits."""

    row: I8
    """(P,) in the batch."""
    first_hit: U8
    """(P + 1,)"""
    x_mm: F4
    """(H,)"""
    y_mm: F4
    """(H,)"""
    t_ns: F4
    """(H,)"""

    @classmethod
    def of(cls, hits: Hits, hashes: U8, start: int, ceiling: int) -> "ChosenPulses":
        """Choose those below the ceiling, given the hash of each pulse and the row of the first one in the batch."""
        rows = np.flatnonzero(hashes < np.uint64(ceiling))
        rows = rows[hits.first_hit[rows + 1] - hits.first_hit[rows] <= MOST_HITS]
        first, x, y, t = laid(rows, hits.first_hit, hits.x_mm, hits.y_mm, hits.t_ns)
        return cls(row=start + rows, first_hit=first, x_mm=x, y_mm=y, t_ns=t)


def joined_offsets(parts: Sequence[U8]) -> U8:
    """Offsets of rows that are laid end to end."""
    ends = np.cumsum([0, *(int(each[-1]) for each in parts)], dtype=np.uint64)
    firsts = [each[:-1] + start for each, start in zip(parts, ends[:-1], strict=True)]
    return np.append(np.concatenate(firsts), ends[-1])


@compiled
def laid(rows: I8, first_hit: I8 | U8, x: F4 | F8, y: F4 | F8, t: F4 | F8) -> tuple[U8, F4, F4, F4]:
    """Lay the hits of chosen pulses end to end."""
    first = np.zeros(rows.size + 1, np.uint64)
    for k in range(rows.size):
        first[k + 1] = first[k] + np.uint64(first_hit[rows[k] + 1] - first_hit[rows[k]])
    size = np.int64(first[-1])
    out_x, out_y, out_t = np.empty(size, np.float32), np.empty(size, np.float32), np.empty(size, np.float32)
    for k in range(rows.size):
        start, there = np.int64(first_hit[rows[k]]), np.int64(first[k])
        for j in range(np.int64(first_hit[rows[k] + 1]) - start):
            out_x[there + j], out_y[there + j], out_t[there + j] = x[start + j], y[start + j], t[start + j]
    return first, out_x, out_y, out_t

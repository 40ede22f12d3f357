"""Two Deltas become one by addition."""

import numpy as np

from onlinecei.arrays import I8, U8
from onlinecei.centroids.kept import merge_kept
from onlinecei.centroids.kept_pulses import merge_pulses
from onlinecei.compiled import compiled
from onlinecei.errors import ResultError
from onlinecei.records import Delta

_FULL = np.int64(2**62)
"""Sums above this could overflow with the next merge; at full momentum that is 10^8 events or more."""


def merge(a: Delta, b: Delta) -> Delta:
    """Add two Deltas of the same setup; exact, so that order and grouping do not matter.

    Of the events and of the pulses that both keep, those with the smallest hashes are kept.

    Raises
    ------
    ResultError
        If the setups differ, a train is in both, a sum comes close to the end of 64 bits, or events of other channels
        or other numbers of pulses are kept.
    """
    if a.setup_hash != b.setup_hash:
        raise ResultError(f"cannot merge results of setup {a.setup_hash[:12]} with those of setup {b.setup_hash[:12]}")
    values, largest = _added(a.values, b.values)
    if largest > _FULL:
        raise ResultError("a sum has reached the end of its 64 bits: save the result and start a new one")
    trains = coalesced(np.concatenate([a.trains, b.trains]))
    return Delta(
        setup_hash=a.setup_hash, values=values, trains=trains, kept=merge_kept(a.kept, b.kept),
        pulses=merge_pulses(a.pulses, b.pulses), simulated=a.simulated or b.simulated,
    )  # fmt: skip


def coalesced(ranges: U8) -> U8:
    """Ranges (R, 2) of train IDs, sorted and joined where they touch; `ResultError` where two overlap."""
    if not ranges.size:
        return ranges.reshape(0, 2)
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    if np.any(ranges[1:, 0] <= ranges[:-1, 1]):
        twice = ranges[1:][ranges[1:, 0] <= ranges[:-1, 1]][0, 0]
        raise ResultError(f"train {twice} was analysed twice")
    starts = np.append(True, ranges[1:, 0] - ranges[:-1, 1] > 1)
    stops = np.append(starts[1:], True)
    return np.column_stack([ranges[starts, 0], ranges[stops, 1]])


@compiled
def _added(a: I8, b: I8) -> tuple[I8, int]:
    """Sum of two vectors and its largest size, in one go: they are longer than what a core keeps."""
    values, largest = np.empty_like(a), 0
    for k in range(a.size):
        values[k] = a[k] + b[k]
        largest = max(largest, values[k], -values[k])
    return values, largest

"""Which trains of a run file are whole, and where their pulses and their hits or edges are."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import I8, U8, Bool
from onlinecei.files._run_columns import Columns

MAX_TRAIN_ROWS = 20_000_000
"""Pulses, hits or edges of one train; more is damage, and no machine delivers it."""
_BLOCK = 1_000_000
"""Offsets looked at in one go."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Index:
    """What is where, for all T trains in the file."""

    train_id: U8
    """(T,)"""
    first_pulse: I8
    """(T + 1,)"""
    first_row: I8
    """(T + 1,) first hit or edge of each train."""
    sound: Bool
    """(T,) whether the offsets of the train make sense."""
    repeated: Bool
    """(T,) whether a sound train before it has the same ID."""
    lost: Bool
    """(T,) whether pulses, hits or edges of the train lie beyond what is left of the file."""


def index_trains(columns: Columns, *, cut_off: bool) -> Index:
    """Look at every offset; takes some 50 bytes of memory for each train."""
    trains = columns.trains
    train_id = columns.read("train/train_id", 0, trains).astype(np.uint64)
    offsets = columns.read("train/first_pulse", 0, trains + 1) if trains else np.zeros(1, np.uint64)
    first_pulse = _signed(offsets)
    ordered = _ordered(first_pulse) & (np.diff(first_pulse) <= MAX_TRAIN_ROWS)
    beyond = ordered & (first_pulse[1:] > columns.pulses)
    first_row, bad_pulses = _scan_pulses(columns, first_pulse)
    damaged = np.searchsorted(bad_pulses, first_pulse[1:]) > np.searchsorted(bad_pulses, first_pulse[:-1])
    sound = ordered & ~beyond & ~damaged & (np.diff(first_row) <= MAX_TRAIN_ROWS)
    without_rows = sound & (first_row[1:] > columns.rows)
    sound &= ~without_rows
    return Index(
        train_id=train_id,
        first_pulse=first_pulse,
        first_row=first_row,
        sound=sound,
        repeated=sound & _repeated(train_id, sound),
        lost=(beyond | without_rows) & cut_off,
    )


def _signed(offsets: U8) -> I8:
    signed: I8 = np.minimum(offsets, np.uint64(np.iinfo(np.int64).max // 2)).astype(np.int64)
    return signed


def _ordered(offsets: I8) -> Bool:
    """Tell which rows lie between two offsets that are in order with each other and with their neighbours.

    An offset that is off makes a bump or a dip; both rows that it bounds are then wrong, even where one
    looks ordered.
    """
    entry_ok = np.ones(offsets.size, np.bool_)
    before, here, after = offsets[:-2], offsets[1:-1], offsets[2:]
    bump = (here > after) & (before <= after)
    dip = (here < before) & (after >= before)
    entry_ok[1:-1] = ~(bump | dip)
    rows: Bool = entry_ok[:-1] & entry_ok[1:] & (offsets[:-1] <= offsets[1:])
    return rows


def _scan_pulses(columns: Columns, first_pulse: I8) -> tuple[I8, I8]:
    """Give the first row of each train, and the pulses whose offsets are damaged; block by block."""
    first_row = np.zeros(first_pulse.size, np.int64)
    bad = [np.empty(0, np.int64)]
    for start in range(0, columns.pulses, _BLOCK):
        stop = min(start + _BLOCK, columns.pulses)
        low, high = max(start - 1, 0), min(stop + 1, columns.pulses)
        offsets = _signed(columns.read(columns.content.offsets, low, high + 1))
        wrong = np.flatnonzero(~_ordered(offsets)) + low
        bad.append(wrong[(wrong >= start) & (wrong < stop)])
        here = (first_pulse >= start) & (first_pulse <= stop)
        first_row[here] = offsets[first_pulse[here] - low]
    return first_row, np.concatenate(bad)


def _repeated(train_id: U8, sound: Bool) -> Bool:
    """Mark sound trains whose ID an earlier sound train has."""
    rows = np.flatnonzero(sound)
    _, first = np.unique(train_id[rows], return_index=True)
    repeated = np.zeros(train_id.size, np.bool_)
    repeated[np.delete(rows, first)] = True
    return repeated

"""The hash of a pulse, by which fair samples are drawn: it knows nothing of time, delay or content."""

import numpy as np

from onlinecei.arrays import I8, U4, U8, AnyArray
from onlinecei.compiled import compiled
from onlinecei.records import Batch

_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def pulse_hash(train_id: U8, pulse: U4) -> U8:
    """Hash (E,) of train and place in it: the mixing step of SplitMix64 (Steele, Lea and Flood 2014), twice."""
    return np.asarray(_hashes(train_id, pulse), dtype=np.uint64)


def hash_of_pulses(batch: Batch) -> U8:
    """Hash (P,) of every pulse of a batch."""
    return np.asarray(_of_trains(batch.train_id, batch.first_pulse), dtype=np.uint64)


def by_hash(found: U8, train_id: U8, pulse: U4, *further: U4, runs: bool = False) -> I8:
    """Sort rows by hash, train, pulse and what follows; the hash alone decides unless two pulses share one.

    Where anything follows, the rows of a pulse must come in order; otherwise a pulse has one row, and the sort need
    not be a stable one. That takes seven times as long, but a third where the rows are a few `runs` in order.
    """
    order = np.argsort(found, kind="stable" if further or runs else "quicksort")
    shared = np.diff(found[order]) == 0
    if further:
        shared &= (np.diff(train_id[order]) != 0) | (np.diff(pulse[order]) != 0)
    if np.any(shared):
        keys: list[AnyArray] = [*further[::-1], pulse, train_id, found]
        return np.lexsort(keys)
    return order


@compiled
def mixed(value: np.uint64) -> np.uint64:
    """One mixing step, of 64 bits without sign."""
    value = value + _STEP
    value = (value ^ (value >> _SHIFTS[0])) * _FIRST
    value = (value ^ (value >> _SHIFTS[1])) * _SECOND
    return value ^ (value >> _SHIFTS[2])


@compiled
def _hashes(train_id: U8, pulse: U4) -> U8:
    found = np.empty(train_id.size, np.uint64)
    for row in range(train_id.size):
        found[row] = mixed(mixed(train_id[row]) ^ np.uint64(pulse[row]))
    return found


@compiled
def _of_trains(train_id: U8, first_pulse: U8) -> U8:
    found = np.empty(np.int64(first_pulse[-1]), np.uint64)
    for train in range(train_id.size):
        start, of_train = np.int64(first_pulse[train]), mixed(train_id[train])
        for row in range(start, np.int64(first_pulse[train + 1])):
            found[row] = mixed(of_train ^ np.uint64(row - start))
    return found

"""Sets of trains as ranges (R, 2) of their IDs, first and last inclusive, in order and apart."""

import numpy as np

from onlinecei.arrays import U8, AnyArray, Bool
from onlinecei.errors import WireError
from onlinecei.stream.wire import Message


def none() -> U8:
    """Give the empty set."""
    return np.empty((0, 2), np.uint64)


def ranges_of(train_id: U8) -> U8:
    """Give the set of some trains (T,), in any order."""
    return union(np.column_stack([train_id, train_id]))


def union(*sets: U8) -> U8:
    """Give the trains of all sets; the ranges in them may overlap and need no order."""
    ranges = np.concatenate([none(), *(each.reshape(-1, 2) for each in sets)])
    ranges = ranges[np.argsort(ranges[:, 0], kind="stable")]
    if not ranges.size:
        return none()
    reach = np.maximum.accumulate(ranges[:, 1])
    starts = np.append(True, (ranges[1:, 0] > reach[:-1]) & (ranges[1:, 0] - reach[:-1] > 1))
    ends = np.append(starts[1:], True)
    return np.column_stack([ranges[starts, 0], reach[ends]])


def within(train_id: U8, ranges: U8) -> Bool:
    """Tell which of the trains (T,) lie in a set."""
    if not ranges.size:
        return np.zeros(train_id.size, np.bool_)
    row = np.searchsorted(ranges[:, 0], train_id, side="right").astype(np.int64) - 1
    inside: Bool = (row >= 0) & (train_id <= ranges[row, 1])
    return inside


def covers(whole: U8, part: U8) -> bool:
    """Tell whether every train of a set is in another."""
    if not part.size:
        return True
    if not whole.size:
        return False
    row = np.searchsorted(whole[:, 0], part[:, 0], side="right").astype(np.int64) - 1
    return bool(((row >= 0) & (part[:, 1] <= whole[row, 1])).all())


def touches(one: U8, other: U8) -> bool:
    """Tell whether two sets share a train."""
    if not one.size or not other.size:
        return False
    row = np.searchsorted(one[:, 0], other[:, 1], side="right").astype(np.int64) - 1
    return bool(((row >= 0) & (other[:, 0] <= one[row, 1])).any())


def difference(one: U8, other: U8) -> U8:
    """Give the trains of a set that are not in another."""
    left = []
    for first, last in one.tolist():
        start = first
        for low, high in other[(other[:, 1] >= first) & (other[:, 0] <= last)].tolist():
            if low > start:
                left.append((start, low - 1))
            start = max(start, high + 1)
        if start <= last:
            left.append((start, last))
    return np.array(left, np.uint64).reshape(-1, 2)


def count(ranges: U8) -> int:
    """Give the number of trains in a set."""
    return sum(last - first + 1 for first, last in ranges.tolist())


def count_up_to(ranges: U8, last: int) -> int:
    """Give the number of trains in a set whose ID is not above another."""
    below = ranges[ranges[:, 0] <= last]
    return int((np.minimum(below[:, 1], np.uint64(last)) - below[:, 0] + 1).sum())


def set_of(message: Message, name: str) -> U8:
    """Read a set from a buffer of a message; `WireError` where it is none."""
    buffer: AnyArray | None = message.buffers.get(name)
    if buffer is None or buffer.dtype != np.uint64 or buffer.ndim != 2 or buffer.shape[1] != 2:
        raise WireError(f"'{message.kind}' needs a buffer '{name}' of type <u8 and shape (R, 2)")
    ranges: U8 = buffer.astype(np.uint64, copy=False)
    if np.any(ranges[:, 0] > ranges[:, 1]) or np.any(ranges[1:, 0] <= ranges[:-1, 1]):
        raise WireError(f"the ranges of '{name}' are not in order")
    return ranges

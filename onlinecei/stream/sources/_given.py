"""Which trains were given already, as ranges of their IDs."""

from bisect import bisect_right

import numpy as np

from onlinecei.arrays import U8

MOST_RANGES = 10_000
"""Ranges that are told apart, the newest ones; older trains count as given."""


class Given:
    """Ranges of train IDs, first and last inclusive, in order and apart."""

    def __init__(self, ranges: U8 | None = None) -> None:
        rows = [] if ranges is None else ranges.tolist()
        self._first: list[int] = [int(row[0]) for row in rows]
        self._last: list[int] = [int(row[1]) for row in rows]

    @property
    def newest(self) -> int | None:
        """The largest ID."""
        return self._last[-1] if self._last else None

    @property
    def ranges(self) -> U8:
        """The ranges (R, 2)."""
        return np.array([self._first, self._last], dtype=np.uint64).T.reshape(-1, 2)

    def __contains__(self, train_id: int) -> bool:
        place = bisect_right(self._first, train_id) - 1
        return place >= 0 and train_id <= self._last[place]

    def add(self, train_id: int) -> None:
        """Note a train that is not there yet."""
        place = bisect_right(self._first, train_id)
        touches_left = place > 0 and self._last[place - 1] + 1 == train_id
        touches_right = place < len(self._first) and self._first[place] == train_id + 1
        if touches_left and touches_right:
            self._last[place - 1] = self._last.pop(place)
            del self._first[place]
        elif touches_left:
            self._last[place - 1] = train_id
        elif touches_right:
            self._first[place] = train_id
        else:
            self._first.insert(place, train_id)
            self._last.insert(place, train_id)
        if len(self._first) > MOST_RANGES:
            self._last.pop(0)
            del self._first[1]

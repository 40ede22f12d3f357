"""What partners of hits have said lately, by train."""

from bisect import bisect_right, insort
from dataclasses import dataclass, field

import numpy as np

from onlinecei.facility.values import Value

MOST_BYTES = 64_000_000
"""Of one partner: minutes of a value for each of 2700 pulses."""
MOST_TRAINS = 8192


@dataclass(slots=True)
class Partner:
    """The values of one partner; the oldest are forgotten."""

    holds_trains: int
    _values: dict[int, Value] = field(default_factory=dict)
    _trains: list[int] = field(default_factory=list)
    _bytes: int = 0

    def add(self, train_id: int, value: Value) -> None:
        """Take a value; of two for a train the first holds."""
        if train_id in self._values:
            return
        self._values[train_id] = value
        insort(self._trains, train_id)
        self._bytes += _size(value)
        while self._bytes > MOST_BYTES or len(self._trains) > MOST_TRAINS:
            self._bytes -= _size(self._values.pop(self._trains.pop(0)))

    def settled(self, train_id: int) -> bool:
        """Whether what it says about a train can no longer change."""
        return train_id in self._values or bool(
            self.holds_trains and self._trains and self._trains[-1] > train_id and self.train_for(train_id) is not None
        )

    def train_for(self, train_id: int) -> int | None:
        """Give the train whose value is to be used for a train; None: there is none."""
        place = bisect_right(self._trains, train_id) - 1
        if place < 0 or train_id - self._trains[place] > self.holds_trains:
            return None
        return self._trains[place]

    def value(self, train_id: int) -> Value:
        """Give the value that came with a train."""
        return self._values[train_id]


def _size(value: Value) -> int:
    return value.nbytes if isinstance(value, np.ndarray) else 64

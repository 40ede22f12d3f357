"""Batches that are there already, as a source: for notebooks and tests."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from onlinecei.arrays import U8
from onlinecei.records import Batch
from onlinecei.stream.sources.source import LeftOut, Watched, without


@dataclass(slots=True)
class ListSource:
    """Gives batches one after another."""

    batches: Iterable[Batch]
    run: str = "list"
    counts: Mapping[str, int] = field(default_factory=dict)
    repeatable: bool = True
    ended: bool = False
    watched: Watched = ()
    waited_s: float = 0.0
    left_out: Sequence[LeftOut] = ()
    trains_expected: int = field(init=False)
    _left: deque[Batch] = field(init=False)
    _skipped: U8 = field(default_factory=lambda: np.empty((0, 2), np.uint64))

    def __post_init__(self) -> None:
        self._left = deque(self.batches)
        self.trains_expected = sum(batch.train_id.size for batch in self._left)

    def poll(self) -> Batch | None:
        """Give the next trains."""
        while self._left:
            batch = without(self._left.popleft(), self._skipped)
            if batch is not None:
                return batch
        self.ended = True
        return None

    def rest(self) -> None:
        """Nothing waits: batches are whole."""

    def skip(self, trains: U8, newest: int = -1) -> None:  # noqa: ARG002 - gaps of a file are no loss
        """Leave out trains."""
        self._skipped = trains

    def close(self) -> None:
        """Forget the rest."""
        self._left.clear()

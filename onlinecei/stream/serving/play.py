"""When each train of a run is due."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from onlinecei.files.run import open_run
from onlinecei.records import Train

MACHINE_HZ = 10.0
"""Trains a second of the European XFEL; a run keeps no times, and its train IDs count at this rate."""
HITS_AT_ONCE = 100_000


@dataclass(slots=True)
class Pace:
    """Says how long to wait for a train.

    Parameters
    ----------
    trains_per_second
        None: as fast as they are taken.
    recorded
        Whether trains that are missing in the run are waited for, too.
    """

    trains_per_second: float | None = MACHINE_HZ
    recorded: bool = True
    clock: Callable[[], float] = time.monotonic
    _began: float | None = None
    _ticks: int = 0
    _last: int | None = None

    def wait_s(self, train_id: int) -> float:
        """Give the seconds until a train is due; they are asked for in the order of the run, each once."""
        if self.trains_per_second is None:
            return 0.0
        if self._began is None or self._last is None:
            self._began = self.clock()
        else:
            self._ticks += max(train_id - self._last, 1) if self.recorded else 1
        self._last = train_id
        return max(self._began + self._ticks / self.trains_per_second - self.clock(), 0.0)


def trains_of(path: Path) -> Iterator[Train]:
    """Give the trains of a run file, in file order."""
    with open_run(path) as run:
        for batch in run.batches(HITS_AT_ONCE):
            yield from batch.trains()


def played(once: Callable[[], Iterable[Train]], *, loop: bool) -> Iterator[Train]:
    """Give the trains of a run, or these again and again with IDs that go on growing."""
    shift = 0
    while True:
        first = last = None
        for train in once():
            first, last = train.train_id if first is None else first, train.train_id
            yield replace(train, train_id=train.train_id + shift) if shift else train
        if not loop or first is None or last is None:
            return
        shift += last - first + 1

"""When each train of a run is due."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from onlinecei.records import Train
from onlinecei.stream.sources.folder import FolderSource

MACHINE_HZ = 10.0
"""Trains a second of the European XFEL; a run keeps no times, and its train IDs count at this rate."""
FASTEST_HZ = 10_000.0
"""Faster than trains are given without a pace."""
HITS_AT_ONCE = 100_000
SLICE_MS = 100
"""Longest wait without a look whether somebody wants to stop."""


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


class Server(Protocol):
    """What plays a run."""

    def somebody_listens(self, timeout_ms: int) -> bool:
        """Wait for a client."""
        ...

    def give(self, train: Train, wait_s: float) -> bool:
        """Hand a train over; False, and nothing done, where the clients have taken none for so long."""
        ...

    def rest(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def end(self, wait_s: float) -> bool:
        """Say that nothing more comes, if that can be said; True once everything was taken."""
        ...


@dataclass(slots=True)
class Told:
    """What became of the trains."""

    sent: int = 0
    lost: int = 0
    """That nobody took in time, with a pace that does not wait."""


def play(server: Server, trains: Iterable[Train], pace: Pace, stopped: Callable[[], bool]) -> Told:
    """Wait for a client, then give trains when they are due, until there are no more or somebody stops it.

    A pace waits for nobody, as a machine does not: what is not taken in time is lost. Without one the client sets it.
    """
    told = Told()
    while not stopped() and not server.somebody_listens(SLICE_MS):
        pass
    for train in trains:
        due = pace.clock() + pace.wait_s(train.train_id)
        while not stopped() and (left := due - pace.clock()) > 0:
            server.rest(min(left, SLICE_MS / 1000))
        if stopped():
            return told
        if _given(server, train, pace, stopped):
            told.sent += 1
        else:
            told.lost += 1
    while not stopped() and not server.end(SLICE_MS / 1000):
        pass
    return told


def shift_of_now(trains_per_second: float | None, now: float) -> int:
    """Give train IDs as a machine that never stops has them: a server that is started again does not repeat any."""
    return round(now * (FASTEST_HZ if trains_per_second is None else trains_per_second))


def _given(server: Server, train: Train, pace: Pace, stopped: Callable[[], bool]) -> bool:
    if pace.trains_per_second is not None:
        return server.give(train, 0.0)
    while not server.give(train, SLICE_MS / 1000):
        if stopped():
            return False
    return True


def trains_of(path: Path) -> Iterator[Train]:
    """Give the trains of a run file or a folder of them."""
    with closing(FolderSource(path, HITS_AT_ONCE)) as source:
        while (batch := source.poll()) is not None:
            yield from batch.trains()


def played(once: Callable[[], Iterable[Train]], *, loop: bool, shift: int = 0) -> Iterator[Train]:
    """Give the trains of a run, or these again and again with IDs that go on growing, all shifted by a number."""
    while True:
        first = last = None
        for train in once():
            first, last = train.train_id if first is None else first, train.train_id
            yield replace(train, train_id=train.train_id + shift) if shift else train
        if not loop or first is None or last is None:
            return
        shift += last - first + 1

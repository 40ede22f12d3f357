"""Trains that came in and wait for a worker: the only place where any may be dropped."""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from onlinecei.arrays import U8
from onlinecei.records import EDGES_PER_HIT, Batch
from onlinecei.stream import ranges
from onlinecei.stream.revisions import Revision, Revisions
from onlinecei.stream.sources import without

Policy: TypeAlias = Literal["wait", "drop oldest"]
OVERLOAD = "more came in than was analysed"


@dataclass(slots=True)
class Arrivals:
    """A queue of whole trains with a bound on its bytes."""

    policy: Policy = "wait"
    most_bytes: int = 256 * 2**20
    nbytes: int = 0
    waiting_rows: int = 0
    """Hits that wait, or what edges amount to beside them."""
    known: U8 = field(default_factory=ranges.none)
    """(R, 2) trains that came in before, here or in an earlier incarnation."""
    repeated: int = 0
    """Trains that came twice; the second is left out."""
    trains: int = 0
    pulses: int = 0
    rows: int = 0
    """Hits or edges that came in."""
    newest: float | None = None
    """When the newest train came in."""
    _queue: deque[tuple[Batch, float]] = field(default_factory=deque)

    def __len__(self) -> int:
        return len(self._queue)

    def take(self, batch: Batch, now: float, waited_s: float = 0.0) -> Batch | None:
        """Queue what is new in a batch that its source had for some seconds; gives what that is."""
        fresh = _first_of_each(without(batch, self.known))
        self.repeated += batch.train_id.size - (fresh.train_id.size if fresh else 0)
        if fresh is None:
            return None
        self.known = ranges.union(self.known, ranges.ranges_of(fresh.train_id))
        self.trains += fresh.train_id.size
        self.pulses += fresh.pulses
        self.rows += fresh.rows
        self.newest = now
        self._push(fresh, now - waited_s)
        return fresh

    def overflow(self) -> U8:
        """Drop the oldest where there are too many and the policy says so; gives their IDs (R, 2)."""
        dropped = []
        while self.policy == "drop oldest" and self.nbytes > self.most_bytes and self._queue:
            dropped.append(ranges.ranges_of(self._pop()[0].train_id))
        return ranges.union(*dropped)

    def cut(self, revisions: Revisions, rows: int) -> tuple[Batch, Revision, float]:
        """Give the next trains of one revision, with about as many rows as asked, and when the first came in."""
        batch, arrived = self._pop()
        revision, count = revisions.leading(batch.train_id)
        batch, rest = batch.split(count)
        if rest is not None:
            self._push(rest, arrived, first=True)
            return batch, revision, arrived
        parts, size = [batch], _rows(batch)
        while self._queue and self._joins(batch, revisions, revision, rows - size):
            part, came = self._pop()
            parts.append(part)
            size, arrived = size + _rows(part), min(arrived, came)
        return Batch.joined(parts), revision, arrived

    def _joins(self, first: Batch, revisions: Revisions, revision: Revision, room: int) -> bool:
        batch = self._queue[0][0]
        fits = _rows(batch) <= room and batch.joins(first)
        return fits and revisions.leading(batch.train_id) == (revision, batch.train_id.size)

    def _push(self, batch: Batch, arrived: float, *, first: bool = False) -> None:
        self.nbytes += batch.nbytes
        self.waiting_rows += _rows(batch)
        (self._queue.appendleft if first else self._queue.append)((batch, arrived))

    def _pop(self) -> tuple[Batch, float]:
        batch, arrived = self._queue.popleft()
        self.nbytes -= batch.nbytes
        self.waiting_rows -= _rows(batch)
        return batch, arrived


def _rows(batch: Batch) -> int:
    """Hits, or what edges amount to beside them."""
    return batch.rows if batch.edges is None else batch.rows // EDGES_PER_HIT


def _first_of_each(batch: Batch | None) -> Batch | None:
    """Leave out trains whose ID an earlier train of the batch has."""
    if batch is None:
        return None
    wanted = np.zeros(batch.train_id.size, np.bool_)
    wanted[np.unique(batch.train_id, return_index=True)[1]] = True
    return batch.where(wanted)

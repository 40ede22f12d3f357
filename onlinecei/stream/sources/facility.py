"""A program of the facility that speaks our own wire protocol, as a source."""

import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import zmq

from onlinecei.arrays import U8
from onlinecei.errors import AddressError, WireError
from onlinecei.records import Batch
from onlinecei.stream.ports import End, Port
from onlinecei.stream.sources._census import Census
from onlinecei.stream.sources.source import LeftOut, Watched
from onlinecei.stream.wire import Kind, Message, batch_of

CREDITS = 8
"""Batches that may be on their way: enough to fill the time that a word takes there and back."""
MOST_ROWS = 50_000
"""Hits or edges of small batches that are taken together."""
MOST_BATCHES = 2**63
"""No server gives as many: how many have come is told, and has to fit into a message."""
SAY_AGAIN_S = 1.0
"""The word that batches are welcome is repeated, in case that whom it was told is gone."""


class SocketSource:
    """Batches from a server that gives as many as it has credit for.

    READY is a statement and not an increment: how many batches may be under way, and up to which they have come. Said
    again it changes nothing, and a server that was started anew knows at once where it stands.

    Parameters
    ----------
    endpoint
        Where the server is.
    run
        What the run is called, until the server says it.
    keys
        Directory of keys, for a server on another machine; None: the user's own.
    clock
        Seconds.

    Raises
    ------
    AddressError
        The endpoint cannot be used, or needs keys that are missing.
    """

    repeatable = False
    left_out: Sequence[LeftOut] = ()

    def __init__(
        self, endpoint: str, run: str = "live", *, keys: Path | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.run, self.trains_expected, self.ended = run, 0, False
        self._clock, self._census = clock, Census()
        self._incarnation = secrets.randbits(62)
        self._server, self._received, self._said = 0, 0, -np.inf
        self._queue: deque[tuple[Batch, float]] = deque()
        """With when they came in."""
        self.waited_s = 0.0
        self._closing = False
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self._port = Port(self._context, End(endpoint, keys=keys))
        except AddressError:
            self._context.term()
            raise

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that did not come, by reason."""
        return self._census.counts

    @property
    def watched(self) -> Watched:
        """The one socket."""
        return [self._port.socket]

    def poll(self) -> Batch | None:
        """Give the next trains."""
        self._census.look(self._clock())
        if len(self._queue) < CREDITS:  # a server that gives more than it may has to wait
            self._port.deliver(lambda _, message: self._take(message))
        news = bool(self._queue)
        batch = self.rest()
        if news or self._clock() - self._said >= SAY_AGAIN_S:
            self._say()
        if batch is None:
            self.ended = self._closing
        return batch

    def rest(self) -> Batch | None:
        """Give what was received and not asked for yet."""
        while self._queue:
            joined, arrived = self._next()
            batch = self._new_of(joined)
            if batch is not None:
                self.waited_s = self._clock() - arrived
                return batch
        return None

    def skip(self, trains: U8, newest: int = -1) -> None:
        """Leave out trains that were given in an earlier life."""
        self._census.skip(trains, newest)

    def close(self) -> None:
        """Close the connection."""
        self._port.close()
        self._context.term()

    def _take(self, message: Message) -> None:
        if message.kind is Kind.BATCH:
            if message.sequence >= MOST_BATCHES:
                raise WireError(f"a batch with the number {message.sequence}, expected less than {MOST_BATCHES}")
            batch = batch_of(message)
            if message.incarnation != self._server:
                self._server, self._received = message.incarnation, 0
            self._received = max(self._received, message.sequence + 1)
            self._queue.append((batch, self._clock()))
            self.run = message.run or self.run
        elif message.kind is Kind.END:
            self._closing = True

    def _next(self) -> tuple[Batch, float]:
        """Take neighbouring batches together: what follows costs as much for a small one as for a large one."""
        first, arrived = self._queue.popleft()
        parts, rows = [first], first.rows
        while self._queue and self._queue[0][0].joins(first) and rows + self._queue[0][0].rows <= MOST_ROWS:
            parts.append(self._queue.popleft()[0])
            rows += parts[-1].rows
        return Batch.joined(parts), arrived

    def _new_of(self, batch: Batch) -> Batch | None:
        """Leave out trains that have come before."""
        return batch.where(np.array([self._census.note(train_id) for train_id in batch.train_id.tolist()], np.bool_))

    def _say(self) -> None:
        """Say what has been taken out of the queue; what still waits there is under way."""
        self._said = self._clock()
        taken = self._received - len(self._queue)
        info = {"credits": CREDITS, "server": self._server, "taken": max(taken, 0)}
        self._port.send(Message(kind=Kind.READY, incarnation=self._incarnation, info=info))

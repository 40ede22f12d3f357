"""Worker: one batch in, one Delta out; what it remembers of earlier ones saves time and changes nothing."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from onlinecei.analysis import analyse
from onlinecei.centroids import SampleCeiling
from onlinecei.stream.log import get_logger
from onlinecei.stream.ports import Outbox
from onlinecei.stream.revisions import Revision
from onlinecei.stream.wire import Kind, Message, batch_of, delta_message

CREDITS = 2
"""Batches held at a time: one to work on while the next is on its way."""
STATE_SECONDS = 0.2
"""How often a worker says what it holds: an ingest that was restarted knows nothing of it."""
REMEMBERED = 16
"""Finished batches that it names each time, in case an earlier statement was lost."""
LONGEST_REASON = 500
log = get_logger(__name__)


@dataclass(slots=True)
class Worker:
    """The logic of a worker process."""

    ingest: Outbox
    reducer: Outbox
    incarnation: int = 0
    sample: SampleCeiling = field(default_factory=SampleCeiling)
    clock: Callable[[], float] = time.monotonic
    _queue: deque[Message] = field(default_factory=deque)
    _finished: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    _serves: int = 0
    """Incarnation of the ingest that the newest batch came from."""
    _delta: Message | None = None
    """Finished, and not taken by the socket yet."""
    _stated: float = -1e9

    def take(self, message: Message) -> None:
        """Queue a batch."""
        if message.kind is not Kind.BATCH:
            return
        if message.incarnation != self._serves:
            self._serves = message.incarnation
            self._finished.clear()
        self._queue.append(message)

    def step(self) -> bool:
        """Analyse one batch and say so; False where there is nothing to do."""
        busy = bool(self._delta or self._queue)
        if self._delta is None and self._queue:
            self._delta = self._analysed(self._queue[0])
        if busy and (self._delta is None or self.reducer.send(self._delta)):
            self._finish()
        elif self.clock() - self._stated >= STATE_SECONDS:
            self.state()
        return busy and self._delta is None

    def state(self) -> None:
        """Say what it holds and what it has finished."""
        own = [message.sequence for message in self._queue if message.incarnation == self._serves]
        statement = Message(
            kind=Kind.READY,
            incarnation=self.incarnation,
            info={"credits": CREDITS, "of": self._serves},
            buffers={"holds": np.array(own, np.uint64), "finished": np.array(self._finished, np.uint64)},
        )
        self.ingest.send(statement)
        self._stated = self.clock()

    def _finish(self) -> None:
        message, self._delta = self._queue.popleft(), None
        if message.incarnation == self._serves:
            self._finished.append(message.sequence)
        self.state()

    def _analysed(self, message: Message) -> Message | None:
        """Analyse one batch with the setup that it brings; what goes wrong is told to ingest, and survived."""
        try:
            revision = Revision.of(message)
            delta = analyse(batch_of(message), revision.setup, self.sample.of(revision.setup))
            self.sample.add(delta)
            return revision.on(delta_message(delta, message))
        except Exception as error:
            first, last = message.trains
            log.exception("a batch cannot be analysed", batch=message.sequence, first_train=first, last_train=last)
            reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
            self.ingest.send(replace(message, kind=Kind.REJECTED, info={"reason": reason}, buffers={}))
            return None

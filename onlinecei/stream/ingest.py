"""Ingest: reads the source, hands batches to workers that have credit, and remembers each until it is applied."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from onlinecei.records import Batch
from onlinecei.stream.ports import Outbox
from onlinecei.stream.revisions import Revision, Revisions
from onlinecei.stream.sources import Source
from onlinecei.stream.wire import Kind, Message, batch_message, fact

REDUCER = b"reducer"
"""Identity with which the reducer connects to ingest."""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Pace:
    """Holds a replay to a number of trains per second."""

    trains_per_second: float | None
    clock: Callable[[], float] = time.monotonic
    _started: float | None = None
    _trains: int = 0

    def due(self) -> bool:
        """Whether the next batch may go."""
        if self.trains_per_second is None:
            return True
        if self._started is None:
            self._started = self.clock()
        return self._trains <= (self.clock() - self._started) * self.trains_per_second

    def count(self, trains: int) -> None:
        """Note that trains were sent."""
        self._trains += trains


@dataclass(slots=True)
class Ingest:
    """The state of ingest; `handle` takes one message, `step` sends what may be sent."""

    source: Source
    outbox: Outbox
    incarnation: int
    pace: Pace
    revisions: Revisions
    credits: dict[bytes, int] = field(default_factory=dict)
    unapplied: dict[int, Message] = field(default_factory=dict)
    """Batches that are not in the state yet, by sequence number."""
    sequence: int = 0
    newest_train: int = -1
    """Largest train ID that was handed out."""
    exhausted: bool = False
    interrupted: bool = False
    reducer_listens: bool = False
    finished: bool = False
    _rest: Batch | None = None

    def handle(self, sender: bytes, message: Message) -> None:
        """Take one message from a worker or the reducer."""
        match message.kind:
            case Kind.READY if sender == REDUCER:
                self.reducer_listens = True
            case Kind.READY:
                self.credits[sender] = self.credits.get(sender, 0) + min(max(fact(message, "credits", 0), 0), 16)
            case Kind.APPLIED:
                self.unapplied.pop(message.sequence, None)
            case Kind.END:
                self.finished = True
            case Kind.REVISE if sender == REDUCER:
                self.outbox.send(self._revised(message), to=REDUCER)
            case _:
                log.warning("ingest got a message of kind '%s' that it has no use for", message.kind)

    def step(self) -> None:
        """Send batches as credit and pace allow, and the end once everything is applied."""
        while self.reducer_listens and not self.exhausted and self.pace.due():
            worker = max(self.credits, key=self.credits.__getitem__, default=None)
            if worker is None or self.credits[worker] < 1 or not self._send_next(worker):
                break
        if self.exhausted and not self.unapplied and not self.finished:
            self.outbox.send(self._end(), to=REDUCER)

    @property
    def hungry(self) -> bool:
        """Whether trains that arrive now could be sent; nobody needs to wake up for others."""
        return (
            self.reducer_listens
            and not self.exhausted
            and self.pace.due()
            and max(self.credits.values(), default=0) > 0
        )

    def stop(self) -> None:
        """Read no further; what was sent is still brought to its end."""
        self.exhausted = self.interrupted = True

    def _send_next(self, worker: bytes) -> bool:
        batch = self._rest or self.source.poll()
        if batch is None:
            self.exhausted = self.source.ended
            return False
        revision, count = self.revisions.leading(batch.train_id)
        batch, self._rest = batch.split(count)
        message = batch_message(batch, self.sequence, self.incarnation, self.source.run, self.source.trains_expected)
        message = revision.on(message)
        self.sequence += 1
        self.newest_train = max(self.newest_train, message.trains[1])
        self.unapplied[message.sequence] = message
        self.credits[worker] -= 1
        self.pace.count(int(batch.train_id.size))
        if not self.outbox.send(message, to=worker):
            log.error("worker %s does not take the batch that it asked for", worker.decode(errors="replace"))
        return True

    def _revised(self, message: Message) -> Message:
        """Take a revision up where its trains have not been handed out yet."""
        wanted, said = Revision.of(message), {"reader": message.info.get("reader", "")}
        wanted.check()
        soonest = self.newest_train + 1
        if self.exhausted:
            reason = "the source has been read to its end: analyse it again with the other setup"
        elif 0 < wanted.first_train < soonest:
            reason = f"train {wanted.first_train} is under way already, the first that can be had is {soonest}"
        else:
            taken = self.revisions.add(wanted.first_train or soonest, wanted.setup_text)
            info = {**said, "revision": taken.number, "first_train": taken.first_train}
            return Message(kind=Kind.REVISED, info=info)
        return Message(kind=Kind.REFUSED, info={**said, "reason": reason})

    def _end(self) -> Message:
        facts = {f"rejected {reason}": count for reason, count in self.source.counts.items()}
        return Message(
            kind=Kind.END,
            incarnation=self.incarnation,
            sequence=self.sequence,
            run=self.source.run,
            info={"trains_expected": self.source.trains_expected, "interrupted": self.interrupted, **facts},
        )

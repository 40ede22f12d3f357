"""How trains come in: from the source into the queue, and out of it in batches for workers."""

from dataclasses import dataclass, field, replace

from onlinecei.arrays import U8
from onlinecei.records import Batch
from onlinecei.stream import ranges
from onlinecei.stream.ingest.arrivals import Arrivals, Policy
from onlinecei.stream.ingest.pace import Pace
from onlinecei.stream.ingest.recording import Recording
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.sources import Source
from onlinecei.stream.wire import Message, batch_message

MOST_POLLS = 64
"""Of a source in one turn: messages have to be heard in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much ingest takes in and keeps."""

    policy: Policy = "wait"
    """What happens when more comes in than is analysed: the source waits, or the oldest trains are dropped."""
    queue_bytes: int = 256 * 2**20
    """Of trains that wait; more are dropped, where the policy is to drop."""
    kept_bytes: int = 512 * 2**20
    """Of batches that are not safe on disk yet; with more, nothing is handed out until the state was saved."""
    hits_per_batch: int = 100_000
    patience_s: float = 10.0
    """A batch that is out for longer is given to another worker too."""


@dataclass(slots=True, kw_only=True)
class Intake:
    """Takes trains in as the policy has it: when a worker wants some, or as they come."""

    source: Source
    incarnation: int
    pace: Pace
    revisions: Revisions
    limits: Limits
    recording: Recording
    arrivals: Arrivals = field(init=False)
    exhausted: bool = False
    """Whether nothing more comes, or nothing more is wanted."""

    def __post_init__(self) -> None:
        self.arrivals = Arrivals(self.limits.policy, self.limits.queue_bytes)

    @property
    def wants(self) -> bool:
        """Whether a train that arrives now would be taken if a worker were free."""
        return not self.exhausted and self.pace.due()

    @property
    def waits(self) -> bool:
        """Whether the source waits while workers are busy."""
        return self.limits.policy == "wait"

    def flow(self, now: float) -> U8:
        """Where trains may be dropped, take in all that is there; gives those that were dropped for it (R, 2)."""
        if self.waits:
            return ranges.none()
        self._receive_up_to(None, now)
        return self.arrivals.overflow()

    def finish(self, now: float) -> None:
        """Take in what came and still waits for something, and no more."""
        while not self.exhausted:
            batch = self.source.rest()
            self._record_left_out()
            if batch is None:
                self.exhausted = True
            else:
                self._take(batch, now)

    def next(self, number: int, now: float) -> tuple[Message, U8] | None:
        """Give a batch for a worker with its trains (R, 2), taken in now where that has waited; None: there is none.

        What is there goes at once: small batches where little comes, full ones where much does.
        """
        rows = self.limits.hits_per_batch
        if self.waits:
            self._receive_up_to(rows, now)
        if not len(self.arrivals):
            return None
        batch, revision, arrived = self.arrivals.cut(self.revisions, rows)
        message = revision.on(self._message(batch, number))
        return replace(message, info={**message.info, "arrived": arrived}), ranges.ranges_of(batch.train_id)

    def _receive_up_to(self, rows: int | None, now: float) -> None:
        for _ in range(MOST_POLLS):
            if (rows is not None and self.arrivals.waiting_rows >= rows) or not self._receive(now):
                return

    def _receive(self, now: float) -> bool:
        """Take the next trains from the source; False where there are none now."""
        if not self.wants:
            return False
        batch = self.source.poll()
        self._record_left_out()
        if batch is None:
            self.exhausted = self.source.ended
            return False
        self._take(batch, now)
        return True

    def _take(self, batch: Batch, now: float) -> None:
        self.pace.count(int(batch.train_id.size))
        fresh = self.arrivals.take(batch, now, self.source.waited_s)
        if fresh is not None:
            self._record(fresh)

    def _record_left_out(self) -> None:
        """Have trains recorded that are not to be analysed: nobody else gets them."""
        for batch, reason in self.source.left_out:
            self._record(batch, left_out=reason)

    def _record(self, batch: Batch, **info: str) -> None:
        if self.recording.wanted:
            message = self._message(batch, self.recording.number)
            revision, _ = self.revisions.leading(batch.train_id)
            self.recording.add(revision.on(replace(message, info={**message.info, **info})))

    def _message(self, batch: Batch, number: int) -> Message:
        return batch_message(batch, number, self.incarnation, self.source.run, self.source.trains_expected)

"""Batches that workers reject or die at: taken apart until the train that does it stands alone, then set aside."""

from dataclasses import dataclass, field, replace

import numpy as np

from onlinecei.arrays import U8
from onlinecei.records import Batch, Train
from onlinecei.stream import ranges
from onlinecei.stream.ingest.aside import Aside
from onlinecei.stream.ingest.ledger import Entry, Ledger
from onlinecei.stream.log import get_logger
from onlinecei.stream.wire import Kind, Message, batch_message, batch_of

MOST_DEATHS = 3
"""Workers that may die at a batch: one may have died of something else, three have not."""
TRY_AGAIN_SECONDS = 2.0
"""A train that could not be written is tried again after this long."""
log = get_logger(__name__)


@dataclass(slots=True)
class Suspects:
    """What becomes of a batch that cannot be analysed."""

    ledger: Ledger
    aside: Aside
    unwritten: dict[int, tuple[Entry, str]] = field(default_factory=dict)
    """Trains that are to be set aside and could not be written yet."""
    _tried: float = 0.0

    def died(self, entry: Entry) -> None:
        """Note that a worker died at it."""
        entry.deaths += 1
        first, last = entry.message.trains
        log.warning("a worker died", batch=entry.sequence, first_train=first, last_train=last, deaths=entry.deaths)
        if entry.deaths >= MOST_DEATHS:
            self.condemn(entry, f"{entry.deaths} workers died at it")

    def condemn(self, entry: Entry, reason: str) -> None:
        """Take it apart, or set its only train aside."""
        if entry.message.kind is not Kind.BATCH or entry.sequence not in self.ledger.open:
            return
        trains = list(batch_of(entry.message).trains())
        if len(trains) == 1:
            self.ledger.applied(entry)
            self.unwritten[entry.sequence] = entry, reason
            return
        self.ledger.drop(entry)
        for train in trains:
            self.ledger.add(_alone(entry.message, train), ranges.ranges_of(np.array([train.train_id], np.uint64)))

    def step(self, now: float, *, last: bool) -> None:
        """Write what is to be set aside; at the end without success, too."""
        if not self.unwritten or (now - self._tried < TRY_AGAIN_SECONDS and self._tried):
            return
        self._tried = now
        for sequence, (entry, reason) in tuple(self.unwritten.items()):
            written = self.aside.put(entry.message, reason)
            if written or last:
                what = "set aside" if written else "could be neither analysed nor set aside"
                self.leave_out(entry.trains, "quarantined", what, entry.message)
                self.ledger.drop(entry)
                del self.unwritten[sequence]
        self._tried = now if self.unwritten else 0.0

    def leave_out(self, trains: U8, what: str, reason: str, like: Message) -> None:
        """Have trains counted as left out, by the reducer, so that it happens once."""
        info = {"what": what, "reason": reason}
        span = (int(trains[0, 0]), int(trains[-1, 1]))
        left = replace(like, kind=Kind.LEFT_OUT, trains=span, info=info, buffers={"trains": trains})
        self.ledger.add(left, trains)


def _alone(message: Message, train: Train) -> Message:
    """Give the message for one train of a batch."""
    single = batch_message(Batch.of([train]), 0, message.incarnation, message.run)
    return replace(single, info=message.info, buffers={**single.buffers, "setup": message.buffers["setup"]})

"""What the reducer says that it has: all that ingest needs to know to send a batch again, or to forget it."""

from dataclasses import dataclass

from onlinecei.arrays import U8
from onlinecei.stream import ranges
from onlinecei.stream.ingest.handing import DOUBT_SECONDS
from onlinecei.stream.ingest.ledger import Ledger, Stage
from onlinecei.stream.wire import Message


@dataclass(slots=True)
class Standing:
    """The newest STANDING, applied to the ledger."""

    ledger: Ledger
    incarnation: int = -1
    """Of the reducer; -1 before any was heard of."""
    failed: str = ""
    """Why it cannot save; empty where it can."""

    def hear(self, message: Message, now: float) -> U8:
        """Bring the ledger in line; gives trains (R, 2) that were in the state, are not any more, and are not here."""
        seen, safe = ranges.set_of(message, "seen"), ranges.set_of(message, "safe")
        self.failed = str(message.info.get("failed", ""))
        lost = self._restored(seen, now) if message.incarnation != self.incarnation else ranges.none()
        self.incarnation = message.incarnation
        for entry in tuple(self.ledger.open.values()):
            if ranges.covers(seen, entry.trains):
                self.ledger.applied(entry)
        for entry in self.ledger.in_stage(Stage.APPLIED):
            if ranges.covers(safe, entry.trains):
                self.ledger.forget(entry)
        return lost

    def _restored(self, seen: U8, now: float) -> U8:
        """Another reducer has an older state: what is not in it is done again."""
        for entry in self.ledger.entries.values():
            if entry.stage is Stage.OUT:
                entry.due = min(entry.due, now + DOUBT_SECONDS)
            elif entry.stage is Stage.APPLIED and not ranges.covers(seen, entry.trains):
                self.ledger.again(entry)
        lost = ranges.difference(self.ledger.forgotten, seen)
        self.ledger.forgotten = ranges.difference(self.ledger.forgotten, lost)
        return lost

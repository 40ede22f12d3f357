"""Who gets which batch: fresh ones to whoever has credit, those at which workers died to one alone."""

from dataclasses import dataclass, field

from onlinecei.stream.ingest.crew import Crew, Member
from onlinecei.stream.ingest.ledger import Entry, Ledger, Stage
from onlinecei.stream.ports import Outbox
from onlinecei.stream.wire import Message

DOUBT_SECONDS = 2.0
"""A finished batch whose Delta is not applied after this long is done again: the Delta went down with a reducer."""


@dataclass(slots=True)
class Handing:
    """Brings entries of the ledger to the workers, and back when a worker fails."""

    ledger: Ledger
    outbox: Outbox
    patience_s: float = 10.0
    """A batch that is out for longer is given to another worker too."""
    crew: Crew = field(default_factory=Crew)

    def hear(self, name: bytes, message: Message, own: int, now: float) -> Entry | None:
        """Take a worker's statement; gives the batch at which it died, if it did."""
        died = self.crew.hear(name, message, now)
        if died is not None:
            return self._back(died)
        if message.info.get("of") == own:
            self._compare(self.crew.members[name], message, now)
        return None

    def refused(self, name: bytes, sequence: int) -> None:
        """Note that a worker is done with a batch that it could not analyse."""
        if name in self.crew.members:
            self.crew.members[name].finish(sequence)

    def next(self) -> tuple[bytes, Entry | None] | None:
        """Choose a worker and what it gets of what waits; None in place of that: something fresh."""
        waiting = self.ledger.waiting()
        alone = self.crew.least_busy() if any(entry.deaths for entry in waiting) else None
        if alone is not None and self.crew.members[alone].idle:
            return alone, next(entry for entry in waiting if entry.deaths)
        free = [name for name in self.crew.free() if name != alone]
        for name in free:
            held = self.crew.members[name].held
            for entry in waiting:
                if not entry.deaths and entry.sequence not in held:
                    return name, entry
        return (free[0], None) if free else None

    def give(self, name: bytes, entry: Entry, now: float) -> bool:
        """Send an entry to a worker; one that is gone is forgotten, and what it had waits again."""
        if not self.outbox.send(entry.message, to=name):
            self._back(self.crew.remove(name))
            return False
        member = self.crew.members[name]
        member.held[entry.sequence] = now
        member.reserved = entry.deaths > 0
        self.ledger.out(entry, now + self.patience_s)
        return True

    def overdue(self, now: float) -> None:
        """Let others have what takes too long."""
        for entry in list(self.ledger.open.values()):
            if entry.stage is Stage.OUT and now >= entry.due:
                self.ledger.again(entry)

    def _back(self, member: Member) -> Entry | None:
        """Take back what a worker had; gives what it was at."""
        entries = [self.ledger.entries.get(sequence) for sequence in member.held]
        left = [entry for entry in entries if entry is not None and entry.stage is Stage.OUT]
        for entry in reversed(left):
            if not self.crew.holders(entry.sequence):
                self.ledger.again(entry)
        return left[0] if left else None

    def _compare(self, member: Member, message: Message, now: float) -> None:
        """Compare what a worker says with what it was sent."""
        finished = message.buffers.get("finished")
        for sequence in () if finished is None else finished.ravel().tolist():
            entry = self.ledger.entries.get(sequence)
            if member.finish(sequence) and entry is not None:
                entry.due = min(entry.due, now + DOUBT_SECONDS)
        holds = message.buffers.get("holds")
        known = set() if holds is None else set(holds.ravel().tolist())
        for sequence, sent in tuple(member.held.items()):
            if sequence not in known and now - sent > self.patience_s:
                member.finish(sequence)

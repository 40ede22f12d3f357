"""The workers, as ingest knows them: what each holds, and how many more batches it may get."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from onlinecei.errors import WireError
from onlinecei.stream.wire import Message, fact

MOST_CREDITS = 16
"""A worker that asks for more gets no more: what it holds has to be sent again when it dies."""
MOST_WORKERS = 256


@dataclass(slots=True)
class Member:
    """One worker. What it says are statements, not increments: one that is lost or comes twice does no harm."""

    incarnation: int
    heard: float
    """When it spoke last, in seconds."""
    capacity: int = 0
    held: dict[int, float] = field(default_factory=dict)
    """Batches that were sent and not finished: sequence number, and when it was sent. It works on the oldest."""
    reserved: bool = False
    """Whether it has a suspect batch, and nothing else until that is done."""

    @property
    def credit(self) -> int:
        """How many more batches it may get."""
        return 0 if self.reserved else self.capacity - len(self.held)

    @property
    def idle(self) -> bool:
        """Whether it has nothing and may get something."""
        return not self.held and self.capacity > 0

    def finish(self, sequence: int) -> bool:
        """Take a batch off its hands; False where it was not in them."""
        if self.held.pop(sequence, None) is None:
            return False
        self.reserved = self.reserved and bool(self.held)
        return True


class Crew:
    """All workers that were heard of, by name."""

    def __init__(self) -> None:
        self.members: dict[bytes, Member] = {}

    def hear(self, name: bytes, message: Message, now: float) -> Member | None:
        """Take a statement; gives the member as it was before it died, if it did."""
        capacity = min(max(fact(message, "credits", 0), 0), MOST_CREDITS)
        before = self.members.get(name)
        if before is None and len(self.members) >= MOST_WORKERS:
            raise WireError(f"worker {name!r} is one too many, at most {MOST_WORKERS} are served")
        if before is None or before.incarnation != message.incarnation:
            self.members[name] = Member(message.incarnation, now, capacity)
            return before
        before.capacity, before.heard = capacity, now
        return None

    def silent(self, now: float, longer_than_s: float) -> Iterator[tuple[str, float]]:
        """Name those that hold batches and have not spoken for so long: hung, or stopped; and give how long."""
        for name, member in self.members.items():
            if member.held and now - member.heard > longer_than_s:
                yield name.decode(errors="replace"), now - member.heard

    def remove(self, name: bytes) -> Member:
        """Forget a worker that is gone."""
        return self.members.pop(name)

    def holders(self, sequence: int) -> list[bytes]:
        """Name the workers that hold a batch."""
        return [name for name, member in self.members.items() if sequence in member.held]

    def free(self) -> Iterator[bytes]:
        """Name those with credit, the one with most first."""
        able = [name for name, member in self.members.items() if member.credit > 0]
        yield from sorted(able, key=lambda name: -self.members[name].credit)

    def least_busy(self) -> bytes | None:
        """Name the one that will soonest have nothing else to do."""
        able = [name for name, member in self.members.items() if member.capacity > 0 and not member.reserved]
        return min(able, key=lambda name: len(self.members[name].held), default=None)

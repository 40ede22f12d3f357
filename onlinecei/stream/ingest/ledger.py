"""All that is under way: each batch from the moment it is cut until it is safe on disk."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from onlinecei.arrays import U8
from onlinecei.stream import ranges
from onlinecei.stream.wire import Kind, Message


class Stage(Enum):
    """Where a batch is."""

    WAITING = auto()
    """For a worker, or a train that is left out for the reducer."""
    OUT = auto()
    """In the hands of a worker, or its Delta is on the way."""
    APPLIED = auto()
    """In the state, which may not be on disk yet."""


@dataclass(slots=True, eq=False)
class Entry:
    """One batch, or trains that are left out."""

    message: Message
    trains: U8
    """(R, 2) ranges of train IDs."""
    stage: Stage = Stage.WAITING
    due: float = 0.0
    """When it is handed out again, if nothing was heard."""
    deaths: int = 0
    """Workers that died at it."""

    @property
    def sequence(self) -> int:
        """Number of the batch."""
        return self.message.sequence

    @property
    def nbytes(self) -> int:
        """Memory that it holds."""
        return sum(buffer.nbytes for buffer in self.message.buffers.values())


@dataclass(slots=True)
class Ledger:
    """Entries by sequence number."""

    entries: dict[int, Entry] = field(default_factory=dict)
    nbytes: int = 0
    open: dict[int, Entry] = field(default_factory=dict)
    """Those that are not applied yet."""
    forgotten: U8 = field(default_factory=ranges.none)
    """(R, 2) trains that were applied and then forgotten."""
    number: int = 0
    """Batches so far: the sequence number of the next."""
    _waiting: dict[int, Entry] = field(default_factory=dict)

    def add(self, message: Message, trains: U8) -> Entry:
        """Number and take up a batch that waits for a worker, or trains to be left out."""
        entry = Entry(replace(message, sequence=self.number), trains)
        self.number += 1
        self.entries[entry.sequence] = entry
        self.nbytes += entry.nbytes
        self.again(entry)
        return entry

    def out(self, entry: Entry, due: float) -> None:
        """Note that a worker has it."""
        entry.stage, entry.due = Stage.OUT, due
        self._waiting.pop(entry.sequence, None)

    def again(self, entry: Entry) -> None:
        """Hand it out again."""
        entry.stage = Stage.WAITING
        self.open[entry.sequence] = entry
        if entry.message.kind is Kind.BATCH:
            self._waiting[entry.sequence] = entry

    def applied(self, entry: Entry) -> None:
        """Note that it is in the state."""
        entry.stage = Stage.APPLIED
        self.open.pop(entry.sequence, None)
        self._waiting.pop(entry.sequence, None)

    def drop(self, entry: Entry) -> None:
        """Forget one whose trains are taken care of otherwise."""
        if self.entries.pop(entry.sequence, None) is not None:
            self.nbytes -= entry.nbytes
            self.applied(entry)

    def forget(self, entry: Entry) -> None:
        """Forget one that is applied, and remember its trains."""
        self.drop(entry)
        self.forgotten = ranges.union(self.forgotten, entry.trains)

    def waiting(self) -> list[Entry]:
        """Give those that wait for a worker, oldest first."""
        return sorted(self._waiting.values(), key=lambda entry: entry.sequence)

    def in_stage(self, stage: Stage) -> list[Entry]:
        """Give all of one stage, oldest first."""
        return [entry for entry in self.entries.values() if entry.stage is stage]

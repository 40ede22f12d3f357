"""Readers that wait for something newer: few at a time, the longest waiting first, and never more than their share.

Whatever readers ask, and however often, costs the line a bounded number of bytes a second. One that floods gets no
more answers, one that does not read gets no more memory, and one that names a version that never was is answered.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from onlinecei.stream.ports import Outbox
from onlinecei.stream.share import Share
from onlinecei.stream.wire import Message

MOST_WAITING = 64
"""Readers whose questions are remembered; with one more the oldest is forgotten, and asks again."""
BYTES_PER_SECOND = 200_000_000
"""For all readers together: thirty versions of a large setup, and a twentieth of what one core copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a reader has already; it wants what is newer."""

    since: int = -1
    """Version of the state."""
    geometry: int = -1
    """Version from which its geometries were made."""
    events: bool = False
    """Whether it wants kept events with every version."""
    again: bool = False
    """Whether it was put before and is still open: the reader wants to know whether the line is alive."""

    def is_due(self, version: int, made_from: int) -> bool:
        """Tell whether there is anything newer, or it speaks of a version of some other line."""
        return self.since != version or self.geometry < made_from


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """What can be told now."""

    version: int
    made_from: int
    """Version from which the newest geometries were made; -1: there are none."""
    finished: bool
    snapshot: Callable[[bool], Message]
    """Makes the message of the version, with or without kept events."""
    facts: Callable[[], Message]
    """Makes the message that says how the line does at this moment."""


@dataclass(slots=True)
class Questions:
    """The open questions, one for each reader."""

    clock: Callable[[], float] = time.monotonic
    _open: dict[bytes, Question] = field(default_factory=dict)
    _share: Share = field(init=False)
    _made_for: tuple[int, int, bool] | None = None
    _made: dict[bool, Message] = field(default_factory=dict)
    """Messages of the newest version, with and without kept events."""

    def __post_init__(self) -> None:
        self._share = Share(BYTES_PER_SECOND, self.clock)

    def ask(self, reader: bytes, question: Question) -> None:
        """Remember a question in place of an earlier one of the same reader."""
        if reader not in self._open and len(self._open) >= MOST_WAITING:
            del self._open[next(iter(self._open))]
        self._open[reader] = replace(question, again=reader in self._open)

    def give(self, readers: Outbox, newest: Newest) -> None:
        """Answer those for whom there is something newer, and those who ask again, as far as the share goes."""
        for reader, question in list(self._open.items()):
            if not self._share.is_left:
                return
            newer = question.is_due(newest.version, newest.made_from)
            if newer or question.again:
                del self._open[reader]
                answer = self._snapshot(newest, events=newest.finished or question.events) if newer else newest.facts()
                if readers.send(answer, to=reader):
                    self._share.use(sum(each.nbytes for each in answer.buffers.values()))

    def _snapshot(self, newest: Newest, *, events: bool) -> Message:
        """Make the message of a version, the same one only once: whoever asks often costs no more for it.

        How the line does changes while a version stands still, so that is always of now.
        """
        key = (newest.version, newest.made_from, newest.finished)
        if key != self._made_for:
            self._made_for, self._made = key, {}
        if events not in self._made:
            self._made[events] = newest.snapshot(events)
        made = self._made[events]
        return replace(made, buffers={**made.buffers, **newest.facts().buffers})

    def __len__(self) -> int:
        return len(self._open)

"""Readers that wait for something newer: few at a time, the longest waiting first, and never more than their share.

Whatever readers ask, and however often, costs the line a bounded number of bytes a second. One that floods gets no
more answers, one that does not read gets no more memory, and one that names a version that never was is answered.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from onlinecei.stream.share import Share

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


@dataclass(slots=True)
class Questions:
    """The open questions, one for each reader."""

    clock: Callable[[], float] = time.monotonic
    _open: dict[bytes, Question] = field(default_factory=dict)
    _share: Share = field(init=False)

    def __post_init__(self) -> None:
        self._share = Share(BYTES_PER_SECOND, self.clock)

    def ask(self, reader: bytes, question: Question) -> None:
        """Remember a question in place of an earlier one of the same reader."""
        if reader not in self._open and len(self._open) >= MOST_WAITING:
            del self._open[next(iter(self._open))]
        self._open[reader] = replace(question, again=reader in self._open)

    def due(self, version: int, made_from: int) -> Iterator[tuple[bytes, Question]]:
        """Give the readers to be answered now; each has to be told to `answered`."""
        for reader, question in list(self._open.items()):
            if not self._share.is_left:
                return
            if question.again or question.is_due(version, made_from):
                yield reader, question

    def answered(self, reader: bytes, size: int) -> None:
        """Take note of an answer of so many bytes."""
        del self._open[reader]
        self._share.use(size)

    def __len__(self) -> int:
        return len(self._open)

"""Reducer: the only writer of the state. It applies each Delta once and hands versions to whoever asks."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from onlinecei.analysis import nothing
from onlinecei.centroids import merge
from onlinecei.errors import ResultError
from onlinecei.records import Delta
from onlinecei.setup import Setup
from onlinecei.stream.ports import Outbox
from onlinecei.stream.snapshots import message_of
from onlinecei.stream.wire import Kind, Message, delta_of, fact

PUBLISH_SECONDS = 0.1
"""Shortest time between two versions: ten a second are as many as an eye can use."""
MAX_WAITING = 64
"""Readers whose questions are remembered; more than that are left without an answer and ask again."""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reducer:
    """The logic of the reducer process; `step` publishes a version when one is due."""

    setup: Setup
    setup_text: str
    ingest: Outbox
    readers: Outbox
    clock: Callable[[], float] = time.monotonic
    total: Delta = field(init=False)
    version: int = 0
    finished: bool = False
    run: str = ""
    trains_expected: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    geometry: Message | None = None
    _applied: set[tuple[int, int]] = field(default_factory=set)
    _waiting: dict[bytes, tuple[int, int, bool]] = field(default_factory=dict)
    _changed: bool = True
    _published: float = -1e9

    def __post_init__(self) -> None:
        self.total = nothing(self.setup)

    def start(self) -> None:
        """Tell ingest that Deltas have a place to go."""
        self.ingest.send(Message(kind=Kind.READY))

    def take(self, message: Message) -> None:
        """Take a Delta from a worker or geometries from inference."""
        if message.kind is Kind.GEOMETRY:
            self.geometry = message
        elif message.kind is Kind.DELTA:
            self._apply(message)

    def end(self, message: Message) -> None:
        """Take the end of the run from ingest and acknowledge it."""
        if message.kind is not Kind.END:
            return
        if not self.finished:
            self.finished = self._changed = True
            self._published = -1e9
            self.run = message.run
            self.trains_expected = fact(message, "trains_expected", 0)
            for name in message.info:
                if name.startswith("rejected "):
                    self.rejected[name.removeprefix("rejected ")] = fact(message, name, 0)
            if message.info.get("interrupted"):
                log.info("the run was interrupted")
        self.ingest.send(Message(kind=Kind.END, sequence=message.sequence))

    def ask(self, reader: bytes, message: Message) -> None:
        """Remember a reader's question; it is answered as soon as there is something newer."""
        if message.kind is Kind.ASK and (reader in self._waiting or len(self._waiting) < MAX_WAITING):
            wants_events = bool(fact(message, "events", 0))
            self._waiting[reader] = (fact(message, "since", -1), fact(message, "geometry", -1), wants_events)

    def step(self) -> None:
        """Publish a version when one is due, and answer those who wait for it."""
        now = self.clock()
        if self._changed and now - self._published >= PUBLISH_SECONDS:
            self.version += 1
            self._changed, self._published = False, now
        if self._changed or not self._waiting:
            return
        made_from = self.geometry.sequence if self.geometry else -1
        due = {
            reader: self.finished or wants_events
            for reader, (since, geometry, wants_events) in self._waiting.items()
            if since < self.version or geometry < made_from
        }
        answers = {events: message_of(self, events=events) for events in set(due.values())}
        for reader, events in due.items():
            self.readers.send(answers[events], to=reader)
            del self._waiting[reader]

    def _apply(self, message: Message) -> None:
        key = (message.incarnation, message.sequence)
        if key not in self._applied:
            delta = delta_of(message)
            try:
                _fits(delta, self.total)
                self.total = merge(self.total, delta)
            except ResultError as error:
                log.error("batch %d is left out: %s", message.sequence, error)  # noqa: TRY400 - the sentence is the point
                self.rejected["not mergeable"] = self.rejected.get("not mergeable", 0) + delta.train_count
            self._applied.add(key)
            self._changed = True
            self.run = message.run
            self.trains_expected = fact(message, "trains_expected", 0)
        self.ingest.send(Message(kind=Kind.APPLIED, sequence=message.sequence))


def _fits(delta: Delta, total: Delta) -> None:
    if delta.setup_hash == total.setup_hash and delta.values.shape != total.values.shape:
        raise ResultError(f"it holds {delta.values.size} sums, the setup lays out {total.values.size}")

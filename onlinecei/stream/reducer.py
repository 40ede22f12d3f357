"""Reducer: the only writer of the state. It applies each Delta once and hands versions to whoever asks."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from onlinecei.analysis import nothing
from onlinecei.centroids import merge
from onlinecei.errors import ResultError, WireError
from onlinecei.records import Delta, Facts
from onlinecei.stream.ports import Outbox
from onlinecei.stream.questions import Question, Questions
from onlinecei.stream.revisions import EARLIER, Revision
from onlinecei.stream.snapshots import facts_message, message_of
from onlinecei.stream.wire import Kind, Message, delta_of, fact

PUBLISH_SECONDS = 0.1
"""Shortest time between two versions: ten a second are as many as an eye can use."""
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Reducer:
    """The logic of the reducer process; `step` publishes a version when one is due."""

    revision: Revision
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
    _since: int = 0
    """First version with the present setup."""
    questions: Questions = field(init=False)
    _changed: bool = True
    _published: float = -1e9

    def __post_init__(self) -> None:
        self.total = nothing(self.revision.setup)
        self.questions = Questions(self.clock)

    @property
    def facts(self) -> Facts:
        """What the line says of itself now."""
        return Facts(trains_received=self.total.train_count + sum(self.rejected.values()))

    def start(self) -> None:
        """Tell ingest that Deltas have a place to go."""
        self.ingest.send(Message(kind=Kind.READY))

    def take(self, message: Message) -> None:
        """Take a Delta from a worker or geometries from inference."""
        if message.kind is Kind.GEOMETRY:
            self.geometry = message if message.sequence >= self._since else self.geometry
        elif message.kind is Kind.DELTA:
            self._apply(message)

    def hear(self, message: Message) -> None:
        """Take the end of the run, or an answer for a reader, from ingest."""
        if message.kind is Kind.END:
            self._end(message)
        elif message.kind in {Kind.REVISED, Kind.REFUSED}:
            self.readers.send(message, to=_reader_of(message))

    def _end(self, message: Message) -> None:
        """Take the end of the run from ingest and acknowledge it."""
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
        """Remember a reader's question, answered as soon as there is something newer; pass on a setup it sends."""
        if message.kind is Kind.REVISE:
            self._revise(reader, message)
        elif message.kind is Kind.ASK:
            since, geometry = fact(message, "since", -1), fact(message, "geometry", -1)
            events = bool(fact(message, "events", 0))
            self.questions.ask(reader, Question(since=since, geometry=geometry, events=events))

    def _revise(self, reader: bytes, message: Message) -> None:
        try:
            Revision.of(message).check()
            self.ingest.send(replace(message, info={**message.info, "reader": reader.hex()}))
        except WireError as error:
            self.readers.send(Message(kind=Kind.REFUSED, info={"reason": str(error)}), to=reader)

    def step(self) -> None:
        """Publish a version when one is due, and answer those who wait for it."""
        now = self.clock()
        if self._changed and now - self._published >= PUBLISH_SECONDS:
            self.version += 1
            self._changed, self._published = False, now
        if not self._changed:
            self._answer()

    def _answer(self) -> None:
        """Answer the readers that wait for this version."""
        made_from = self.geometry.sequence if self.geometry else -1
        answers: dict[tuple[bool, bool], Message] = {}
        for reader, question in self.questions.due(self.version, made_from):
            newer, events = question.is_due(self.version, made_from), self.finished or question.events
            if (newer, events) not in answers:
                answers[newer, events] = message_of(self, events=events) if newer else facts_message(self)
            answer = answers[newer, events]
            self.readers.send(answer, to=reader)
            self.questions.answered(reader, sum(each.nbytes for each in answer.buffers.values()))

    def _apply(self, message: Message) -> None:
        key = (message.incarnation, message.sequence)
        if key not in self._applied:
            delta, revision = delta_of(message), Revision.of(message)
            if revision.number > self.revision.number:
                self._renew(revision)
            if revision.number < self.revision.number:
                self._leave_out(EARLIER, delta)
            else:
                self._merge(delta, message.sequence)
            self._applied.add(key)
            self._changed = True
            self.run = message.run
            self.trains_expected = fact(message, "trains_expected", 0)
        self.ingest.send(Message(kind=Kind.APPLIED, sequence=message.sequence))

    def _merge(self, delta: Delta, sequence: int) -> None:
        try:
            _fits(delta, self.total)
            self.total = merge(self.total, delta)
        except ResultError as error:
            log.error("batch %d is left out: %s", sequence, error)  # noqa: TRY400 - the sentence is the point
            self._leave_out("not mergeable", delta)

    def _leave_out(self, reason: str, delta: Delta) -> None:
        if delta.train_count:
            self.rejected[reason] = self.rejected.get(reason, 0) + delta.train_count

    def _renew(self, revision: Revision) -> None:
        """Begin anew with another setup."""
        begun = nothing(revision.setup)
        self._leave_out(EARLIER, self.total)
        self.revision, self.total, self.geometry = revision, begun, None
        self._since = self.version + 1


def _reader_of(message: Message) -> bytes:
    try:
        return bytes.fromhex(str(message.info.get("reader", "")))
    except ValueError as error:
        raise WireError(f"reader {str(message.info.get('reader'))[:64]!r} is no address") from error


def _fits(delta: Delta, total: Delta) -> None:
    if delta.setup_hash == total.setup_hash and delta.values.shape != total.values.shape:
        raise ResultError(f"it holds {delta.values.size} sums, the setup lays out {total.values.size}")

"""Reducer: the only writer of the state. It applies each train once, saves, and hands versions to whoever asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from onlinecei.records import Facts
from onlinecei.stream import ranges
from onlinecei.stream.account import Account
from onlinecei.stream.audience import Audience
from onlinecei.stream.facts import facts_buffers, facts_of
from onlinecei.stream.latency import Latency
from onlinecei.stream.log import get_logger
from onlinecei.stream.ports import Outbox
from onlinecei.stream.questions import Newest, Questions
from onlinecei.stream.revisions import Revision, revisions_buffers, revisions_of
from onlinecei.stream.saved_file import KEPT
from onlinecei.stream.saving import Saver, Saving
from onlinecei.stream.snapshots import message_of, saved_message
from onlinecei.stream.voices import Voices
from onlinecei.stream.wire import Kind, Message, Scalar, delta_of, fact

PUBLISH_SECONDS = 0.02
"""Shortest time between two versions. A version is a number until somebody asks for it, so this is what it adds to the
latency, and no work."""
STATE_SECONDS = 0.5
"""How often ingest is told how things stand."""
LONGEST_REASON = 1000
MOST_EARLY = 256
"""Deltas that may come before ingest has said hello."""
log = get_logger(__name__)


@dataclass(slots=True)
class Reducer:
    """The logic of the reducer process; `step` publishes a version when one is due."""

    account: Account
    ingest: Outbox
    readers: Outbox
    saver: Saver | None = None
    incarnation: int = 0
    version: int = 0
    geometry: Message | None = None
    clock: Callable[[], float] = time.monotonic
    rejected_messages: Callable[[], int] = lambda: 0
    audience: Audience = field(init=False)
    saving: Saving = field(init=False)
    voices: Voices = field(init=False)
    latency: Latency = field(default_factory=Latency)
    _serves: int | None = None
    """Incarnation of the ingest that said hello last."""
    _settled: bool = True
    """Whether ingest may be told what is in the state."""
    _fenced: bool = False
    """Whether Deltas of other incarnations are refused."""
    _since: int = 0
    """First version with the present setup."""
    _early: list[Message] = field(default_factory=list)
    _partial: int = 0
    """Deltas that were in the state in part."""
    _ended: Message | None = None
    _stated: float = -1e9
    _changed: bool = True
    _published: float = -1e9

    def __post_init__(self) -> None:
        self.audience = Audience(self.readers, self.ingest, Questions(self.clock))
        self.saving, self.voices = Saving(self.saver), Voices(self.clock)
        if self.account.seen.size:
            self.saving.safe_sets.append(self.account.seen)

    # What others say

    def take(self, sender: bytes, message: Message) -> None:
        """Take a Delta from a worker, geometries from inference, or what any process says of itself."""
        if message.kind is Kind.GEOMETRY:
            self.geometry = message if message.sequence >= self._since else self.geometry
        elif message.kind is Kind.FACTS:
            self.voices.hear(sender, facts_of(message))
        elif message.kind is Kind.DELTA and self._serves is None:
            self._early = [*self._early, message][-MOST_EARLY:]
        elif message.kind is Kind.DELTA:
            self._apply(message)

    def hear(self, message: Message) -> None:
        """Take what ingest says."""
        match message.kind:
            case Kind.HELLO:
                self._greet(message)
            case Kind.LEFT_OUT:
                self._leave_out(message)
            case Kind.SAVE:
                self.saving.wanted = KEPT
            case Kind.FACTS:
                self._told(message)
            case Kind.END:
                self._end(message)
            case Kind.REVISED | Kind.REFUSED:
                self._revised(message)

    def ask(self, reader: bytes, message: Message) -> None:
        """Take a question of a reader, or a setup that it wants."""
        self.audience.ask(reader, message)

    def step(self) -> None:
        """Publish a version when one is due, answer those who wait for it, and save."""
        now = self.clock()
        if self._changed and now - self._published >= PUBLISH_SECONDS:
            self.version += 1
            self._changed, self._published = False, now
            self.latency.published(now)
        if not self._changed:
            self._answer_readers()
        account, version = self.account, self.version
        if self.saving.step(account, now, lambda: saved_message(account, version)):
            self._after_saving()
        if now - self._stated >= STATE_SECONDS:
            self._stated = now
            self._state()

    # Ingest

    def _greet(self, message: Message) -> None:
        """Let an ingest begin: from now on its Deltas count, and those of another perhaps not.

        It has nothing of what an earlier one gave, so that is on disk before it is told not to give it again.
        """
        if message.incarnation != self._serves and self.account.seen.size and self.saving.saver is not None:
            self._settled, self.saving.wanted = False, KEPT
        self._serves, self._fenced = message.incarnation, bool(message.info.get("fence", False))
        self.account = self.account.knowing(revisions_of(message))
        self._state()
        early, self._early = self._early, []
        for delta in early:
            self._apply(delta)

    def _state(self) -> None:
        """Tell ingest how things stand; without one, that there is a reducer."""
        if self._serves is None:
            self.ingest.send(Message(kind=Kind.READY, incarnation=self.incarnation))
        if self._serves is None or not self._settled:
            return
        info: dict[str, Scalar] = {
            "of": self._serves,
            "failed": self.saving.failed[:LONGEST_REASON],
            "finished": self.account.finished and self.saving.saved_to_the_end(),
        }
        sets = {"seen": self.account.seen, "safe": self.saving.safe}
        told = facts_buffers(self.account.told) | revisions_buffers(self.account.revisions)
        self.ingest.send(Message(kind=Kind.STANDING, incarnation=self.incarnation, info=info, buffers={**sets, **told}))

    def _apply(self, message: Message) -> None:
        if self._fenced and message.incarnation != self._serves:
            return
        delta, revision = delta_of(message), Revision.of(message)
        trains = ranges.union(delta.trains)
        if not ranges.touches(self.account.seen, trains):
            newer = revision.number > self.account.revision.number
            self.account = self.account.with_delta(delta, revision, trains)
            if newer:
                self.geometry, self._since = None, self.version + 1
            self.latency.applied(message)
            self._take_over(message)
        elif not ranges.covers(self.account.seen, trains):
            self._partial += 1
            self._answer(message, Kind.REJECTED, {"reason": "some of its trains are in the state already"})
            return
        self._answer(message, Kind.APPLIED, {})

    def _leave_out(self, message: Message) -> None:
        trains = ranges.set_of(message, "trains")
        fresh = ranges.difference(trains, self.account.seen)
        if fresh.size:
            what, reason = str(message.info.get("what", "")), str(message.info.get("reason", ""))
            self.account = self.account.leaving_out(fresh, what, reason)
            self._changed = True
        self._answer(message, Kind.APPLIED, {})

    def _answer(self, message: Message, kind: Kind, info: dict[str, str]) -> None:
        self.ingest.send(Message(kind=kind, incarnation=message.incarnation, sequence=message.sequence, info={**info}))

    def _take_over(self, message: Message) -> None:
        expected = fact(message, "trains_expected", self.account.trains_expected)
        self.account = replace(self.account, run=message.run, trains_expected=expected)
        self._changed = True

    def _told(self, message: Message) -> None:
        if message.incarnation == self._serves:
            self.account = replace(self.account, told=facts_of(message))
            self.voices.hear_ingest()

    def _end(self, message: Message) -> None:
        """Take the end of the run; it is acknowledged once the final state is saved."""
        if message.incarnation != self._serves:
            return
        self._told(message)
        self._ended = message
        if not self.account.finished:
            self._take_over(message)
            self.account = replace(self.account, finished=True)
            self._published = -1e9
            self.saving.wanted = KEPT
            if message.info.get("interrupted"):
                log.info("the run was interrupted", run=message.run)
        self._after_saving()

    def _after_saving(self) -> None:
        if self._ended is not None and self.account.finished and self.saving.saved_to_the_end():
            self.ingest.send(Message(kind=Kind.END, sequence=self._ended.sequence))
        if self.saving.saver is None or self.saving.wanted == 0:
            self.audience.release()
        self._settled = self._settled or self.saving.saved_to_the_end()
        self._state()

    # Readers

    def _revised(self, message: Message) -> None:
        """Pass an answer on; a revision is on disk before anybody is told of it."""
        self.audience.hold(message)
        agreed = revisions_of(message)
        if agreed:
            self.account = self.account.knowing(agreed)
            self.saving.wanted = max(self.saving.wanted, 1)
        if not agreed or self.saving.saver is None:
            self._after_saving()

    def _answer_readers(self) -> None:
        self.audience.give(
            Newest(
                version=self.version,
                made_from=self.geometry.sequence if self.geometry else -1,
                finished=self.account.finished,
                snapshot=lambda events: self._snapshot(events=events),
                facts=self._alive,
            )
        )

    def _snapshot(self, *, events: bool) -> Message:
        return message_of(self.account, self.version, self.facts(), self.geometry, events=events)

    def _alive(self) -> Message:
        buffers = facts_buffers(self.facts())
        return Message(kind=Kind.FACTS, sequence=self.version, run=self.account.run, buffers=buffers)

    def facts(self) -> Facts:
        """Give what all processes say of themselves, and what the reducer knows."""
        median, slow = self.latency.percentiles
        own = Facts(
            dropped=self.account.dropped,
            quarantined=self.account.quarantined,
            messages_rejected={"reducer": self.rejected_messages() + self._partial},
            degraded=(self.saving.failed,) if self.saving.failed else (),
            latency_p50_s=median,
            latency_p99_s=slow,
            latency_counts=self.latency.counts,
        )
        return self.voices.all(self.account.told, own, finished=self.account.finished)

"""The logic of ingest: what it does with each message, and in each turn."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from onlinecei.arrays import U8
from onlinecei.errors import LineError
from onlinecei.records import Facts
from onlinecei.stream import ranges
from onlinecei.stream.facts import facts_of
from onlinecei.stream.ingest.arrivals import OVERLOAD
from onlinecei.stream.ingest.aside import Aside
from onlinecei.stream.ingest.handing import Handing
from onlinecei.stream.ingest.intake import Intake, Limits
from onlinecei.stream.ingest.ledger import Entry, Ledger, Stage
from onlinecei.stream.ingest.pace import Pace
from onlinecei.stream.ingest.recording import RECORDER, Recording
from onlinecei.stream.ingest.revising import answer
from onlinecei.stream.ingest.standing import Standing
from onlinecei.stream.ingest.suspects import Suspects
from onlinecei.stream.ingest.telling import statement
from onlinecei.stream.log import get_logger
from onlinecei.stream.ports import Outbox
from onlinecei.stream.revisions import Revisions, revisions_of
from onlinecei.stream.sources import Source
from onlinecei.stream.wire import Kind, Message

REDUCER = b"reducer"
"""Identity with which the reducer connects to ingest."""
GREET_SECONDS = 0.2
"""How often a reducer that has not answered is greeted, asked to save, or told of the end."""
TELL_SECONDS = 0.5
"""How often ingest says how it does, and repeats what the reducer has not acknowledged."""
NEVER = -math.inf
log = get_logger(__name__)


@dataclass(slots=True)
class Ingest:
    """The state of ingest; `handle` takes one message, `step` sends what may be sent."""

    source: Source
    outbox: Outbox
    incarnation: int
    pace: Pace
    revisions: Revisions
    aside: Aside
    limits: Limits = field(default_factory=Limits)
    mode: Literal["live", "replay"] = "replay"
    recording: Recording = field(default_factory=Recording)
    clock: Callable[[], float] = time.monotonic
    rejected_messages: Callable[[], int] = lambda: 0
    newest_train: int = -1
    """Largest train ID that was handed out."""
    interrupted: bool = False
    finished: bool = False
    ledger: Ledger = field(default_factory=Ledger)
    intake: Intake = field(init=False)
    handing: Handing = field(init=False)
    standing: Standing = field(init=False)
    suspects: Suspects = field(init=False)
    _greeted: bool = False
    _begun: bool = False
    before: Facts = field(default_factory=Facts)
    """What an earlier incarnation counted."""
    earlier: U8 = field(default_factory=ranges.none)
    """(R, 2) trains in the state that earlier incarnations had taken in."""
    lost: int = 0
    """Trains that were in a state that is gone, and are not here any more."""
    waived: int = 0
    """Trains that were forgotten although they are on no disk, because none could be written."""
    errors: dict[str, str] = field(default_factory=dict)
    _said: dict[Kind, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.intake = Intake(
            source=self.source,
            incarnation=self.incarnation,
            pace=self.pace,
            revisions=self.revisions,
            limits=self.limits,
            recording=self.recording,
        )
        self.handing = Handing(self.ledger, self.outbox, self.limits.patience_s)
        self.standing = Standing(self.ledger)
        self.suspects = Suspects(self.ledger, self.aside)

    def handle(self, sender: bytes, message: Message) -> None:
        """Take one message from a worker, the recorder or the reducer."""
        if sender == REDUCER:
            self._of_reducer(message)
        elif sender == RECORDER:
            self._of_recorder(message)
        else:
            self._of_worker(sender, message)

    def step(self) -> None:
        """Take in, hand out and say what is due."""
        now = self.clock()
        if not self._greeted:
            self._say(Kind.HELLO, now, GREET_SECONDS)
            return
        if self.interrupted:
            self.intake.finish(now)
        self._take_in(now)
        self._hand_out(now)
        self.recording.step(self.outbox)
        self.suspects.step(now, last=self.intake.exhausted)
        self._keep_within_bounds(now)
        self._tell(now)

    @property
    def hungry(self) -> bool:
        """Whether trains that arrive now would be taken; nobody needs to wake up for others."""
        if not self._greeted or not self.intake.wants:
            return False
        return not self.intake.waits or (not len(self.intake.arrivals) and any(self.handing.crew.free()))

    def stop(self) -> None:
        """Read no further; what came in is still brought to its end."""
        self.interrupted = True

    # What others say

    def _of_reducer(self, message: Message) -> None:
        match message.kind:
            case Kind.READY:
                self._greeted = False
            case Kind.STANDING if message.info.get("of") == self.incarnation:
                self._stand(message)
            case Kind.APPLIED if message.incarnation == self.incarnation:
                if (entry := self.ledger.open.get(message.sequence)) is not None:
                    self.ledger.applied(entry)
            case Kind.REJECTED if message.incarnation == self.incarnation:
                self._condemn(message)
            case Kind.END:
                self.finished = True
            case Kind.REVISE:
                soonest, ended = self.newest_train + 1, self.intake.exhausted
                self.outbox.send(answer(message, self.revisions, soonest, ended), to=REDUCER)
            case _:
                log.debug("nothing to do with a message of the reducer", kind=message.kind)

    def _of_recorder(self, message: Message) -> None:
        if message.kind is Kind.READY:
            self.recording.hear(message)
        elif message.kind is Kind.RECORDED and message.incarnation == self.incarnation:
            self.recording.recorded(message.sequence)

    def _of_worker(self, name: bytes, message: Message) -> None:
        if message.kind is Kind.READY:
            entry = self.handing.hear(name, message, self.incarnation, self.clock())
            if entry is not None:
                self.suspects.died(entry)
        elif message.kind is Kind.REJECTED and message.incarnation == self.incarnation:
            self.errors[name.decode(errors="replace")] = str(message.info.get("reason", ""))
            self.handing.refused(name, message.sequence)
            self._condemn(message)

    def _condemn(self, message: Message) -> None:
        entry = self.ledger.open.get(message.sequence)
        if entry is not None:
            self.suspects.condemn(entry, str(message.info.get("reason", "")))

    def _stand(self, message: Message) -> None:
        """Bring all in line with the state of the reducer."""
        lost = self.standing.hear(message, self.clock())
        self.finished = bool(message.info.get("finished", False))
        self.revisions.learn(revisions_of(message))
        seen = ranges.set_of(message, "seen")
        if not self._begun:
            self.before = facts_of(message)
        if not self._begun or not (self.source.repeatable or ranges.covers(self.intake.arrivals.known, seen)):
            self._learn(seen)
        self._begun = True
        if lost.size and self.source.repeatable:
            raise LineError(f"{ranges.count(lost)} trains went with the state: the source is read again")
        self.lost += ranges.count(lost)
        self._greeted = True

    def _learn(self, seen: U8) -> None:
        """Go on where an earlier incarnation was; what it had handed out of a live source may be done later."""
        self.source.skip(seen, self.before.newest_train or -1)
        others = ranges.difference(seen, self.intake.arrivals.known)
        self.earlier = ranges.union(self.earlier, others)
        self.ledger.forgotten = ranges.union(self.ledger.forgotten, others)
        self.intake.arrivals.known = ranges.union(self.intake.arrivals.known, others)
        self.newest_train = max(self.newest_train, int(seen[-1, 1]) if seen.size else -1)

    # Trains

    def _take_in(self, now: float) -> None:
        dropped = self.intake.flow(now)
        if dropped.size:
            like = Message(kind=Kind.LEFT_OUT, incarnation=self.incarnation, run=self.source.run)
            self.suspects.leave_out(dropped, "dropped", OVERLOAD, like)

    def _hand_out(self, now: float) -> None:
        self.handing.overdue(now)
        while (choice := self.handing.next()) is not None:
            name, entry = choice
            entry = entry or self._fresh(now)
            if entry is None:
                return
            if not self.handing.give(name, entry, now):
                log.error("a worker does not take the batch that it asked for", worker=name.decode(errors="replace"))

    def _fresh(self, now: float) -> Entry | None:
        """Begin the next batch; None where there is nothing, or no room to keep it."""
        if self.ledger.nbytes > self.intake.limits.kept_bytes:
            return None
        begun = self.intake.next(self.ledger.number, now)
        if begun is None:
            return None
        message, trains = begun
        self.newest_train = max(self.newest_train, message.trains[1])
        return self.ledger.add(message, trains)

    def _keep_within_bounds(self, now: float) -> None:
        """With too much that is not on disk: have it saved; where that fails, go on and say so."""
        if self.ledger.nbytes <= self.intake.limits.kept_bytes:
            return
        self._say(Kind.SAVE, now, GREET_SECONDS)
        for entry in self.ledger.in_stage(Stage.APPLIED) if self.standing.failed else ():
            if self.ledger.nbytes <= self.intake.limits.kept_bytes // 2:
                break
            self.waived += ranges.count(entry.trains)
            self.ledger.forget(entry)

    # What ingest says

    def _tell(self, now: float) -> None:
        """Say how it does, what is left out, and the end once everything is applied."""
        if now - self._said.get(Kind.LEFT_OUT, NEVER) >= TELL_SECONDS:
            self._said[Kind.LEFT_OUT] = now
            for entry in self.ledger.open.values():
                if entry.message.kind is Kind.LEFT_OUT:
                    self.outbox.send(entry.message, to=REDUCER)
        self._say(Kind.FACTS, now, TELL_SECONDS)
        writing = self.recording.goes_on(now)
        waiting = len(self.intake.arrivals) or self.ledger.open or self.suspects.unwritten
        if self.intake.exhausted and not (waiting or writing or self.finished):
            self._say(Kind.END, now, GREET_SECONDS)

    def _say(self, kind: Kind, now: float, again_s: float) -> None:
        """Send a statement to the reducer, unless it was sent just now."""
        if now - self._said.get(kind, NEVER) >= again_s and self.outbox.send(statement(self, kind), to=REDUCER):
            self._said[kind] = now

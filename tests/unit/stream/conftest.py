"""The line by hand: ingest, workers, reducer and inference with lists in place of sockets, and a death for each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei.records import Batch, Delta, Snapshot, Train
from onlinecei.setup import Setup
from onlinecei.stream.account import Account
from onlinecei.stream.inference import Inference
from onlinecei.stream.ingest import REDUCER, Aside, Ingest, Limits, Pace
from onlinecei.stream.reducer import Reducer
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.snapshots import restored, snapshot_of
from onlinecei.stream.sources import ListSource
from onlinecei.stream.wire import Kind, Message, decode, encode
from onlinecei.stream.worker import Worker

TICK = 0.05
"""Seconds of a turn."""


@dataclass
class FakeOutbox:
    """Keeps what was sent, through the encoding that a socket would see."""

    sent: list[tuple[bytes, Message]] = field(default_factory=list)

    def send(self, message: Message, to: bytes = b"") -> bool:
        self.sent.append((to, decode([bytes(frame) for frame in encode(message)])))
        return True

    def take(self) -> list[tuple[bytes, Message]]:
        taken, self.sent = self.sent, []
        return taken

    def of(self, kind: Kind) -> list[Message]:
        return [message for _, message in self.sent if message.kind is kind]


@dataclass
class FakeDisk:
    """Keeps the last two states; `full` makes it refuse."""

    files: list[list[bytes]] = field(default_factory=list)
    full: bool = False
    ended: str | None = None

    def begin(self, make: Callable[[], Message]) -> None:
        frames = [bytes(frame) for frame in encode(make())]
        self.ended = "the disk is full" if self.full else ""
        if not self.full:
            self.files = [*self.files[-1:], frames]

    def done(self) -> str | None:
        return self.ended


@dataclass
class Clock:
    now: float = 1234.567

    def __call__(self) -> float:
        return self.now


@dataclass
class FakeLine:
    """All parts of a line and the mail between them; `turn` delivers what waits, in an order drawn at random."""

    setup: Setup
    setup_text: str
    batches: list[Batch]
    workers: int = 1
    trains_per_second: float | None = None
    rejected: Mapping[str, int] = field(default_factory=dict)
    twice: bool = False
    planned: tuple[tuple[int, str], ...] = ()
    repeatable: bool = True
    folder: Path = Path("nowhere")
    limits: Limits = field(default_factory=lambda: Limits(hits_per_batch=1))
    """One hit is enough for a batch, so that none are joined."""
    clock: Clock = field(default_factory=Clock)
    disk: FakeDisk = field(default_factory=FakeDisk)
    lives: int = 0
    """Incarnations so far."""

    def __post_init__(self) -> None:
        self.from_ingest, self.to_readers, self.from_reducer = FakeOutbox(), FakeOutbox(), FakeOutbox()
        self.from_inference, self.deltas = FakeOutbox(), FakeOutbox()
        self.inference = Inference(self.from_inference)
        self.source = self.new_source()
        self.new_ingest()
        self.new_reducer()
        self.asked = {f"worker-{k}".encode(): FakeOutbox() for k in range(self.workers)}
        self.team: dict[bytes, Worker] = {}
        for name in self.asked:
            self.new_worker(name)
        self.sent: list[int] = []
        self.random = np.random.default_rng(3)

    def life(self) -> int:
        self.lives += 1
        return self.lives

    def new_source(self) -> ListSource:
        return ListSource(self.batches, "water.h5", self.rejected, self.repeatable)

    def new_ingest(self) -> None:
        if self.repeatable:
            self.source = self.new_source()
        self.from_ingest.take()
        self.ingest = Ingest(
            self.source, self.from_ingest, self.life(), Pace(self.trains_per_second, self.clock),
            Revisions(self.setup_text, self.planned), Aside(self.folder), self.limits, clock=self.clock,
        )  # fmt: skip

    def new_reducer(self) -> None:
        """A reducer that finds what the disk holds."""
        account, version = Account.of(Revisions(self.setup_text).of(0)), 0
        if self.disk.files:
            saved = decode(self.disk.files[-1])
            account, version = restored(saved), saved.sequence + 1000
        self.from_reducer.take()
        self.reducer = Reducer(
            account, self.from_reducer, self.to_readers, self.disk, self.life(), version, clock=self.clock
        )

    def new_worker(self, name: bytes) -> None:
        self.asked[name].take()
        self.team[name] = Worker(self.asked[name], self.deltas, self.life(), clock=self.clock)

    def start(self) -> None:
        """Up to where batches may be handed out."""
        for name in self.team:
            self.work(name)
        self.reducer.step()
        self.letters()
        self.ingest.step()
        self.letters()

    def letters(self) -> None:
        """Bring what the reducer and ingest say to each other."""
        for _ in range(3):
            mine = [each for each in self.from_ingest.sent if each[0] == REDUCER]
            self.from_ingest.sent = [each for each in self.from_ingest.sent if each[0] != REDUCER]
            for _, message in mine:
                self.reducer.hear(message)
            for _, message in self.from_reducer.take():
                self.ingest.handle(REDUCER, message)

    def collect(self) -> None:
        """Bring the statements of the workers to ingest, and let it send."""
        for name, box in self.asked.items():
            for _, message in box.take():
                self.ingest.handle(name, message)
        self.ingest.step()

    def work(self, name: bytes) -> None:
        """Let a worker do all that it has."""
        while self.team[name].step():
            pass

    def turn(self) -> None:
        self.letters()
        self.collect()
        self.letters()
        for to, message in self.from_ingest.take():
            self.sent.append(message.sequence)
            self.team[to].take(message)
        for name in self.team:
            self.work(name)
        mail = self.deltas.take() * (2 if self.twice else 1)
        for k in self.random.permutation(len(mail)):
            self.reducer.take(b"", mail[k][1])
        self.reducer.step()
        self.clock.now += TICK

    def finish(self, turns: int = 1000) -> Delta:
        for _ in range(turns):
            self.turn()
            if self.ingest.finished:
                return self.reducer.account.total
        raise AssertionError("the line does not come to its end")

    def answer(self) -> tuple[bytes, Message]:
        """What a reader is told that wanted another setup."""
        for _ in range(5):
            self.letters()
            self.reducer.step()
        (found,) = (each for each in self.to_readers.take() if each[1].kind is not Kind.SNAPSHOT)
        return found

    def snapshot(self, reader: bytes = b"me") -> Snapshot | None:
        for to, message in self.to_readers.take():
            if to == reader and message.kind is Kind.SNAPSHOT:
                return snapshot_of(message)
        return None

    def ask(self, since: int = -1, geometry: int = -1, reader: bytes = b"me") -> Snapshot | None:
        self.reducer.ask(reader, Message(kind=Kind.ASK, info={"since": since, "geometry": geometry}))
        self.reducer.step()
        return self.snapshot(reader)


@pytest.fixture
def batches(water_trains: list[Train]) -> list[Batch]:
    return [Batch.of(water_trains[k : k + 2]) for k in range(0, 12, 2)]


@pytest.fixture
def make_line(water: Setup, water_text: str, batches: list[Batch]) -> Callable[..., FakeLine]:
    def make(own: list[Batch] | None = None, **options: Any) -> FakeLine:
        return FakeLine(water, water_text, batches if own is None else own, **options)

    return make


@pytest.fixture
def line(make_line: Callable[..., FakeLine]) -> FakeLine:
    return make_line()

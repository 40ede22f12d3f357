"""Twenty-five thousand hostile messages for what ingest, reducer and worker do with a message that could be read.

Here they come under the names of those that are heard. Sums that are wrong in themselves cannot be told from right
ones; whatever else comes, nothing but a `WireError` is raised, which counts the message, and the next good train is
analysed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import LineError, WireError
from onlinecei.records import Batch
from onlinecei.stream.account import Account
from onlinecei.stream.ingest import REDUCER, Aside, Ingest, Limits, Pace
from onlinecei.stream.reducer import Reducer
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.sources import ListSource
from onlinecei.stream.wire import Kind, Message, batch_of, decode, encode
from onlinecei.stream.worker import Worker

Frames = list[bytes]
Spoil = Callable[[int], Iterator[Frames]]
MESSAGES = 5000
"""For each test."""
OWN = 11


@dataclass
class Outbox:
    """Takes everything that can be sent, and keeps little."""

    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message, to: bytes = b"") -> bool:  # noqa: ARG002
        encode(message)
        self.sent = [*self.sent[-50:], message]
        return True


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        self.now += 0.01
        return self.now


def readable(hostile: Spoil, seed: int, number: int) -> Iterator[tuple[Frames, Message]]:
    """Give messages that get past the door."""
    found = 0
    for frames in hostile(seed):
        try:
            message = decode(frames)
        except WireError:
            continue
        yield frames, message
        found += 1
        if found == number:
            return


def survive(action: Callable[[], object], frames: Frames, blame: Callable[[Frames], None]) -> bool:
    """Do something with a message; False where it was refused."""
    try:
        action()
    except WireError:
        return False
    except Exception:
        blame(frames)
        raise
    return True


@pytest.fixture
def batch(good: dict[Kind, Frames]) -> Batch:
    return batch_of(decode(good[Kind.BATCH]))


@pytest.mark.parametrize("names", [(b"worker-0", b"inference"), (REDUCER,)])
def test_the_reducer_takes_whatever_comes(
    names: tuple[bytes, ...], hostile: Spoil, good: dict[Kind, Frames], setup_text: str, blame: Callable[[Frames], None]
) -> None:
    ingest, readers = Outbox(), Outbox()
    reducer = Reducer(Account.of(Revisions(setup_text).of(0)), ingest, readers, clock=Clock())
    reducer.hear(decode(good[Kind.HELLO]))
    taken = 0
    for number, (frames, message) in enumerate(readable(hostile, 21 if names == (REDUCER,) else 25, MESSAGES)):
        if names == (REDUCER,):
            taken += survive(lambda message=message: reducer.hear(message), frames, blame)
        else:
            name = names[number % 2]
            taken += survive(lambda message=message, name=name: reducer.take(name, message), frames, blame)
        survive(reducer.step, frames, blame)
    assert taken > MESSAGES // 5
    reducer.ask(b"me", decode(good[Kind.ASK]))
    reducer.ask(b"me", decode(good[Kind.ASK]))
    for _ in range(10):
        reducer.step()
    assert any(message.kind in {Kind.SNAPSHOT, Kind.FACTS} for message in readers.sent)


def test_the_reducer_answers_whatever_is_asked(
    hostile: Spoil, good: dict[Kind, Frames], setup_text: str, blame: Callable[[Frames], None]
) -> None:
    readers = Outbox()
    reducer = Reducer(Account.of(Revisions(setup_text).of(0)), Outbox(), readers, clock=Clock())
    reducer.hear(decode(good[Kind.HELLO]))
    for number, (frames, message) in enumerate(readable(hostile, 22, MESSAGES)):
        name = f"reader-{number % 100}".encode()
        survive(lambda message=message, name=name: reducer.ask(name, message), frames, blame)
        survive(reducer.step, frames, blame)
    assert np.array_equal(reducer.account.total.values, Account.of(Revisions(setup_text).of(0)).total.values)
    reducer.ask(b"me", decode(good[Kind.ASK]))
    reducer.step()
    assert any(message.kind is Kind.SNAPSHOT for message in readers.sent)


def test_ingest_takes_whatever_comes(
    hostile: Spoil, setup_text: str, batch: Batch, tmp_path: Path, blame: Callable[[Frames], None]
) -> None:
    outbox = Outbox()
    ingest = Ingest(
        ListSource([batch] * 3, "water.h5"), outbox, OWN, Pace(None), Revisions(setup_text), Aside(tmp_path),
        Limits(hits_per_batch=1), clock=Clock(),
    )  # fmt: skip
    names = (b"worker-0", b"worker-1", b"recorder", REDUCER)
    taken = 0
    for number, (frames, message) in enumerate(readable(hostile, 23, MESSAGES)):
        name = names[number % 4]
        try:
            taken += survive(lambda message=message, name=name: ingest.handle(name, message), frames, lambda _: None)
            survive(ingest.step, frames, blame)
        except LineError:  # a state that is gone, said under the name of the reducer: the source is read again
            continue
    assert taken > MESSAGES // 5


def test_a_worker_takes_whatever_comes_and_analyses_the_next_good_batch(
    hostile: Spoil, good: dict[Kind, Frames], blame: Callable[[Frames], None]
) -> None:
    ingest, reducer = Outbox(), Outbox()
    worker = Worker(ingest, reducer, 5, clock=Clock())
    for frames, message in readable(hostile, 24, MESSAGES):
        survive(lambda message=message: worker.take(message), frames, blame)
        while survive(worker.step, frames, blame) and worker.step():
            pass
    reducer.sent = []
    worker.take(decode(good[Kind.BATCH]))
    while worker.step():
        pass
    (delta,) = reducer.sent
    assert (delta.kind, delta.sequence) == (Kind.DELTA, 3)

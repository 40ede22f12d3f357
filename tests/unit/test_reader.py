"""A reader and a reducer that speak over a real socket, without the processes around."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import zmq

from onlinecei.records import Snapshot
from onlinecei.stream.account import Account
from onlinecei.stream.ports import End, Port, Ports
from onlinecei.stream.reader import ASK_AGAIN_SECONDS, Reader
from onlinecei.stream.reducer import Reducer
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.wire import Kind, Message, encode

DEADLINE_S = 60.0


class Nobody:
    def send(self, message: Message, to: bytes = b"") -> bool:  # noqa: ARG002
        return True


@dataclass
class Publisher:
    """A reducer that only answers readers."""

    reducer: Reducer
    ports: Ports

    @property
    def door(self) -> Port:
        return self.ports["readers"]

    def turn(self) -> None:
        self.ports.wait(5)
        self.door.deliver(self.reducer.ask)
        self.reducer.step()

    def publish(self) -> int:
        """Make a version; returns its number."""
        before = self.reducer.version
        self.reducer._changed = True
        deadline = time.monotonic() + DEADLINE_S
        while self.reducer.version == before and time.monotonic() < deadline:
            self.turn()
        return self.reducer.version

    def serve(self, reader: Reader) -> Snapshot | None:
        """Turn until the reader has a version, or the line told it that there is none."""
        deadline = time.monotonic() + DEADLINE_S
        reader.facts = None  # type: ignore[assignment]
        while time.monotonic() < deadline:
            self.turn()
            if snapshot := reader.poll(5):
                return snapshot
            if reader.facts is not None:
                return None
        raise AssertionError("the reader hears nothing")


@pytest.fixture
def publisher(tmp_path: Path, water_text: str) -> Iterator[Publisher]:
    with Ports(readers=End(f"ipc://{tmp_path}/readers", bind=True, waiting=2)) as ports:
        yield Publisher(Reducer(Account.of(Revisions(water_text).of(0)), Nobody(), ports["readers"]), ports)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(f"ipc://{tmp_path}/readers")
    yield reader
    reader.close()


def test_a_reader_gets_what_is_newer(publisher: Publisher, reader: Reader) -> None:
    for _ in range(3):
        version = publisher.publish()
        snapshot = publisher.serve(reader)
        assert snapshot is not None
        assert snapshot.state.version == version


def test_a_reader_hears_that_the_line_is_alive_though_nothing_is_newer(publisher: Publisher, reader: Reader) -> None:
    publisher.publish()
    assert publisher.serve(reader) is not None
    assert publisher.serve(reader) is None
    assert reader.silent_s < ASK_AGAIN_SECONDS


def test_silence_is_noticed(reader: Reader) -> None:
    before = reader.silent_s
    assert reader.poll(10) is None
    assert reader.silent_s > before


def test_a_line_that_begins_anew_is_read_on(publisher: Publisher, reader: Reader) -> None:
    publisher.reducer.version = 1000
    publisher.publish()
    assert publisher.serve(reader) is not None
    publisher.reducer.version = 0
    version = publisher.publish()
    snapshot = publisher.serve(reader)
    assert snapshot is not None
    assert snapshot.state.version == version


def test_a_reader_that_rests_asks_no_sooner(publisher: Publisher, tmp_path: Path) -> None:
    resting = Reader(f"ipc://{tmp_path}/readers", rest_s=3600.0)
    publisher.publish()
    assert publisher.serve(resting) is not None
    publisher.publish()
    for _ in range(5):
        publisher.turn()
        assert resting.poll(5) is None
    resting.close()


def test_nonsense_from_a_line_is_counted_and_survived(publisher: Publisher, reader: Reader) -> None:
    senders: list[bytes] = []
    reader.poll(0)
    deadline = time.monotonic() + DEADLINE_S
    while not senders and time.monotonic() < deadline:
        publisher.ports.wait(5)
        senders = [sender for sender, _ in publisher.door.receive()]
    (sender,) = senders
    bad = [encode(Message(kind=kind)) for kind in Kind if kind is not Kind.FACTS]
    for number, frames in enumerate([*bad, [b"x", b"y"]], start=1):
        while not publisher.door.send_frames(frames, to=sender) and time.monotonic() < deadline:
            publisher.ports.wait(1)  # what was read before is not known yet
        while reader.rejected < number and time.monotonic() < deadline:
            reader.poll(5)
    assert reader.rejected == len(Kind)
    publisher.publish()
    assert publisher.serve(reader) is not None


def test_one_that_never_reads_takes_two_versions_and_holds_up_nobody(
    publisher: Publisher, reader: Reader, tmp_path: Path
) -> None:
    with zmq.Context() as context, context.socket(zmq.DEALER) as asleep:
        asleep.setsockopt(zmq.RCVHWM, 1)
        asleep.setsockopt(zmq.LINGER, 0)
        asleep.connect(f"ipc://{tmp_path}/readers")
        sent = []
        door_send = publisher.door.send

        def count(message: Message, to: bytes = b"") -> bool:
            sent.append(door_send(message, to))
            return sent[-1]

        publisher.reducer.readers.send = count  # type: ignore[method-assign]
        for _ in range(30):
            asleep.send_multipart(encode(Message(kind=Kind.ASK)))
            publisher.publish()
            assert publisher.serve(reader) is not None
    assert not all(sent), "what it does not read is not kept for it"

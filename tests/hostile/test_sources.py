"""Spoilt messages on the sockets that trains come in by, with good trains between them: these come out as they were."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest
import zmq
from spoiling import Frames, Hostile

from onlinecei.errors import WireError
from onlinecei.records import Batch, Train
from onlinecei.setup import SourceSection
from onlinecei.stream.sources.facility import SocketSource
from onlinecei.stream.sources.karabo import BridgeSource
from onlinecei.stream.wire import Kind, decode

MESSAGES = 5000
"""For each kind of socket."""
FIRST_GOOD = 10_000_000_000
"""Trains that no spoilt message is about."""
EVERY = 40
"""Messages from one good train to the next."""
GROWTH = 32e6
"""Bytes that the process may grow by over nine tenths of the messages; allocators keep some of what they had."""
PATIENCE_S = 60.0
COLUMNS = ("pulse_id", "delay_fs", "energy_uj", "first_hit", "x_mm", "y_mm", "t_ns")


class Source(Protocol):
    def poll(self) -> Batch | None: ...


class Server:
    """Whoever sits at the other end of a source, and sends frames as they are."""

    def __init__(self, kind: int, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket, self._kind, self._asker = self._context.socket(kind), kind, b""
        for option in (zmq.SNDHWM, zmq.RCVHWM):
            self._socket.setsockopt(option, 16)
        if kind == zmq.ROUTER:
            self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)
        self._socket.bind(endpoint)

    def give(self, frames: Frames) -> bool:
        """Send a message; False where nobody takes one now."""
        if self._kind != zmq.PUSH:
            self._hear()
        try:
            address = [self._asker] if self._kind == zmq.ROUTER else []
            self._socket.send_multipart([*address, *(frames or [b""])], zmq.NOBLOCK)
        except zmq.ZMQError as error:
            if error.errno not in {zmq.EAGAIN, zmq.EFSM, zmq.EHOSTUNREACH}:
                raise
            return False
        return True

    def _hear(self) -> None:
        """Take what was asked: the only word of a bridge, or READY."""
        while self._socket.poll(0):
            self._asker = self._socket.recv_multipart()[0]

    def close(self) -> None:
        self._context.destroy(linger=0)


class Sink:
    """Takes what a source gives; keeps the good trains."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.good: dict[int, Train] = {}
        self.others = 0

    def turn(self) -> None:
        batch = self._source.poll()
        for train in [] if batch is None else batch.trains():
            if train.train_id >= FIRST_GOOD and train.train_id < FIRST_GOOD + MESSAGES:
                assert train.train_id not in self.good
                self.good[train.train_id] = train
            else:
                self.others += 1


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def until(condition: Callable[[], bool], act: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE_S:g} s"
        act()


def pelt(server: Server, sink: Sink, messages: Iterator[Frames], good: Callable[[Train], Frames], train: Train) -> None:
    """Send messages with good trains between them, until all of these have come, as they were sent."""
    sent: dict[int, Train] = {}
    before = 0
    for number, frames in enumerate(islice(messages, MESSAGES)):
        until(lambda frames=frames: server.give(frames), sink.turn)
        if number % EVERY == 0:
            own = replace(train, train_id=FIRST_GOOD + number, t_ns=train.t_ns + np.float32(number))
            until(lambda own=own: server.give(good(own)), sink.turn)
            sent[own.train_id] = own
        if number == MESSAGES // 10:
            before = resident()
    until(lambda: len(sink.good) == len(sent), sink.turn)
    assert resident() - before < GROWTH
    assert sink.others > 1, "spoilt ones that could be read came out too"
    for train_id, own in sent.items():
        for name in COLUMNS:
            assert np.array_equal(getattr(sink.good[train_id], name), getattr(own, name), equal_nan=True), name


@pytest.mark.parametrize(("socket", "theirs"), [("PULL", zmq.PUSH), ("REQ", zmq.REP)])
def test_good_trains_come_out_of_a_bridge_that_sends_anything(
    socket: str,
    theirs: int,
    tmp_path: Path,
    section_of: Callable[..., SourceSection],
    train: Train,
    as_bridge: Callable[[Train], Frames],
    hostile_to_sources: dict[str, Hostile],
) -> None:
    endpoint = f"ipc://{tmp_path}/bridge"
    with (
        closing(Server(theirs, endpoint)) as server,
        closing(BridgeSource(section_of(socket=socket), [endpoint])) as source,
    ):
        pelt(server, Sink(source), hostile_to_sources["bridge"](31 + theirs), as_bridge, train)
        assert source.counts["unreadable"] > MESSAGES // 4


def ends(frames: Frames) -> bool:
    """Tell whether a message is the word that nothing more comes, which the server may rightly say."""
    try:
        return decode(frames).kind is Kind.END
    except WireError:
        return False


def test_good_trains_come_out_of_a_program_that_sends_anything(
    tmp_path: Path, train: Train, as_batch: Callable[[Train], Frames], hostile_to_sources: dict[str, Hostile]
) -> None:
    endpoint = f"ipc://{tmp_path}/server"

    with closing(Server(zmq.ROUTER, endpoint)) as server, closing(SocketSource(endpoint)) as source:
        messages = (frames for frames in hostile_to_sources["wire"](33) if not ends(frames))
        pelt(server, Sink(source), messages, as_batch, train)
        assert source._port.rejected > MESSAGES // 4
        assert not source.ended

"""A line of real processes among strangers: whatever they send, it goes on, takes no more memory, and counts right."""

import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import zmq

from onlinecei.analysis import analyse_all
from onlinecei.bench.stopped_reader import stopped_readers
from onlinecei.errors import WireError
from onlinecei.files.run import open_run
from onlinecei.records import Batch, Delta, Snapshot
from onlinecei.setup import Setup
from onlinecei.stream.config import FileSource
from onlinecei.stream.keys import CLIENTS, LINES, KeyRing
from onlinecei.stream.line import Line
from onlinecei.stream.reader import Reader
from onlinecei.stream.wire import Kind, decode

Frames = list[bytes]
RUN = Path(__file__).parents[2] / "replay_data" / "water.h5"
PER_SECOND = 4.0
"""More than a minute of a run, so that there is time to disturb it; it is ended when that was done."""
PATIENCE_S = 60.0
MESSAGES = {"work": 15_000, "sums": 15_000, "readers": 8_000}
MOST_LATE_S = 0.5
"""Of half of all trains; a hundredth of it where the machine has nothing else to do."""
GROWTH = 64e6
"""Bytes that a process may grow by while it is sent ten times as much; allocators keep some of what they had."""
PELTED = {"ingest", "reducer", "worker-0"}
NOT_ZMTP = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x00" * 300,
    b"\xff" * 300,
    b"\x01\x00" + b"\xff" * 300,
    b"\xff" + b"\x00" * 8 + b"\x7f\x03",
)


@pytest.fixture(scope="module")
def setup_of_run() -> str:
    with open_run(RUN) as run:
        return run.setup_text


def undisturbed(last: Snapshot) -> Delta:
    """Analyse, in one process, the trains that a line has in its last version."""
    count = last.state.total.train_count
    with open_run(RUN) as run:
        trains = list(islice((train for batch in run.batches() for train in batch.trains()), count))
    return analyse_all([Batch.of(trains)], Setup.from_toml(last.setup_text))


def start(setup_text: str, **options: object) -> Line:
    pace = {"trains_per_second": PER_SECOND, "hits_per_batch": 4000}
    return Line(FileSource(path=RUN), setup_text, **{"workers": 1, **pace, **options})


@pytest.fixture
def line(setup_of_run: str) -> Iterator[Line]:
    with start(setup_of_run) as line:
        yield line


def residents(line: Line) -> dict[str, int]:
    """Bytes of memory that processes hold; asked until supervisord has time to name them."""
    pids = next(found for _ in range(60) if (found := line.pids()).keys() >= PELTED)
    return {name: int(Path(f"/proc/{pids[name]}/statm").read_text().split()[1]) * 4096 for name in PELTED}


def pelt(endpoint: str, messages: Iterator[Frames], stop: threading.Event, name: bytes = b"") -> int:
    """Send messages as fast as they are taken; gives how many were."""
    sent = 0
    with zmq.Context() as context, context.socket(zmq.DEALER) as raw:
        raw.setsockopt(zmq.LINGER, 0)
        raw.setsockopt(zmq.SNDHWM, 64)
        raw.setsockopt(zmq.RCVHWM, 1)
        if name:
            raw.setsockopt(zmq.IDENTITY, name)
        raw.connect(endpoint)
        for frames in messages:
            while not raw.poll(100, zmq.POLLOUT) or stop.is_set():
                if stop.is_set():
                    return sent
            raw.send_multipart(frames or [b""])
            sent += 1
    return sent


def babble(path: str) -> None:
    """Say what is not even ZeroMQ, from many connections that stay."""
    others = []
    for words in NOT_ZMTP * 20:
        other = socket.socket(socket.AF_UNIX)
        other.connect(path)
        other.sendall(words)
        others.append(other)
    for other in others:
        other.close()


def is_no_request(frames: Frames) -> bool:
    """Tell whether a message is anything but another setup for the line, which readers may rightly ask for."""
    try:
        return decode(frames).kind is not Kind.REVISE
    except WireError:
        return True


def until(line: Line, enough: Callable[[Snapshot], bool]) -> Snapshot:
    return next(each for each in line.snapshots() if enough(each))


def test_a_line_among_strangers_counts_right_and_does_not_grow(
    line: Line, hostile: Callable[[int], Iterator[Frames]]
) -> None:
    seeds = {name: seed for seed, name in enumerate(MESSAGES, start=10)}
    until(line, lambda each: each.state.total.train_count >= 8)
    before = residents(line)
    stop, sent = threading.Event(), {}

    def disturb(name: str) -> None:
        endpoint = f"ipc://{line.config.directory}/{name}"
        babble(endpoint.removeprefix("ipc://"))
        messages = filter(is_no_request, hostile(seeds[name]))
        sent[name] = pelt(endpoint, islice(messages, MESSAGES[name]), stop)

    strangers = [threading.Thread(target=disturb, args=(name,)) for name in MESSAGES]
    for stranger in strangers:
        stranger.start()
    try:
        pelted = until(line, lambda _: not any(stranger.is_alive() for stranger in strangers))
        until(line, lambda each: each.state.total.train_count >= pelted.state.total.train_count + 5)
    finally:
        stop.set()
    for stranger in strangers:
        stranger.join()
    after = residents(line)
    line.stop()
    last = list(line.snapshots())[-1]
    assert sent == MESSAGES, "strangers are not cut off: what they say is taken, and dropped"
    expected = undisturbed(last)
    assert np.array_equal(last.state.total.values, expected.values)
    assert np.array_equal(last.state.total.trains, expected.trains)
    assert {name: after[name] - before[name] for name in after if after[name] - before[name] > GROWTH} == {}


FLOOD = """
import sys, zmq
from onlinecei.stream.wire import Kind, Message, encode
raw = zmq.Context().socket(zmq.DEALER)
raw.setsockopt(zmq.RCVHWM, 1)
raw.connect(sys.argv[1])
question = [bytes(frame) for frame in encode(Message(kind=Kind.ASK, info={"since": -1, "events": 1}))]
print("ready", flush=True)
while True:
    ready = raw.poll(1000, zmq.POLLOUT | (zmq.POLLIN if sys.argv[2] == "reads" else 0))
    if ready & zmq.POLLIN:
        raw.recv_multipart(copy=False)
    if ready & zmq.POLLOUT:
        raw.send_multipart(question)
"""
"""A reader that asks for everything without end, and reads the answers or does not."""
FLOODS = ("reads", "does not")


@contextmanager
def floods_of(line: Line) -> Iterator[list[subprocess.Popen[str]]]:
    """Start those that ask without end, which wait for the line."""
    words = [[sys.executable, "-c", FLOOD, line.endpoint, how] for how in FLOODS]
    floods = [subprocess.Popen(each, stdout=subprocess.PIPE, text=True) for each in words]
    try:
        yield floods
    finally:
        for each in floods:
            each.kill()
            each.communicate()


def test_readers_that_sleep_and_readers_that_flood_hold_nothing_up(setup_of_run: str) -> None:
    with (
        start(setup_of_run, trains_per_second=25.0) as line,
        stopped_readers(line.endpoint, 2),
        floods_of(line) as floods,
    ):
        begun = until(line, lambda each: each.state.total.train_count >= 20)
        started, before = time.monotonic(), residents(line)["reducer"]
        versions = list(line.snapshots())
        seconds, after = time.monotonic() - started, residents(line)["reducer"]
        for each in floods:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
    last = versions[-1].state
    assert np.array_equal(last.total.values, undisturbed(versions[-1]).values)
    assert seconds < 1.5 * (last.total.train_count - begun.state.total.train_count) / 25.0 + 5, "the run keeps its pace"
    assert last.facts.latency_p50_s is not None
    assert last.facts.latency_p50_s < MOST_LATE_S, "versions keep up with the trains"
    assert len(versions) > seconds, "others go on reading"
    assert after - before < GROWTH


def first_of(reader: Reader, seconds: float) -> Snapshot | None:
    """Give the first version that a reader gets within a time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if snapshot := reader.poll(50):
            return snapshot
    return None


def told_to_prometheus(port: int, words: str) -> str:
    """Give what the line tells, once it holds some words: its process may be there later than the others."""
    deadline, told = time.monotonic() + PATIENCE_S, ""
    while words not in told and time.monotonic() < deadline:
        time.sleep(0.05)
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            told = answer.read().decode()
    return told


def test_a_running_line_is_seen_with_a_key_and_not_without(
    setup_of_run: str, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    own, anna, bob = (KeyRing(tmp_path / name) for name in ("line", "anna", "bob"))
    for ring in (own, anna, bob):
        ring.make(ring.directory.name)
    own.add(CLIENTS, "anna", anna.own().public.decode())
    for ring in (anna, bob):
        ring.add(LINES, "127.0.0.1", own.own().public.decode())
    door = f"tcp://127.0.0.1:{free_port()}"
    port = free_port()
    with start(setup_of_run, doors=(door,), keys=own.directory, metrics_port=port) as line:
        readers = [Reader(door), Reader(door, keys=bob.directory), Reader(door, keys=anna.directory)]
        until(line, lambda each: each.state.total.train_count > 0)
        nobody, stranger, friend = readers
        seen = first_of(friend, PATIENCE_S)
        assert seen is not None
        assert seen.run == RUN.name
        running = 'onlinecei_condition{onlinecei_condition="REPLAY"} 1.0'
        assert running in told_to_prometheus(port, running)
        assert first_of(nobody, 0.5) is None
        assert first_of(stranger, 0.5) is None
        for reader in readers:
            reader.close()

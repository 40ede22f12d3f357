"""Trains through a real Karabo bridge: the package's server on one end, its client or ours on the other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import Any, Literal

import karabo_bridge
import numpy as np
import pytest

from onlinecei.records import Train
from onlinecei.setup import Setup, SourceSection
from onlinecei.stream.serving import BridgeServer, with_source
from onlinecei.stream.serving.section import DELAY, HITS, PULSES, source_section
from onlinecei.stream.sources.karabo import BridgeSource

PATIENCE_S = 60.0
Socket = Literal["REQ", "SUB", "PULL"]
Protocol = Literal["2.2", "1.0"]


def section_of(water_text: str, endpoint: str, socket: str = "REQ", *, more: str = "", top: str = "") -> SourceSection:
    text = source_section(endpoint, socket, edges=False, further=frozenset())
    found = Setup.from_toml(with_source(water_text, text.replace("[source]\n", f"[source]\n{top}\n") + more)).source
    assert found is not None
    return found


def until(condition: Callable[[], bool], act: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, f"not within {PATIENCE_S:g} s"
        act()


class Sink:
    """Everything that a source has given."""

    def __init__(self, source: BridgeSource) -> None:
        self.source = source
        self.trains: list[Train] = []

    def turn(self) -> None:
        batch = self.source.poll()
        if batch is None:
            for socket in self.source.watched:
                socket.poll(5)  # type: ignore[union-attr]
        else:
            self.trains += batch.trains()

    @property
    def ids(self) -> list[int]:
        return [train.train_id for train in self.trains]


def same(ours: Train, theirs: Train) -> None:
    for name in ("pulse_id", "delay_fs", "energy_uj", "first_hit", "x_mm", "y_mm", "t_ns"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name), equal_nan=True), name
        assert getattr(ours, name).dtype == getattr(theirs, name).dtype, name
    assert ours.simulated == theirs.simulated


@pytest.fixture
def trains(water_trains: list[Train]) -> list[Train]:
    """With delays and energies, some of them unknown, of a simulation."""
    random = np.random.default_rng(1)
    made = []
    for train in water_trains:
        delay, energy = random.normal(size=50), random.gamma(4, size=50).astype(np.float32)
        delay[3], energy[5] = np.nan, np.nan
        made.append(Train(**{**as_fields(train), "delay_fs": delay, "energy_uj": energy, "simulated": True}))
    return made


def as_fields(train: Train) -> dict[str, Any]:
    return {name: getattr(train, name) for name in Train.__slots__}


@pytest.mark.parametrize("protocol", ["2.2", "1.0"])
@pytest.mark.parametrize("socket", ["REQ", "SUB", "PULL"])
def test_trains_arrive_bit_for_bit(socket: Socket, protocol: Protocol, water_text: str, trains: list[Train]) -> None:
    with BridgeServer("tcp://127.0.0.1:*", socket, protocol) as server:
        section = section_of(water_text, server.endpoint, socket)
        with closing(BridgeSource(section, section.endpoints)) as source:
            sink = Sink(source)
            source.poll()
            assert server.somebody_listens(20_000)

            def act() -> None:
                # a publisher waits for nobody: what is lost on the way is given again
                following = len(sink.trains) if socket == "SUB" else server.sent
                if following < len(trains):
                    server.give(trains[following], 0.01)
                sink.turn()

            until(lambda: len(sink.trains) == len(trains), act)
            assert sink.ids == [train.train_id for train in trains]
            for ours, theirs in zip(sink.trains, trains, strict=True):
                same(ours, theirs)


@pytest.mark.parametrize("protocol", ["2.2", "1.0"])
@pytest.mark.parametrize("socket", ["REQ", "SUB", "PULL"])
def test_the_client_of_the_package_understands_what_we_serve(
    socket: Socket, protocol: Protocol, trains: list[Train]
) -> None:
    with (
        BridgeServer("tcp://127.0.0.1:*", socket, protocol) as server,
        karabo_bridge.Client(server.endpoint, sock=socket, timeout=PATIENCE_S) as client,
    ):
        assert server.somebody_listens(1000 * int(PATIENCE_S))
        with ThreadPoolExecutor(1) as thread:
            answer = thread.submit(client.next)
            while not answer.done():  # a publisher waits for nobody: what is lost on the way is given again
                server.give(trains[3], 0.1)
        data, meta = answer.result()
    assert meta[HITS]["timestamp.tid"] == 3
    assert np.array_equal(data[HITS]["data.x"], trains[3].x_mm, equal_nan=True)
    assert data[HITS]["data.count"].sum() == trains[3].t_ns.size
    assert np.array_equal(data[DELAY]["data.delay"], trains[3].delay_fs, equal_nan=True)
    assert np.array_equal(data[PULSES]["data.pulseId"], trains[3].pulse_id)


def len_above(sink: Sink, number: int) -> bool:
    return len(sink.trains) > number


def renewed_above(source: BridgeSource, number: int) -> bool:
    return source.renewed > number


@pytest.fixture
def endpoint() -> str:
    """An address that is free, and can be had again and again."""
    with BridgeServer("tcp://127.0.0.1:*") as server:
        return server.endpoint


FACILITY = """
import os, sys, time
import numpy as np
from karabo_bridge import ServerInThread

def serve(endpoint, kind):
    train_id = 0
    with ServerInThread(endpoint, kind, maxlen=1) as server:
        while True:
            train_id = max(train_id + 1, int(100 * time.time()))  # as at a facility: it goes on while nobody serves
            data = {"H": {"x": np.zeros(2), "y": np.zeros(2), "t": np.ones(2), "n": np.array([2, 0])}}
            server.feed(data, {"H": {"timestamp.tid": train_id}})
            time.sleep(max((train_id + 1) / 100 - time.time(), 0))

for wanted in sys.stdin:
    if (child := os.fork()) == 0:
        serve(*wanted.split())
    print(child, flush=True)
    os.waitpid(child, 0)
"""
"""Makes servers, one after another, that live until they are killed; what they need is loaded once."""
PLAIN = """[source]
timeout_s = 0.15
socket = "{socket}"
[source.hits]
source = "H"
x_key = "x"
y_key = "y"
t_key = "t"
divided = "count"
division_key = "n"
"""


@pytest.fixture(scope="module")
def facility() -> Iterator[Callable[[str, str], int]]:
    """Start a server at an address; gives its process number."""
    words = [sys.executable, "-c", FACILITY]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:

        def start(endpoint: str, kind: str) -> int:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(f"{endpoint} {kind}\n")
            return int(process.stdout.readline())

        yield start


@pytest.mark.parametrize(("socket", "theirs"), [("REQ", "REP"), ("SUB", "PUB"), ("PULL", "PUSH")])
def test_a_server_that_is_killed_ten_times_is_found_again_and_its_gaps_are_counted(
    socket: Socket, theirs: str, facility: Callable[[str, str], int], endpoint: str, water_text: str
) -> None:
    section = Setup.from_toml(water_text + PLAIN.format(socket=socket)).source
    assert section is not None
    with closing(BridgeSource(section, [endpoint])) as source:
        sink = Sink(source)
        for _life in range(10):
            before = len(sink.trains)
            server = facility(endpoint, theirs)
            try:
                until(partial(len_above, sink, before + 2), sink.turn)
            finally:
                os.kill(server, signal.SIGKILL)
            until(partial(renewed_above, source, source.renewed), sink.turn)
        assert sink.ids == sorted(set(sink.ids))
        missing = np.diff(sink.ids) - 1
        assert np.count_nonzero(missing) >= 9  # however quick the machine is, nothing comes between two lives
        assert source.counts == {"gap in the source": missing.sum()}


def test_partners_on_other_bridges_are_joined_by_train(water_text: str, trains: list[Train]) -> None:
    """Delays come from a bridge of their own, with every third train missing."""
    with (
        BridgeServer("tcp://127.0.0.1:*") as hits,
        karabo_bridge.ServerInThread("tcp://127.0.0.1:*", dummy_timestamps=True) as motor,
    ):
        own = '[source.delay]\nsource = "MOTOR"\nkey = "position"\nfs_per_unit = 2.0\nzero = 1.5\n'
        text = source_section(hits.endpoint, "REQ", edges=False, further=frozenset()).partition("[source.delay]")[0]
        top = f'[source]\ndeadline_s = 1.0\nendpoints = ["{hits.endpoint}", "{motor.endpoint}"]'
        text = top + text[text.index("\nsocket") :] + own
        section = Setup.from_toml(with_source(water_text, text)).source
        assert section is not None
        now = 100.0
        with closing(BridgeSource(section, section.endpoints, clock=lambda: now)) as source:
            sink, left = Sink(source), iter(trains)

            def act() -> None:
                train = next(left, None)
                if train is not None:
                    hits.give(train, 1.0)
                    if train.train_id % 3:
                        meta = {"MOTOR": {"timestamp.tid": train.train_id}}
                        motor.feed({"MOTOR": {"position": float(train.train_id)}}, meta)
                sink.turn()

            waiting, delays = source._arrivals._waiting, source._arrivals._partners["delay"]
            until(lambda: (len(waiting), len(delays._trains)) == (12, 8), act)
            assert sink.ids == [], "the first has none, and is waited for"
            now += 1.0
            sink.turn()
            assert source.waited_s == 1.0
    assert sink.ids == [train.train_id for train in trains]
    for train in sink.trains:
        expected = (train.train_id - 1.5) * 2 if train.train_id % 3 else np.nan
        assert np.array_equal(train.delay_fs, np.full(50, expected), equal_nan=True)
    assert source.counts == {"no delay from MOTOR, analysed without": 4}


def test_at_the_end_trains_that_wait_for_partners_are_given_as_they_are(water_text: str, trains: list[Train]) -> None:
    with BridgeServer("tcp://127.0.0.1:*") as server:
        own = '[source.delay]\nsource = "MOTOR"\nkey = "position"\n'
        text = source_section(server.endpoint, "REQ", edges=False, further=frozenset()).partition("[source.delay]")[0]
        text = text.replace("[source]\n", "[source]\ndeadline_s = 600.0\n") + own
        section = Setup.from_toml(with_source(water_text, text)).source
        assert section is not None
        with closing(BridgeSource(section, section.endpoints)) as source:
            sink = Sink(source)
            for train in trains[:3]:
                server.give(train, 1.0)
            until(lambda: len(source._arrivals._waiting) == 3, sink.turn)
            assert sink.ids == []
            rest = source.rest()
            assert rest is not None
            assert rest.train_id.tolist() == [train.train_id for train in trains[:3]]
            assert source.rest() is None
    assert source.counts == {"no delay from MOTOR, analysed without": 3}


def test_trains_that_are_left_out_at_the_end_are_given_apart(water_text: str, trains: list[Train]) -> None:
    with BridgeServer("tcp://127.0.0.1:*") as server:
        own = '[source.delay]\nsource = "MOTOR"\nkey = "position"\n'
        text = source_section(server.endpoint, "REQ", edges=False, further=frozenset()).partition("[source.delay]")[0]
        text = text.replace("[source]\n", '[source]\ndeadline_s = 600.0\nneeded = ["delay"]\n') + own
        section = Setup.from_toml(with_source(water_text, text)).source
        assert section is not None
        with closing(BridgeSource(section, section.endpoints)) as source:
            sink = Sink(source)
            for train in trains[:3]:
                server.give(train, 1.0)
            until(lambda: len(source._arrivals._waiting) == 3, sink.turn)
            assert source.left_out == []
            assert source.rest() is None
            ((batch, reason),) = source.left_out
            assert reason == "no delay from MOTOR, left out"
            for ours, theirs in zip(batch.trains(), trains, strict=False):
                same(ours, Train(**{**as_fields(theirs), "delay_fs": np.full(50, np.nan)}))
            assert batch.train_id.size == 3
            assert source.rest() is None
            assert source.left_out == []
    assert source.counts == {"no delay from MOTOR, left out": 3}


def test_nothing_waits_where_nobody_answers(endpoint: str, water_text: str) -> None:
    section = section_of(water_text, endpoint, "REQ", top="timeout_s = 0.1")
    with closing(BridgeSource(section, section.endpoints)) as source:
        times = []

        def act() -> None:
            began = time.monotonic()
            assert source.poll() is None
            times.append(time.monotonic() - began)
            source.watched[0].poll(5)  # type: ignore[union-attr]

        until(lambda: source.renewed >= 5, act)
    assert np.median(times) < 0.05, "it waits for no time-out; other work on the machine may hold it up now and then"

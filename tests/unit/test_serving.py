"""Playing a run: when each train is due, what is lost, and the setup that fits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from onlinecei.errors import LineError, SetupError
from onlinecei.files.run import open_run
from onlinecei.records import Train
from onlinecei.setup import Setup
from onlinecei.stream.serving import BridgeServer, Pace, play, played, shift_of_now, with_source
from onlinecei.stream.serving.section import source_section, wire_section


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Takes trains as long as there is room."""

    def __init__(self, clock: Clock, room: int = 10**9, comes_after: int = 0) -> None:
        self.clock, self.room, self.comes_after = clock, room, comes_after
        self.given: list[tuple[float, int]] = []

    def somebody_listens(self, timeout_ms: int) -> bool:
        self.clock.now += timeout_ms / 1000
        self.comes_after -= 1
        return self.comes_after < 0

    def give(self, train: Train, wait_s: float) -> bool:
        self.clock.now += wait_s
        if len(self.given) >= self.room:
            return False
        self.given.append((round(self.clock.now, 6), train.train_id))
        return True

    def rest(self, seconds: float) -> None:
        self.clock.now += seconds

    def end(self, wait_s: float) -> bool:
        self.clock.now += wait_s
        return True


@pytest.fixture
def holes(water_trains: list[Train]) -> list[Train]:
    return [train for train in water_trains if train.train_id in {1, 2, 5, 6}]


@pytest.mark.parametrize(("recorded", "times"), [(True, [0, 0.1, 0.4, 0.5]), (False, [0, 0.1, 0.2, 0.3])])
def test_trains_go_when_they_are_due(holes: list[Train], recorded: bool, times: list[float]) -> None:
    clock = Clock()
    server = Server(clock, comes_after=3)
    told = play(server, holes, Pace(10.0, recorded=recorded, clock=clock), lambda: False)
    began = server.given[0][0]
    assert [round(time - began, 6) for time, _ in server.given] == times
    assert (told.sent, told.lost) == (4, 0)


def test_a_pace_waits_for_nobody_and_without_one_nothing_is_lost(holes: list[Train]) -> None:
    clock = Clock()
    assert play(Server(clock, room=2), holes, Pace(10.0, clock=clock), lambda: False).lost == 2
    server = Server(clock, room=2)

    def stopped() -> bool:
        server.room += clock.now > 200.0
        return False

    told = play(server, holes, Pace(None, clock=clock), stopped)
    assert (told.sent, told.lost) == (4, 0)
    assert clock.now > 200.0


def test_a_loop_goes_on_with_growing_ids(holes: list[Train]) -> None:
    trains = played(lambda: holes, loop=True)
    assert [next(trains).train_id for _ in range(9)] == [1, 2, 5, 6, 7, 8, 11, 12, 13]
    assert [train.train_id for train in played(lambda: holes, loop=False)] == [1, 2, 5, 6]
    assert list(played(list, loop=True)) == []


@pytest.mark.parametrize("rate", [10.0, 25.0, None])
def test_a_loop_that_is_started_again_repeats_no_train(holes: list[Train], rate: float | None) -> None:
    now = 1_790_000_000.0
    first, again = (played(lambda: holes, loop=True, shift=shift_of_now(rate, when)) for when in (now, now + 60))
    sent = [next(first).train_id for _ in range(40)]
    assert sent[-1] < next(again).train_id


@pytest.mark.parametrize("make", [lambda text: text, lambda text: f"[source]\nkind='wire'\n[source.x]\ny=1\n{text}"])
def test_the_setup_of_a_run_gets_the_section_that_fits(make: Callable[[str], str], water_text: str) -> None:
    text = source_section("tcp://127.0.0.1:45000", "SUB", edges=False, further=frozenset({"pump", "timing_tool_fs"}))
    setup = Setup.from_toml(with_source(make(water_text), text))
    assert setup.hash == Setup.from_toml(water_text).hash
    assert setup.source is not None
    assert setup.source.socket == "SUB"
    assert set(setup.source.partners) == {"pulses", "delay", "energy", "pump", "timing_tool"}
    again = with_source(with_source(water_text, text), wire_section("ipc:///tmp/x"))
    assert again == with_source(water_text, wire_section("ipc:///tmp/x"))


def test_a_text_that_is_no_setup_is_refused() -> None:
    with pytest.raises(SetupError):
        with_source("[molecule]", wire_section("ipc:///tmp/x"))


def test_an_endpoint_that_is_taken_is_an_error() -> None:
    with BridgeServer("tcp://127.0.0.1:*") as server, pytest.raises(LineError, match="cannot be had"):
        BridgeServer(server.endpoint)


def test_a_run_says_which_further_columns_it_has() -> None:
    with open_run(Path(__file__).parents[2] / "replay_data" / "water.h5") as run:
        assert run.further == frozenset()

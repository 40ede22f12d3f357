"""A line on a good day: what it adds up to, what it says, and what it does not mind."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.errors import WireError
from onlinecei.reconstruction.classical import METHOD
from onlinecei.records import Batch, Delta
from onlinecei.setup import Setup
from onlinecei.stream.ingest import REDUCER, Pace
from onlinecei.stream.reducer import PUBLISH_SECONDS
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.sources import ListSource
from onlinecei.stream.wire import Kind, Message
from onlinecei.stream.worker import CREDITS

FakeLine = Any  # in conftest


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("twice", [False, True])
def test_the_total_is_that_of_one_process(
    workers: int, twice: bool, water: Setup, make_line: Callable[..., FakeLine], batches: list[Batch]
) -> None:
    line = make_line(workers=workers, twice=twice)
    line.start()
    total, expected = line.finish(), analyse_all(batches, water)
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)
    assert sorted(line.sent) == list(range(6))
    assert not line.reducer.account.left_out


def test_the_order_of_the_batches_does_not_show(
    water: Setup, make_line: Callable[..., FakeLine], batches: list[Batch]
) -> None:
    shuffled = [batches[k] for k in np.random.default_rng(8).permutation(6)]
    line = make_line(shuffled, workers=2)
    line.start()
    total, expected = line.finish(), analyse_all(batches, water)
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)


def ready(credits: int, incarnation: int = 7) -> Message:  # noqa: A002 - the word of the field
    return Message(kind=Kind.READY, incarnation=incarnation, info={"credits": credits})


def test_nothing_is_sent_before_the_reducer_has_said_what_it_has(line: FakeLine) -> None:
    line.work(b"worker-0")
    line.collect()
    assert not line.from_ingest.of(Kind.BATCH)
    line.start()
    line.collect()
    assert len(line.from_ingest.of(Kind.BATCH)) == CREDITS


def test_no_worker_gets_more_than_it_has_room_for(line: FakeLine) -> None:
    line.start()
    for _ in range(5):
        line.ingest.handle(b"worker-0", ready(3))
        line.ingest.step()
    assert len(line.from_ingest.of(Kind.BATCH)) == 3, "a statement that is repeated is no new credit"


@pytest.mark.parametrize(("credits", "sent"), [(0, 0), (-5, 0), (10**9, 6)])
def test_odd_credits_do_no_harm(line: FakeLine, credits: int, sent: int) -> None:  # noqa: A002 - the word of the field
    line.start()
    line.ingest.handle(b"worker-0", ready(credits))
    line.ingest.step()
    assert len(line.from_ingest.of(Kind.BATCH)) == sent


def test_the_end_waits_until_everything_is_applied(line: FakeLine) -> None:
    line.start()
    line.ingest.handle(b"worker-0", ready(16))
    line.ingest.step()
    assert len(line.from_ingest.of(Kind.BATCH)) == 6
    for sequence in range(6):
        line.clock.now += 1.0
        line.ingest.step()
        assert not line.from_ingest.of(Kind.END)
        applied = Message(kind=Kind.APPLIED, incarnation=line.ingest.incarnation, sequence=sequence)
        line.ingest.handle(REDUCER, applied)
    line.ingest.step()
    assert len(line.from_ingest.of(Kind.END)) == 1


def test_an_empty_run_ends(make_line: Callable[..., FakeLine]) -> None:
    line = make_line([])
    line.start()
    assert line.finish().train_count == 0


def test_stop_brings_what_was_sent_to_its_end(line: FakeLine, water: Setup, batches: list[Batch]) -> None:
    line.start()
    line.turn()
    line.ingest.stop()
    total = line.finish()
    sent = len(line.sent)
    assert 0 < sent < 6
    assert np.array_equal(total.values, analyse_all(batches[:sent], water).values)
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.state.finished
    assert snapshot.state.trains_expected == 12


class Unjoined(ListSource):
    """The last train waits for a partner that does not come."""

    def poll(self) -> Batch | None:
        return super().poll() if len(self._left) > 1 else None

    def rest(self) -> Batch | None:
        return super().poll()


def test_stop_takes_in_what_waits_in_the_source(
    make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    line = make_line()
    line.source = line.ingest.source = line.ingest.intake.source = Unjoined(batches, "water.h5")
    line.start()
    for _ in range(20):
        line.turn()
    assert line.reducer.account.total.train_count == 10
    line.ingest.stop()
    assert np.array_equal(line.finish().values, analyse_all(batches, water).values)


def test_pace_holds_trains_per_second() -> None:
    now = 100.0
    pace = Pace(10.0, lambda: now)
    for tick in range(41):
        now = 100.0 + tick * 0.25
        while pace.due():
            pace.count(4)
        assert abs(pace._trains - tick * 2.5) <= 4


def test_a_paced_line_sends_batches_when_they_are_due(make_line: Callable[..., FakeLine]) -> None:
    line = make_line(workers=4, trains_per_second=2.0)
    line.start()
    line.turn()
    start, counts = line.clock.now, [len(line.sent)]
    for second in (0.5, 1.0, 2.0):
        line.clock.now = start + second
        line.turn()
        counts.append(len(line.sent))
    assert counts == [1, 1, 2, 3]


def test_versions_come_at_most_fifty_a_second(line: FakeLine) -> None:
    line.start()
    line.reducer.step()
    first = line.reducer.version
    line.reducer._changed = True
    line.reducer.step()
    assert line.reducer.version == first
    line.clock.now += 1.01 * PUBLISH_SECONDS
    line.reducer.step()
    assert line.reducer.version == first + 1
    line.clock.now += 10 * PUBLISH_SECONDS
    line.reducer.step()
    assert line.reducer.version == first + 1, "nothing new, no version"


def test_the_end_is_published_at_once(line: FakeLine) -> None:
    line.start()
    line.finish()
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.state.finished
    assert snapshot.state.total.train_count == 12


def test_a_question_waits_for_something_newer(line: FakeLine) -> None:
    line.start()
    line.finish()
    first = line.ask()
    assert first is not None
    assert line.ask(first.state.version) is None
    line.inference.handle(first)
    ((_, geometry),) = line.from_inference.take()
    line.reducer.take(b"", geometry)
    line.reducer.step()
    second = line.snapshot()
    assert second is not None
    assert second.reconstructed_version == first.state.version
    assert {each.method for each in second.reconstructions} == {METHOD}
    assert line.ask(second.state.version, second.reconstructed_version) is None


def test_a_delta_of_another_setup_is_counted_and_survived(
    line: FakeLine, water: Setup, water_text: str, batches: list[Batch]
) -> None:
    foreign = Delta(setup_hash="other", values=np.ones(3, np.int64), trains=np.array([[50, 52]], np.uint64))
    short = Delta(setup_hash=water.hash, values=np.ones(1, np.int64), trains=np.array([[60, 60]], np.uint64))
    line.start()
    for sequence, delta in enumerate([foreign, short]):
        message = Message(
            kind=Kind.DELTA,
            incarnation=line.ingest.incarnation,
            sequence=sequence,
            info={"setup_hash": delta.setup_hash},
            buffers={"values": delta.values, "trains": delta.trains},
        )
        line.reducer.take(b"", Revisions(water_text).of(0).on(message))
    assert line.reducer.account.left_out == {"not mergeable": 4}
    assert [each.sequence for each in line.from_reducer.of(Kind.APPLIED)] == [0, 1], "acknowledged, not sent again"
    assert np.array_equal(line.finish().values, analyse_all(batches, water).values)


def test_trains_that_the_source_could_not_give_are_told(make_line: Callable[..., FakeLine]) -> None:
    line = make_line(rejected={"unreadable": 3})
    line.start()
    line.finish()
    snapshot = line.ask()
    assert snapshot is not None
    assert snapshot.state.rejected == {"unreadable": 3}


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("value", ["many", float("inf"), 1.5])
def test_words_without_sense_change_nothing(line: FakeLine, kind: Kind, value: str | float) -> None:
    names = ("credits", "since", "geometry", "trains_expected", "rejected so", "setup_hash")
    message = Message(kind=kind, info=dict.fromkeys(names, value))
    actions = (lambda m: line.reducer.take(b"x", m), line.reducer.hear, lambda m: line.reducer.ask(b"x", m))
    for action in (*actions, lambda m: line.ingest.handle(b"x", m)):
        if kind in {Kind.GEOMETRY, Kind.END}:
            continue
        try:
            action(message)
        except WireError:
            continue
    line.reducer.step()
    line.start()
    assert line.finish().train_count == 12


def test_a_worker_that_hangs_is_named_also_to_a_reader_that_is_new(
    make_line: Callable[..., FakeLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(repeatable=False)
    line.start()
    line.turn()
    first = line.ask()
    assert first is not None
    assert not first.state.facts.degraded
    monkeypatch.setattr(line, "work", lambda _name: None)
    for _ in range(3):
        line.turn()  # what it gets now it will never answer
    seen = line.ask()
    assert seen is not None
    line.clock.now += 40.0
    line.turn()
    again = line.ask(reader=b"new")
    assert again is not None
    assert again.state.version == seen.state.version, "nothing was added meanwhile"
    assert "worker-0 has not spoken for 40 s, and holds trains" in again.state.facts.degraded
    assert (again.state.facts.idle_s or 0.0) > 39.0

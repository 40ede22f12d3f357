"""Anything dies at any moment, mail is lost with it, and the sums are those of an undisturbed line."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.errors import LineError
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.stream.ingest import Limits
from onlinecei.stream.sources import ListSource
from onlinecei.stream.wire import Kind

FakeLine = Any  # in conftest


def suffer(line: FakeLine, random: np.random.Generator, *, ingest: bool) -> None:
    """Let something die now and then."""
    dice = random.integers(0, 10)
    if dice == 0 and ingest:
        line.new_ingest()
    elif dice == 1:
        line.new_reducer()
    elif dice == 2:
        line.new_worker(list(line.team)[random.integers(0, len(line.team))])
    elif dice == 3:
        line.deltas.take()
    elif dice == 4:
        line.from_reducer.take()


@pytest.mark.parametrize("repeatable", [True, False])
@pytest.mark.parametrize("seed", range(30))
def test_deaths_do_not_show(
    seed: int, repeatable: bool, make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    line = make_line(workers=2, repeatable=repeatable, trains_per_second=4.0)
    line.start()
    random, deaths = np.random.default_rng(seed), 40
    for _ in range(2000):
        try:
            line.turn()
        except LineError:
            line.new_ingest()  # as a supervisor does
        if deaths:
            before = line.lives
            suffer(line, random, ingest=repeatable)
            deaths -= line.lives - before
        elif line.ingest.finished:
            break
    assert line.ingest.finished
    expected = analyse_all(batches, water)
    assert np.array_equal(line.reducer.account.total.values, expected.values)
    assert np.array_equal(line.reducer.account.total.trains, expected.trains)
    assert line.reducer.account.left_out == {}


def test_an_ingest_of_a_live_source_goes_on_where_the_dead_one_was(
    make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    line = make_line(repeatable=False)
    line.start()
    line.turn()
    line.new_ingest()
    total = line.finish()
    assert np.array_equal(total.values, analyse_all(batches, water).values)
    assert line.reducer.account.told.trains_received == 12


def test_what_a_dead_ingest_had_handed_out_is_told_to_the_source_once_it_is_done(
    make_line: Callable[..., FakeLine], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = make_line(repeatable=False)
    line.start()
    line.collect()
    under_way = [(to, message) for to, message in line.from_ingest.take() if message.kind is Kind.BATCH]
    line.new_ingest()
    line.letters()
    line.turn()
    skipped: list[list[list[int]]] = []
    monkeypatch.setattr(ListSource, "skip", lambda _, trains, _newest: skipped.append(trains.tolist()))
    for to, message in under_way:
        line.team[to].take(message)
    line.finish()
    assert any(trains[0][0] == 0 for trains in skipped)
    assert line.ingest.ledger.forgotten.tolist() == [[0, 11]]


class Endless(ListSource):
    """More may always come."""

    def poll(self) -> Batch | None:
        batch = super().poll()
        self.ended = False
        return batch


def test_trains_that_waited_in_a_dead_ingest_are_counted_and_what_it_had_handed_out_is_not(
    make_line: Callable[..., FakeLine], batches: list[Batch]
) -> None:
    line = make_line(repeatable=False, limits=Limits(policy="drop oldest", hits_per_batch=1))
    line.source = Endless(batches, "live", {}, repeatable=False)
    line.new_ingest()
    line.start()
    for _ in range(2):
        line.clock.now += 1.0
        line.collect()
        line.letters()
    under_way = [(to, message) for to, message in line.from_ingest.take() if message.kind is Kind.BATCH]
    line.new_ingest()

    def missing() -> object:
        for _ in range(30):
            line.turn()
        return line.reducer.facts().missing

    assert missing() == {"lost with ingest": 12}
    for to, message in under_way:
        line.team[to].take(message)
    assert missing() == {"lost with ingest": 8}
    assert line.reducer.account.total.train_count == 4


def test_batches_of_an_ingest_that_is_gone_count_only_where_it_cannot_read_them_again(
    make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    for repeatable, applied in ((True, 0), (False, 4)):
        line = make_line(repeatable=repeatable)
        line.start()
        line.collect()
        line.letters()
        for to, message in line.from_ingest.take():
            line.team[to].take(message)
        line.new_ingest()
        line.letters()
        line.ingest.step()
        line.letters()
        line.work(b"worker-0")
        for _, delta in line.deltas.take():
            line.reducer.take(b"", delta)
        assert line.reducer.account.total.train_count == applied
        assert np.array_equal(line.finish().values, analyse_all(batches, water).values)


def test_a_batch_that_takes_too_long_is_given_to_another_worker_too(make_line: Callable[..., FakeLine]) -> None:
    line = make_line(workers=2)
    line.start()
    line.collect()
    slow = [message.sequence for to, message in line.from_ingest.take() if to == b"worker-0"]
    assert slow
    line.clock.now += line.limits.patience_s - 1.0
    line.work(b"worker-1")
    line.collect()
    assert not line.from_ingest.of(Kind.BATCH)
    line.clock.now += 2.0
    line.team[b"worker-1"].take(line.ingest.ledger.entries[slow[0]].message)
    line.work(b"worker-1")
    line.collect()
    again = [message.sequence for to, message in line.from_ingest.sent if message.kind is Kind.BATCH]
    assert set(again) & set(slow)
    assert all(to == b"worker-1" for to, message in line.from_ingest.sent if message.sequence in slow)


def test_the_end_is_acknowledged_once_the_final_state_is_on_disk_twice(line: FakeLine) -> None:
    line.start()
    saved = []
    while not line.ingest.finished:
        line.turn()
        saved.append(len(line.disk.files))
    line.disk.files.pop()
    line.new_reducer()
    assert line.reducer.account.finished
    assert line.reducer.account.total.train_count == 12


def test_a_finished_state_ends_an_ingest_that_starts_again(line: FakeLine) -> None:
    line.start()
    line.finish()
    line.new_ingest()
    assert not line.ingest.finished
    assert line.finish(turns=20).train_count == 12


def test_with_a_full_disk_the_line_goes_on_and_says_so(
    make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    line = make_line()
    line.disk.full = True
    line.ingest.intake.limits = type(line.limits)(hits_per_batch=1, kept_bytes=1)
    line.start()
    assert np.array_equal(line.finish().values, analyse_all(batches, water).values)
    assert any("disk is full" in reason for reason in line.reducer.facts().degraded)
    assert any("would be lost" in reason for reason in line.reducer.facts().degraded)


def test_with_little_memory_nothing_is_handed_out_until_the_state_is_saved(
    make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    line = make_line()
    line.ingest.intake.limits = type(line.limits)(hits_per_batch=1, kept_bytes=1)
    line.start()
    most = 0
    while not line.ingest.finished:
        line.turn()
        most = max(most, len(line.ingest.ledger.entries))
    assert most == 1
    assert np.array_equal(line.reducer.account.total.values, analyse_all(batches, water).values)


def test_without_the_newest_state_the_one_before_and_what_ingest_keeps_are_enough(
    make_line: Callable[..., FakeLine], water: Setup, batches: list[Batch]
) -> None:
    line = make_line(repeatable=False, trains_per_second=4.0)
    line.start()
    while line.reducer.account.total.train_count < 8:
        line.turn()
    assert len(line.disk.files) == 2
    line.disk.files.pop()
    line.new_reducer()
    assert line.reducer.account.total.train_count < 8
    assert np.array_equal(line.finish().values, analyse_all(batches, water).values)


def test_without_any_saved_state_a_file_is_read_again_and_a_live_source_counts_its_losses(
    make_line: Callable[..., FakeLine],
) -> None:
    for repeatable in (True, False):
        line = make_line(repeatable=repeatable, trains_per_second=4.0)
        line.start()
        while not line.ingest.ledger.forgotten.size:
            line.turn()
        line.disk.files.clear()
        line.new_reducer()
        if repeatable:
            with pytest.raises(LineError, match="read again"):
                line.finish()
        else:
            total = line.finish()
            lost = line.reducer.account.left_out["lost with the state"]
            assert lost > 0
            assert total.train_count + lost == 12

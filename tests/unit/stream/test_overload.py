"""More comes in than is analysed: the source waits, or the oldest trains are dropped and counted."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup
from onlinecei.stream.ingest import Limits
from onlinecei.stream.ingest.arrivals import OVERLOAD, Arrivals
from onlinecei.stream.revisions import Revisions

FakeLine = Any  # in conftest


def ids(ranges: np.ndarray) -> list[int]:
    return [train for first, last in ranges.tolist() for train in range(first, last + 1)]


def test_the_oldest_whole_trains_go_first(water_trains: list[Train], water_text: str) -> None:
    arrivals = Arrivals("drop oldest")
    for train in water_trains[:8]:
        arrivals.take(Batch.of([train]), now=float(train.train_id))
    assert arrivals.overflow().size == 0
    arrivals.most_bytes = arrivals.nbytes // 2
    dropped = ids(arrivals.overflow())
    assert dropped == list(range(len(dropped)))
    assert 3 <= len(dropped) <= 5
    batch, _, arrived = arrivals.cut(Revisions(water_text), 10**9)
    assert batch.train_id.tolist() == list(range(len(dropped), 8))
    assert arrived == float(len(dropped))
    assert (arrivals.nbytes, len(arrivals)) == (0, 0)


def test_waiting_drops_nothing(water_trains: list[Train]) -> None:
    arrivals = Arrivals("wait", most_bytes=1)
    for train in water_trains:
        arrivals.take(Batch.of([train]), now=0.0)
    assert arrivals.overflow().size == 0


def test_a_train_that_comes_twice_counts_once(water_trains: list[Train]) -> None:
    arrivals = Arrivals()
    assert arrivals.take(Batch.of(water_trains[:3]), 0.0) is not None
    fresh = arrivals.take(Batch.of([water_trains[2], water_trains[3], water_trains[3]]), 1.0)
    assert fresh is not None
    assert fresh.train_id.tolist() == [3]
    assert arrivals.take(Batch.of(water_trains[:3]), 2.0) is None
    assert (arrivals.repeated, arrivals.trains, arrivals.newest) == (5, 4, 1.0)


@pytest.mark.parametrize("rows", [1, 300, 10**9])
def test_what_waits_is_joined_up_to_a_size_and_never_over_a_revision(
    rows: int, water_trains: list[Train], water_text: str
) -> None:
    arrivals, revisions = Arrivals(), Revisions(water_text, ((5, water_text),))
    for k in range(0, 12, 3):
        arrivals.take(Batch.of(water_trains[k : k + 3]), float(k))
    given, sizes = [], []
    while len(arrivals):
        batch, revision, _ = arrivals.cut(revisions, rows)
        given += batch.train_id.tolist()
        assert {revisions.of(int(train)).number for train in batch.train_id} == {revision.number}
        sizes.append(batch.train_id.size)
    assert given == list(range(12))
    assert sizes == ([3, 2, 7] if rows == 10**9 else [3, 2, 1, 3, 3])


def test_a_live_line_that_is_too_slow_drops_counts_and_goes_on(
    make_line: Callable[..., FakeLine], water: Setup, water_trains: list[Train]
) -> None:
    singles = [Batch.of([train]) for train in water_trains]
    small = Limits(policy="drop oldest", queue_bytes=30_000, hits_per_batch=1)
    line = make_line(singles, limits=small, repeatable=False)
    line.start()
    total = line.finish()
    dropped = line.reducer.account.dropped[OVERLOAD]
    assert 0 < dropped < 12
    assert total.train_count + dropped == 12
    kept = [train for train in water_trains if train.train_id in ids(total.trains)]
    assert np.array_equal(total.values, analyse_all([Batch.of(kept)], water).values)
    assert line.reducer.facts().dropped == {OVERLOAD: dropped}
    assert line.ask().state.rejected == {OVERLOAD: dropped}


def test_a_reducer_that_dies_counts_what_was_dropped_once(make_line: Callable[..., FakeLine]) -> None:
    small = Limits(policy="drop oldest", queue_bytes=1, hits_per_batch=1)
    line = make_line(limits=small, repeatable=False)
    line.start()
    line.turn()
    line.new_reducer()
    total = line.finish()
    assert total.train_count + line.reducer.account.dropped[OVERLOAD] == 12

"""Batches laid end to end, taken apart and thinned out: nothing of a train changes by it."""

from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.records import Batch, Edges, Train
from onlinecei.stream.ingest.arrivals import Arrivals
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.sources.facility import SocketSource
from onlinecei.stream.wire import batch_message


def same(ours: Batch, theirs: Batch) -> None:
    for name in (each.name for each in fields(Batch) if each.name != "edges"):
        own, other = getattr(ours, name), getattr(theirs, name)
        assert (own is None) == (other is None), name
        if own is not None:
            assert np.asarray(own).dtype == np.asarray(other).dtype, name
            np.testing.assert_array_equal(own, other, err_msg=name)
    assert ours.joins(theirs)
    if ours.edges is not None and theirs.edges is not None:
        for name in ("first_edge", "channel", "t_ns"):
            np.testing.assert_array_equal(getattr(ours.edges, name), getattr(theirs.edges, name), err_msg=name)


def of_edges(train: Train) -> Train:
    count = train.t_ns.size
    edges = Edges(first_edge=train.first_hit, channel=np.full(count, 6, np.uint8), t_ns=train.t_ns.astype(np.float64))
    empty = np.empty(0, np.float32)
    return replace(train, first_hit=np.zeros_like(train.first_hit), x_mm=empty, y_mm=empty, t_ns=empty, edges=edges)


@pytest.fixture
def trains(water_trains: list[Train]) -> list[Train]:
    """One with a pump that is not always there, one without pulses."""
    pump = np.arange(50, dtype=np.uint8) % 2
    nothing = np.empty(0)
    empty = Train(
        train_id=50,
        pulse_id=nothing.astype(np.uint32),
        delay_fs=nothing,
        energy_uj=nothing.astype(np.float32),
        first_hit=np.zeros(1, np.uint32),
        x_mm=nothing.astype(np.float32),
        y_mm=nothing.astype(np.float32),
        t_ns=nothing.astype(np.float32),
    )
    return [*water_trains[:4], replace(water_trains[4], pump=pump), empty, *water_trains[5:]]


@pytest.mark.parametrize("kind", ["hits", "edges"])
def test_batches_joined_are_the_batch_of_their_trains(trains: list[Train], kind: str) -> None:
    if kind == "edges":
        trains = [of_edges(train) for train in trains]
    parts = [Batch.of(trains[:2]), Batch.of([]) if kind == "hits" else Batch.of(trains[2:3]), Batch.of(trains[3:])]
    whole = trains if kind == "edges" else [*trains[:2], *trains[3:]]
    same(Batch.joined(parts), Batch.of(whole))
    assert Batch.joined(parts[:1]) is parts[0]


def test_hits_are_not_joined_with_edges(water_trains: list[Train]) -> None:
    hits, edges = Batch.of(water_trains[:1]), Batch.of([of_edges(water_trains[1])])
    assert not hits.joins(edges)
    with pytest.raises(CEIError, match="1 of 2 trains hold edges"):
        Batch.joined([hits, edges])


def test_wanted_trains_are_given_as_they_were(trains: list[Train]) -> None:
    batch = Batch.of(trains)
    wanted = np.arange(batch.train_id.size) % 3 == 1
    chosen = batch.where(wanted)
    assert chosen is not None
    same(chosen, Batch.of([train for train, each in zip(trains, wanted, strict=True) if each]))
    assert batch.where(np.ones(batch.train_id.size, np.bool_)) is batch
    assert batch.where(np.zeros(batch.train_id.size, np.bool_)) is None


@pytest.fixture
def mixed(water_trains: list[Train]) -> list[Batch]:
    """Hits, hits, edges, hits."""
    trains = [water_trains[0], water_trains[1], of_edges(water_trains[2]), water_trains[3]]
    return [Batch.of([train]) for train in trains]


def test_a_source_that_changes_from_hits_to_edges_stops_nothing(water_text: str, mixed: list[Batch]) -> None:
    arrivals = Arrivals()
    for batch in mixed:
        arrivals.take(batch, now=0.0)
    given = []
    while len(arrivals):
        given.append(arrivals.cut(Revisions(water_text), 10**9)[0].train_id.tolist())
    assert given == [[0, 1], [2], [3]]


def test_what_is_left_of_such_a_source_is_given_at_the_end(tmp_path: Path, mixed: list[Batch]) -> None:
    with closing(SocketSource(f"ipc://{tmp_path}/nobody")) as source:
        for number, batch in enumerate(mixed):
            source._take(batch_message(batch, number, 9, "run"))
        given = iter(source.rest, None)
        assert [batch.train_id.tolist() for batch in given] == [[0, 1], [2], [3]]

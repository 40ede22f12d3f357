"""A sample is whole trains from all over the run."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.calibration.sample import sample
from onlinecei.files.run import RunFile, open_run, write_run
from onlinecei.records import Batch, Edges, Train

TRAINS = 300


def train(train_id: int, hits: int, *, edges: bool) -> Train:
    random = np.random.default_rng(train_id)
    t = np.sort(random.uniform(100, 900, hits))
    none = np.empty(0, np.float32)
    first = np.array([0, hits // 2, hits], np.uint32)
    columns = dict.fromkeys(("x_mm", "y_mm", "t_ns"), none if edges else t.astype(np.float32))
    return Train(
        train_id=train_id,
        pulse_id=np.arange(2, dtype=np.uint32),
        delay_fs=np.full(2, np.nan),
        energy_uj=np.full(2, np.nan, np.float32),
        first_hit=np.zeros(3, np.uint32) if edges else first,
        edges=Edges(first_edge=first, channel=np.full(hits, 6, np.uint8), t_ns=t) if edges else None,
        **columns,
    )


@pytest.fixture(params=[False, True], ids=["hits", "edges"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> RunFile:
    per_train = 70 if request.param else 10
    trains = [train(1000 + place, per_train * (place % 3), edges=request.param) for place in range(TRAINS)]
    write_run(tmp_path / "run.h5", [Batch.of(trains)], "setup")
    return open_run(tmp_path / "run.h5")


def times(batch: Batch) -> np.ndarray:
    return batch.t_ns if batch.edges is None else batch.edges.t_ns


def test_a_run_within_the_limit_is_read_as_a_whole(run: RunFile) -> None:
    (whole,) = run.batches()
    found = sample(run, 3000)
    np.testing.assert_array_equal(found.train_id, whole.train_id)
    np.testing.assert_array_equal(times(found), times(whole))


def test_a_larger_one_is_taken_from_evenly(run: RunFile) -> None:
    found = sample(run, 1000)
    assert 800 <= times(found).size / (7 if run.holds_edges else 1) <= 1200
    assert (np.diff(found.train_id.astype(int)) > 0).all()
    tenths = np.histogram(found.train_id, bins=np.linspace(1000, 1000 + TRAINS, 11))[0]
    assert tenths.min() >= 0.5 * tenths.max() > 0


def test_it_does_not_keep_step_with_the_machine(run: RunFile) -> None:
    """Every third train has no hits, every third the most: each kind has its share."""
    kinds = np.bincount((sample(run, 1000).train_id.astype(int) - 1000) % 3)
    assert kinds.min() >= 20


def test_trains_come_whole(run: RunFile) -> None:
    for one in sample(run, 500).trains():
        size = one.t_ns.size if one.edges is None else one.edges.t_ns.size
        assert size == (70 if run.holds_edges else 10) * ((one.train_id - 1000) % 3)


def test_the_share_read_is_told(run: RunFile) -> None:
    told: list[float] = []
    sample(run, 1000, lambda _what, share: told.append(share))
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_damaged_trains_are_passed_over(run: RunFile) -> None:
    """A train that cannot be read is none of the sample, and the trains after it are."""
    good = run.train_id
    found = sample(run, 10**6)
    assert set(found.train_id.tolist()) <= set(good.tolist())
    assert found.train_id[-1] == good[-1]

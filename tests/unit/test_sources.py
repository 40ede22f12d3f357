"""Sources of trains: what they give, and what they leave out."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.files.run import write_run
from onlinecei.records import Batch, Train
from onlinecei.stream.config import FileSource, LineConfig
from onlinecei.stream.ranges import within
from onlinecei.stream.sources import ListSource, Source, open_source, without


def ids(source: Source) -> list[int]:
    given = []
    while (batch := source.poll()) is not None:
        given += batch.train_id.tolist()
    return given


@pytest.fixture
def run_source(tmp_path: Path, water_text: str, water_trains: list[Train]) -> Source:
    write_run(tmp_path / "run.h5", [Batch.of(water_trains)], water_text)
    config = LineConfig(
        directory=tmp_path, source=FileSource(path=tmp_path / "run.h5"), setup_text=water_text, hits_per_batch=300
    )
    return open_source(config)


def test_a_run_file_is_given_whole_and_ends(run_source: Source) -> None:
    assert (run_source.run, run_source.trains_expected, run_source.repeatable) == ("run.h5", 12, True)
    assert not run_source.ended
    assert ids(run_source) == list(range(12))
    assert run_source.ended
    run_source.close()


@pytest.mark.parametrize(("trains_per_second", "at_once"), [(10.0, 1), (1e9, 12), (None, 12)])
def test_a_slow_replay_reads_few_trains_at_once(
    run_source: Source, tmp_path: Path, water_text: str, trains_per_second: float | None, at_once: int
) -> None:
    run_source.close()
    source = FileSource(path=tmp_path / "run.h5")
    config = LineConfig(directory=tmp_path, source=source, setup_text=water_text, trains_per_second=trains_per_second)
    paced = open_source(config)
    batch = paced.poll()
    assert batch is not None
    assert batch.train_id.size == at_once
    paced.close()


RANGES = np.array([[0, 1], [3, 3], [10, 12]], np.uint64)


def test_trains_that_need_not_be_given_again_are_left_out(run_source: Source) -> None:
    run_source.skip(RANGES)
    assert ids(run_source) == [2, 4, 5, 6, 7, 8, 9]
    run_source.close()


def test_a_list_does_the_same(water_trains: list[Train]) -> None:
    source = ListSource([Batch.of(water_trains[:7]), Batch.of(water_trains[7:])])
    source.skip(RANGES)
    assert ids(source) == [2, 4, 5, 6, 7, 8, 9]
    assert source.ended


@pytest.mark.parametrize("ranges", [[], [[0, 0]], [[5, 2**64 - 1]], [[2, 3], [5, 5], [7, 9]]])
def test_ranges_hold_what_a_loop_says(ranges: list[list[int]]) -> None:
    train_id = np.arange(12, dtype=np.uint64)
    rows = np.array(ranges, np.uint64).reshape(-1, 2)
    expected = [any(low <= train <= high for low, high in ranges) for train in range(12)]
    assert within(train_id, rows).tolist() == expected


def test_a_batch_of_which_nothing_is_left_is_none(water_batch: Batch) -> None:
    assert without(water_batch, np.array([[0, 11]], np.uint64)) is None
    assert without(water_batch, np.array([[50, 60]], np.uint64)) is water_batch

"""The line gives what one process gives, bit for bit, whatever looks on and however many workers there are."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.analysis import analyse_all, centroids, reconstruct_all, single_events
from onlinecei.files.result import write_result
from onlinecei.files.run import open_run
from onlinecei.records import Snapshot
from onlinecei.setup import Setup
from onlinecei.stream.config import FileSource
from onlinecei.stream.line import Line
from onlinecei.stream.reader import Reader

HITS_PER_BATCH = 2000


def setup_of(run: Path) -> str:
    with open_run(run) as opened:
        return opened.setup_text


@pytest.fixture(scope="module")
def final(small_run: Path) -> Snapshot:
    with Line(FileSource(path=small_run), setup_of(small_run), workers=1, hits_per_batch=HITS_PER_BATCH) as line:
        *_, last = line.snapshots()
    return last


@pytest.fixture(scope="module")
def result(final: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("one") / "result.h5"
    write_result(path, final)
    return path.read_bytes()


def test_the_line_equals_the_functions(small_run: Path, final: Snapshot) -> None:
    with open_run(small_run) as run:
        setup = Setup.from_toml(run.setup_text)
        batches = list(run.batches(HITS_PER_BATCH))
    assert len(batches) >= 6
    assert max(batch.train_id.size for batch in batches) > 1
    total = analyse_all(batches, setup)
    assert np.array_equal(final.state.total.values, total.values)
    assert np.array_equal(final.state.total.trains, total.trains)
    expected = reconstruct_all(centroids(total, setup), setup)
    assert any(each.found for each in expected)
    for ours, theirs in zip(final.reconstructions, expected, strict=True):
        assert ours.reason == theirs.reason
        for name in ("positions_au", "uncertainty_au", "round_trip_au"):
            assert np.array_equal(getattr(ours, name), getattr(theirs, name), equal_nan=True)


def test_the_number_of_workers_does_not_show(small_run: Path, result: bytes, tmp_path: Path) -> None:
    with Line(FileSource(path=small_run), setup_of(small_run), workers=3, hits_per_batch=HITS_PER_BATCH) as line:
        *_, last = line.snapshots()
    write_result(tmp_path / "result.h5", last)
    assert (tmp_path / "result.h5").read_bytes() == result


def test_averages_over_single_events_are_the_same_for_any_number_of_workers(small_run: Path) -> None:
    text = setup_of(small_run) + "\n[reconstruction]\nper_event = true\n"
    setup = Setup.from_toml(text)
    with open_run(small_run) as run:
        total = analyse_all(run.batches(HITS_PER_BATCH), setup)
    expected = reconstruct_all(centroids(total, setup), setup, single_events(total, setup))
    with Line(FileSource(path=small_run), text, workers=2, hits_per_batch=HITS_PER_BATCH) as line:
        *_, last = line.snapshots()
    found = [each.per_event for each in last.reconstructions]
    assert sum(each is not None for each in found) == 2
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours is None) == (theirs.per_event is None)
        if ours is not None and theirs.per_event is not None:
            assert ours.events == theirs.per_event.events
            assert np.array_equal(ours.positions_au, theirs.per_event.positions_au)
            assert np.array_equal(ours.covariance_au2, theirs.per_event.covariance_au2)


def test_a_reader_that_comes_and_goes_does_not_show(small_run: Path, result: bytes, tmp_path: Path) -> None:
    pace = {"trains_per_second": 8.0, "hits_per_batch": HITS_PER_BATCH}
    with Line(FileSource(path=small_run), setup_of(small_run), workers=1, **pace) as line:
        seen = 0
        for last in line.snapshots():
            if not last.state.finished and last.state.total.train_count:
                reader = Reader(line.endpoint)
                snapshot = reader.poll(5000)
                reader.close()
                seen += snapshot is not None
    assert seen
    write_result(tmp_path / "result.h5", last)
    assert (tmp_path / "result.h5").read_bytes() == result

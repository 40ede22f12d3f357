"""Folders of run files, and files that grow while they are read."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import RunFileError
from onlinecei.files._run_writer import RunWriter
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Train
from onlinecei.stream.sources.folder import LOOK_AGAIN_S, FolderSource


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def ids(source: FolderSource) -> list[int]:
    given: list[int] = []
    while (batch := source.poll()) is not None:
        given += batch.train_id.tolist()
    return given


@pytest.fixture
def write(water_text: str, water_trains: list[Train]) -> Callable[[Path, list[int]], None]:
    def make(path: Path, which: list[int]) -> None:
        write_run(path, [Batch.of([water_trains[k] for k in which])], water_text)

    return make


def test_a_folder_is_one_run_in_the_order_of_its_trains(tmp_path: Path, write: Callable) -> None:
    write(tmp_path / "a.h5", [6, 7, 8])
    write(tmp_path / "b.h5", [0, 1, 2, 3])
    write(tmp_path / "c.h5", [3, 4, 8, 5])
    write(tmp_path / "c.truth.h5", [9])
    (tmp_path / "d.h5").write_bytes(b"no run")
    source = FolderSource(tmp_path, 200)
    assert ids(source) == [0, 1, 2, 3, 4, 8, 5, 6, 7]
    assert source.ended
    assert source.counts == {"repeated train id": 2, "run file that cannot be read": 1}
    assert source.trains_expected == 11


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="no run file"):
        FolderSource(tmp_path, 200)


def test_trains_of_an_earlier_life_are_left_out(tmp_path: Path, write: Callable) -> None:
    write(tmp_path / "a.h5", [0, 1, 2, 3])
    source = FolderSource(tmp_path, 200)
    source.skip(np.array([[1, 2]], np.uint64))
    assert ids(source) == [0, 3]
    assert source.counts == {}


def test_a_growing_file_is_followed_to_its_end(tmp_path: Path, water_text: str, water_trains: list[Train]) -> None:
    clock, seen = Clock(), []
    with RunWriter(tmp_path / "run.h5", water_text, flush_s=0.0) as writer:
        source = FolderSource(tmp_path / "run.h5", 200, growing=True, idle_s=5.0, clock=clock)
        for train in water_trains:
            writer.append(Batch.of([train]))
            clock.now += 10 * LOOK_AGAIN_S
            seen += ids(source) + ids(source)  # the first may only look
            assert seen == list(range(train.train_id + 1))
    assert not source.ended
    clock.now += 5.0
    assert ids(source) == []
    assert ids(source) == []
    assert source.ended
    assert source.counts == {}


def test_files_that_come_later_are_found(tmp_path: Path, write: Callable) -> None:
    clock = Clock()
    source = FolderSource(tmp_path, 200, growing=True, clock=clock)
    assert ids(source) == []
    for name, which in (("a.h5", [0, 1]), ("b.h5", [2, 3, 1])):
        write(tmp_path / name, which)
        clock.now += 10.0
        assert ids(source) + ids(source) == which[:2]
    clock.now += 1e6
    assert not source.ended
    assert source.counts == {"repeated train id": 1}

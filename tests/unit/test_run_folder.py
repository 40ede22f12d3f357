"""The run files of a folder as one run: what a line recorded, opened like any other."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import onlinecei as oc
from onlinecei.cli import app
from onlinecei.errors import RunFileError
from onlinecei.files.opening import open_trains
from onlinecei.files.recording import RecordingFolder, RecordingLimits
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Train
from onlinecei.stream.sources import FolderSource


@pytest.fixture
def write(water_text: str, water_trains: list[Train]) -> Callable[[Path, list[int]], None]:
    def make(path: Path, which: list[int]) -> None:
        write_run(path, [Batch.of([water_trains[k] for k in which])], water_text)

    return make


@pytest.fixture
def folder(tmp_path: Path, write: Callable) -> Path:
    """Files whose names are in another order than their trains, with trains that come again."""
    made = tmp_path / "recorded"
    made.mkdir()
    write(made / "a.h5", [6, 7, 8, 9, 10, 11])
    write(made / "b.h5", [0, 1, 2, 3])
    write(made / "c.h5", [3, 4, 8, 5])
    write(made / "c.truth.h5", [9])
    (made / "d.h5").write_bytes(b"no run")
    return made


def ids(batches: object) -> list[int]:
    return [train for batch in batches for train in batch.train_id.tolist()]  # type: ignore[attr-defined]


def test_each_train_comes_once_in_the_order_of_the_files(folder: Path) -> None:
    run = open_trains(folder)
    order = [0, 1, 2, 3, 4, 8, 5, 6, 7, 9, 10, 11]
    assert run.train_id.tolist() == ids(run.batches(200)) == order
    assert run.trains == 12
    assert run.skipped == {"repeated train id": 2, "run file that cannot be read": 1}
    source = FolderSource(folder, 200)
    given = ids(iter(source.poll, None))
    assert (given, source.counts) == (order, run.skipped), "as in a replay"


@pytest.mark.parametrize(("start", "stop"), [(0, 3), (2, 6), (4, None), (5, 7), (11, None), (12, None), (0, 0)])
def test_a_part_is_read_by_the_places_of_its_trains(folder: Path, start: int, stop: int | None) -> None:
    run = open_trains(folder)
    assert ids(run.batches(200, start, stop)) == run.train_id[start:stop].tolist()


def test_a_folder_gives_the_result_of_one_file_with_all_trains(
    folder: Path, tmp_path: Path, write: Callable, water_trains: list[Train]
) -> None:
    write(tmp_path / "whole.h5", list(range(12)))
    one, many = oc.open_run(tmp_path / "whole.h5").analyse(), oc.open_run(folder).analyse()
    total, expected = many.snapshot.state.total, one.snapshot.state.total
    assert np.array_equal(total.values, expected.values)
    assert np.array_equal(total.trains, expected.trains)
    for a, b in zip(many.snapshot.reconstructions, one.snapshot.reconstructions, strict=True):
        assert np.array_equal(a.positions_au, b.positions_au, equal_nan=True)
    assert many.snapshot.state.left_out == {"repeated train id": 2, "run file that cannot be read": 1}
    some = oc.open_run(folder).analyse(trains=(3, 5)).snapshot.state
    assert some.total.trains.tolist() == [[3, 5]]
    assert oc.open_run(folder).read(3, 3).sizes["pulse"] == sum(water_trains[k].pulse_id.size for k in (3, 4, 8))


def test_what_a_line_recorded_is_opened_converted_and_calibrated(
    tmp_path: Path, water_text: str, water_trains: list[Train]
) -> None:
    recording = RecordingFolder(tmp_path / "rec", "live", RecordingLimits(bytes_per_file=1))
    for start in range(0, 12, 4):
        recording.add(Batch.of(water_trains[start : start + 4]), water_text)
        recording.flush()
    recording.close()
    assert len(list((tmp_path / "rec").iterdir())) == 3
    opened = oc.open_run(tmp_path / "rec")
    assert (opened.name, opened.trains) == ("rec", 12)
    assert opened.contents["pulses"] == sum(train.pulse_id.size for train in water_trains)
    for words in (["convert", "--out", tmp_path / "one.h5"], ["calibrate", "--out", tmp_path / "setup.toml"]):
        ended = CliRunner().invoke(app, [words[0], str(tmp_path / "rec"), *map(str, words[1:])])
        assert ended.exit_code == 0, ended.exception
    assert oc.open_run(tmp_path / "one.h5").train_id.tolist() == list(range(12))


def test_a_file_is_open_only_while_it_is_read(folder: Path) -> None:
    run = open_trains(folder)
    (folder / "a.h5").unlink()
    batches = run.batches(200)
    assert next(batches).train_id[0] == 0
    with pytest.raises(RunFileError, match=r"a\.h5"):
        list(batches)


def test_a_folder_without_a_run_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "d.h5").write_bytes(b"no run")
    with pytest.raises(RunFileError, match="holds no run file that can be read"):
        open_trains(tmp_path)

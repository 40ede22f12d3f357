"""Files that a command does not expect: one clear sentence, whichever command it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

import onlinecei as oc
from onlinecei.cli import app
from onlinecei.cli._trains import look_into
from onlinecei.errors import CEIError, ResultError, RunFileError
from onlinecei.files.list_writer import write_list
from onlinecei.files.recording import RecordingFolder
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Edges, Train

LINES = """
[delay_lines]
kind = "hexanode"
mm_per_ns = [0.7, 0.7, 0.7]
time_sum_ns = [100.0, 100.0, 100.0]
"""


@pytest.fixture
def batch(water_trains: list[Train]) -> Batch:
    whole = Batch.of(water_trains)
    return replace(whole, **{name: np.nan_to_num(getattr(whole, name)) for name in ("x_mm", "y_mm", "t_ns")})


@pytest.fixture
def run(batch: Batch, water_text: str, tmp_path: Path) -> Path:
    write_run(tmp_path / "run.h5", [batch], water_text)
    return tmp_path / "run.h5"


@pytest.fixture
def result(run: Path) -> Path:
    return oc.open_run(run).analyse().save(run.with_name("result.h5"))


def foreign(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        file["data"] = 1
    return path


def error_of(*words: object) -> str:
    """What the command line would print."""
    error = CliRunner().invoke(app, [str(each) for each in words]).exception
    assert isinstance(error, CEIError), error
    assert "\n" not in str(error)
    return str(error)


@pytest.mark.parametrize("command", ["replay", "calibrate", "convert", "serve"])
def test_commands_that_take_a_run(command: str, result: Path, tmp_path: Path) -> None:
    more = {"convert": ["--out", tmp_path / "out.h5"], "calibrate": ["--out", tmp_path / "out.toml"]}.get(command, [])
    said = "is an HDF5 file but not a run: its 'format' is {}, not 'onlinecei-run'"
    assert said.format("None") in error_of(command, foreign(tmp_path / "foreign.h5"), *more)
    assert said.format("'onlinecei-result'") in error_of(command, result, *more)
    (tmp_path / "notes.h5").write_text("these are notes", encoding="utf-8")
    assert "notes.h5' is not an HDF5 file" in error_of(command, tmp_path / "notes.h5", *more)
    assert "none.h5' does not exist" in error_of(command, tmp_path / "none.h5", *more)


@pytest.mark.parametrize("open_it", [lambda path: error_of("export", path), lambda path: error_of("reconstruct", path)])
def test_commands_that_take_a_result(open_it: Callable[[Path], str], run: Path, tmp_path: Path) -> None:
    said = "is not an onlinecei result: its attribute format is {}"
    assert said.format("None") in open_it(foreign(tmp_path / "foreign.h5"))
    assert said.format("'onlinecei-run'") in open_it(run)
    assert "none.h5' does not exist" in open_it(tmp_path / "none.h5")


@pytest.mark.parametrize("version", [0, 2])
def test_a_result_of_another_version(version: int, result: Path) -> None:
    with h5py.File(result, "r+") as file:
        file.attrs["version"] = version
    said = f"is a result of version {version}, this program reads 1: .* analyse the run again"
    with pytest.raises(ResultError, match=said):
        oc.open_result(result)


def test_a_result_that_lacks_what_was_added_later(result: Path) -> None:
    with h5py.File(result, "r+") as file:
        del file["entry/analysis/reconstruction_numbers"]
    said = error_of("export", result)
    assert "reconstruction_numbers" in said
    assert said.endswith("if another version made it, analyse the run again")


def test_hits_and_edges_are_not_one_run(run: Path, batch: Batch, water_text: str) -> None:
    channel = np.zeros(batch.pulses, np.uint8)
    edges = Edges(first_edge=np.arange(batch.pulses + 1, dtype=np.uint32), channel=channel, t_ns=channel + 1.0)
    none: dict[str, Any] = dict.fromkeys(("x_mm", "y_mm", "t_ns"), np.empty(0, np.float32))
    with_edges = replace(batch, edges=edges, first_hit=np.zeros_like(batch.first_hit), **none)
    write_run(run.with_name("edges.h5"), [with_edges], water_text + LINES)
    with pytest.raises(RunFileError, match=r"run\.h5' holds hits and '.*edges\.h5' edges, expected files of one run"):
        look_into(run.parent, None)


@pytest.fixture
def ethanol(run: Path, batch: Batch, water_text: str) -> Path:
    """A run of another molecule beside the first."""
    other = water_text.replace('formula = "H2O"', 'formula = "C2H6O"')
    assert other != water_text
    write_run(run.with_name("zethanol.h5"), [later(batch)], other)
    return run.with_name("zethanol.h5")


def later(batch: Batch) -> Batch:
    return replace(batch, train_id=batch.train_id + np.uint64(100))


def moved(water_text: str) -> str:
    return water_text.replace("t0_ns = 12.0", "t0_ns = 11.0")


@pytest.mark.parametrize("command", ["replay", "reprocess", "calibrate", "convert"])
@pytest.mark.parametrize("given", [False, True])
def test_runs_of_two_molecules_are_never_one(
    command: str, given: bool, run: Path, ethanol: Path, water_text: str, tmp_path: Path
) -> None:
    setup = tmp_path / "setup.toml"
    setup.write_text(water_text, encoding="utf-8")
    more = ["--setup", setup] if given else []
    out = ["--out", tmp_path / "out.toml" if command == "calibrate" else tmp_path / "out.csv"]
    said = error_of(command, run.parent, *out, *more)
    assert said == f"runs '{run}' and '{ethanol}' cannot be taken together: they are of H2O and C2H6O"


@pytest.mark.parametrize("command", ["replay", "reprocess", "convert"])
def test_runs_of_two_setups_need_one_for_all(command: str, run: Path, batch: Batch, water_text: str) -> None:
    other = run.with_name("s.h5")
    write_run(other, [later(batch)], moved(water_text))
    said = error_of(command, run.parent, "--out", run.with_name("out.csv"))
    assert said == (
        f"runs '{run}' and '{other}' cannot be taken together: they hold different setups; --setup gives one for all"
    )
    setup = run.with_name("setup.toml")
    setup.write_text(water_text, encoding="utf-8")
    assert look_into(run.parent, setup)[0] == water_text
    assert oc.open_run(run.parent, setup).setup_text == water_text


def test_a_recording_whose_setup_was_revised_is_one_run(
    batch: Batch, water_text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = RecordingFolder(tmp_path / "rec", "live")
    recording.add(batch, water_text)
    recording.add(later(batch), moved(water_text))
    recording.close()
    text, contents = look_into(tmp_path / "rec", None)
    assert text == moved(water_text)
    assert contents.startswith("24 trains")
    said = capsys.readouterr().err
    assert "the setup was revised while the run was recorded, its files hold 2" in said
    assert "that of the last file, 'live-0000000100.h5', is taken for all trains" in said


def test_simulated_and_real_files_in_one_folder_are_remarked_on(
    run: Path, batch: Batch, water_text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_run(run.with_name("twin.h5"), [replace(later(batch), simulated=True)], water_text)
    look_into(run.parent, None)
    assert "1 of the 2 files are simulated, the others not: 'twin.h5' is, 'run.h5' is not" in capsys.readouterr().err


def test_a_replay_doubts_units_before_it_begins(
    batch: Batch, water_text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_list(tmp_path / "run.csv", [replace(batch, t_ns=batch.t_ns / np.float32(1000))], water_text)
    look_into(tmp_path / "run.csv", None)
    assert "doubtful: flight times are at" in capsys.readouterr().err


def test_ragged_text_is_said_before_a_replay_begins(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "run.csv").write_text("shot,x,y,t\n0,1,2,3\n0,1,2\n", encoding="utf-8")
    setup = tmp_path / "setup.toml"
    setup.write_text(f'{water_text}\n[table]\nshot = "shot"\nx = "x"\ny = "y"\nt = "t"\n', encoding="utf-8")
    said = error_of("replay", tmp_path / "run.csv", "--setup", setup, "--headless")
    assert "run.csv' cannot be read: CSV parse error: Row #3: Expected 4 columns, got 3" in said

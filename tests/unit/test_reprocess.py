"""Runs cut into pieces give what one process gives, whatever kind of file they are."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))
from remi import SOURCE, STAGE, write_remi

import onlinecei as oc
from onlinecei.analysis import analyse_all
from onlinecei.centroids.kept_pulses import settled
from onlinecei.cli import app
from onlinecei.cluster import sameness
from onlinecei.errors import CEIError, ClusterError, ResultError
from onlinecei.files.list_writer import write_list
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Delta, Train
from onlinecei.reprocess import Plan, check_together, plan
from onlinecei.reprocess.pieces import Part, analysed, merged
from onlinecei.reprocess.running import _Running
from onlinecei.setup import Setup
from onlinecei.stream.sources import FolderSource

DELAYS = "\n[delays]\nedges_fs = [-100.0, 0.0, 100.0]\n"


def clean(column: np.ndarray) -> np.ndarray:
    """Lists hold finite numbers, and the mock writer takes others for padding."""
    return np.nan_to_num(column, posinf=1.0, neginf=2.0)


def planned(path: Path, trains_per_piece: int | None = None) -> Plan:
    """Cut a run that is to be analysed with its own setup."""
    return plan(path, oc.open_run(path).setup_text, trains_per_piece)


def whole(made: Plan) -> Part:
    """Merge all pieces of a run, later ones first."""
    return merged(*[analysed(piece, made.setup_text, sameness()) for piece in reversed(made.pieces)])


def same(ours: Delta, theirs: Delta) -> None:
    assert np.array_equal(ours.values, theirs.values)
    assert np.array_equal(ours.trains, theirs.trains)
    assert ours.pulses is not None
    assert theirs.pulses is not None
    assert np.array_equal(settled(ours.pulses).t_ns, settled(theirs.pulses).t_ns)


@pytest.fixture
def write(tmp_path: Path, water_text: str, water_trains: list[Train]) -> Callable[..., Path]:
    """Write a run of some of the trains."""

    def make(name: str, which: range | list[int], text: str = water_text) -> Path:
        path = tmp_path / name
        write_run(path, [Batch.of([water_trains[k] for k in which])], text)
        return path

    return make


def test_pieces_of_a_run_file_make_the_whole(write: Callable[..., Path]) -> None:
    path = write("run.h5", range(12))
    made = planned(path, 5)
    assert [(each.start_train, each.stop_train) for each in made.pieces] == [(0, 4), (4, 8), (8, 12)]
    same(whole(made).total, oc.open_run(path).analyse().snapshot.state.total)


def test_a_folder_of_run_files_is_one_run(write: Callable[..., Path], tmp_path: Path, water_text: str) -> None:
    for name, which in {"a.h5": [6, 7, 8], "b.h5": [0, 1, 2, 3, 2], "c.h5": [3, 4, 8, 5]}.items():
        write(name, which)
    (tmp_path / "d.h5").write_bytes(b"no run")
    made, source = plan(tmp_path, water_text, 2), FolderSource(tmp_path, 200)
    expected = analyse_all(iter(source.poll, None), made.setup)
    found = whole(made)
    same(found.total, expected)
    assert Counter(made.left_out) + Counter(found.left_out) == source.counts
    assert source.counts["repeated train id"] == 3
    assert made.trains == source.trains_expected


def test_pieces_of_a_run_of_the_facility_know_what_was_said_before(
    water_trains: list[Train], water_text: str, tmp_path: Path
) -> None:
    """The stage speaks once, in the third train; its position is held to the end, over two pieces."""
    trains = [
        replace(each, delay_fs=np.full(each.pulse_id.size, 30.0), x_mm=clean(each.x_mm), t_ns=clean(each.t_ns))
        for each in water_trains[1:9]
    ]
    path = write_remi(tmp_path, trains)
    with h5py.File(path / "CORR-R0042-REMI01-S00000.h5", "r+") as file:
        file[f"INDEX/{STAGE}/count"][:] = np.arange(8) == 2
    text = water_text + DELAYS + SOURCE.replace("zero = 0.5", "zero = 0.5\nholds_trains = 100")
    made, expected = plan(path, text, 3), oc.open_run(path, Setup.from_toml(text)).analyse()
    assert len(made.pieces) == 3
    found = whole(made)
    same(found.total, expected.snapshot.state.total)
    assert found.left_out == expected.snapshot.state.rejected


def test_an_event_list_is_one_piece(water_batch: Batch, water_text: str, tmp_path: Path) -> None:
    finite = {name: clean(getattr(water_batch, name)) for name in ("x_mm", "y_mm", "t_ns")}
    path = tmp_path / "run.csv"
    write_list(path, [replace(water_batch, **finite)], water_text)
    made = planned(path, 2)
    assert len(made.pieces) == 1
    same(whole(made).total, oc.open_run(path).analyse().snapshot.state.total)


def test_a_worker_that_is_another_program_refuses(write: Callable[..., Path]) -> None:
    made = planned(write("run.h5", range(2)))
    with pytest.raises(CEIError, match=r"the worker on .* has numba .*, the command has 0\.0"):
        analysed(made.pieces[0], made.setup_text, {**sameness(), "numba": "0.0"})


@pytest.mark.parametrize(
    ("which", "changes", "sentence"),
    [
        ([7, 8], {}, "they share trains"),
        ([9], {"map_bins = 20": "map_bins = 21"}, "they hold different setups; --setup gives one"),
        ([9], {'"H2O"': '"H2O2"', "momentum_sum_au = 15.0": ""}, "they are of H2O and H2O2"),
    ],
)
def test_what_cannot_be_taken_together_is_said(
    which: list[int], changes: dict[str, str], sentence: str, write: Callable[..., Path], water_text: str
) -> None:
    for old, new in changes.items():
        water_text = water_text.replace(old, new)
    first, second = write("a.h5", range(8)), write("b.h5", which, water_text)
    with pytest.raises(ResultError, match=f"cannot be taken together: {sentence}"):
        check_together([planned(first), planned(second)])


def test_a_scheduler_that_goes_away_is_said() -> None:
    """Dask then gives up all that was asked for."""
    running = _Running(client=None)
    running.works["last"] = SimpleNamespace(pieces={})
    running._news.put(SimpleNamespace(key="last", cancelled=lambda: True))
    with pytest.raises(ClusterError, match="the scheduler went away"):
        list(running.news())


def refused(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["reprocess", *map(str, arguments)])
    assert isinstance(done.exception, CEIError), done.output
    return str(done.exception)


def test_bad_runs_are_said_before_any_work_begins(
    write: Callable[..., Path], water_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    good = write("good.h5", range(2))
    foreign, twin = tmp_path / "foreign.h5", tmp_path / "twin"
    with h5py.File(foreign, "w") as file:
        file["data"] = [1]
    twin.mkdir()
    (twin / "good.h5").write_bytes(good.read_bytes())
    assert "missing.h5' does not exist" in refused(good, tmp_path / "missing.h5")
    assert "foreign.h5' is an HDF5 file but not a run" in refused(good, foreign)
    assert "would hold the results of" in refused(good, twin / "good.h5")
    assert "they share trains" in refused(good, write("again.h5", range(2)), "--together")
    assert "sbatch is not found" in refused(good, "--scheduler", "slurm")
    write_run(tmp_path / "none.h5", [], water_text)
    assert "there is nothing to analyse" in refused(tmp_path / "none.h5")

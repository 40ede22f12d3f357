"""Event lists give the trains that they were written from, and name the row that is wrong."""

import re
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import onlinecei as oc
from onlinecei.cli import app
from onlinecei.errors import RunFileError, SetupError
from onlinecei.files import _list_pieces, _list_setup
from onlinecei.files.list_writer import write_list
from onlinecei.files.opening import open_trains
from onlinecei.files.plausible import remarks
from onlinecei.files.run import write_run
from onlinecei.records import UNKNOWN_PUMP, Batch, Edges, Train
from onlinecei.setup import Setup

TABLE = '\n[table]\nshot = "shot"\nx = "x"\ny = "y"\nt = "t"\n'


@pytest.fixture(scope="module")
def batch(water_trains: list[Train]) -> Batch:
    random = np.random.default_rng(2)
    whole = Batch.of(water_trains)
    clean = {name: np.nan_to_num(getattr(whole, name), posinf=1.0, neginf=2.0) for name in ("x_mm", "y_mm", "t_ns")}
    return replace(
        whole, **clean, delay_fs=random.uniform(-100, 100, whole.pulses),
        energy_uj=random.uniform(1, 2, whole.pulses).astype(np.float32),
        pump=random.integers(0, 2, whole.pulses).astype(np.uint8),
    )  # fmt: skip


def joined(path: Path, text: str | None = None, hits_per_batch: int = 100) -> Batch:
    batches = list(open_trains(path, text).batches(hits_per_batch))
    return Batch.of([train for each in batches for train in each.trains()])


def same(ours: Batch, theirs: Batch) -> None:
    for name in ("train_id", "first_pulse", "pulse_id", "delay_fs", "energy_uj", "first_hit", "pump"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name), equal_nan=True), name
    for name in ("x_mm", "y_mm", "t_ns"):
        assert np.array_equal(getattr(ours, name), getattr(theirs, name)), name


def test_a_parquet_list_of_shots_holds_everything(batch: Batch, water_text: str, tmp_path: Path) -> None:
    first, second = batch.split(5)
    write_list(tmp_path / "run.parquet", [first, second], water_text)
    same(joined(tmp_path / "run.parquet"), batch)
    assert open_trains(tmp_path / "run.parquet").trains == 12
    assert Setup.from_toml(open_trains(tmp_path / "run.parquet").setup_text).hash == Setup.from_toml(water_text).hash
    later = list(open_trains(tmp_path / "run.parquet").batches(100, start_train=7))
    assert sum(each.train_id.size for each in later) == 5
    some = open_trains(tmp_path / "run.parquet").batches(100, start_train=3, stop_train=8)
    assert [train for each in some for train in each.train_id.tolist()] == batch.train_id[3:8].tolist()


def test_a_csv_list_of_hits_lacks_shots_without_hits_only(batch: Batch, water_text: str, tmp_path: Path) -> None:
    write_list(tmp_path / "run.csv", [batch], water_text)
    read = joined(tmp_path / "run.csv")
    hit = np.diff(batch.first_hit.astype(np.int64)) > 0
    assert np.array_equal(read.pulse_id, batch.pulse_id[hit])
    for name in ("x_mm", "y_mm", "t_ns"):
        assert np.array_equal(getattr(read, name), getattr(batch, name))
    assert np.array_equal(read.delay_fs, batch.delay_fs[hit])
    assert np.array_equal(read.pump, batch.pump[hit])


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_edges_are_listed_too(ending: str, water_text: str, tmp_path: Path) -> None:
    none = np.empty(0, np.float32)
    edges = Edges(
        first_edge=np.array([0, 2, 3], np.uint32), channel=np.array([0, 6, 3], np.uint8), t_ns=np.array([1.5, 2.5, 1e3])
    )
    one = Batch.of([
        Train(
            train_id=7, pulse_id=np.arange(2, dtype=np.uint32), delay_fs=np.zeros(2), energy_uj=np.ones(2, np.float32),
            first_hit=np.zeros(3, np.uint32), x_mm=none, y_mm=none, t_ns=none, edges=edges,
        )
    ])  # fmt: skip
    write_list(tmp_path / f"run.{ending}", [one], water_text)
    opened = open_trains(tmp_path / f"run.{ending}")
    assert opened.holds_edges
    (read,) = opened.batches()
    for name in ("first_edge", "channel", "t_ns"):
        assert np.array_equal(getattr(read.edges, name), getattr(edges, name))


def test_a_table_of_another_hand_is_read_by_the_words_of_the_setup(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "# recorded by hand\nbunch;shot;cm_x;cm_y;us;stage\n"
        "3;0;1;2;0.5;0.1\n3;0;-1;2;0.7;0.1\n3;4;1;0;0.2;0.2\n9;1;0;0;1;0.3\n"
    )
    text = water_text + (
        '\n[table]\nseparator = ";"\ntrain = "bunch"\nshot = "shot"\nx = "cm_x"\ny = "cm_y"\nt = "us"\n'
        'delay = "stage"\n'
        "mm_per_unit = 10.0\nns_per_unit = 1000.0\nfs_per_unit = 6671.28\nzero = 0.1\n"
    )
    read = joined(tmp_path / "mine.csv", text)
    assert read.train_id.tolist() == [3, 9]
    assert read.first_pulse.tolist() == [0, 2, 3]
    assert read.pulse_id.tolist() == [0, 4, 1]
    assert read.x_mm.tolist() == [10, -10, 10, 0]
    assert read.t_ns.tolist() == [500, 700, 200, 1000]
    assert np.allclose(read.delay_fs, [0, 667.128, 1334.256])
    whole = joined(tmp_path / "mine.csv", text + "shots_per_train = 5\n")
    assert whole.first_pulse.tolist() == [0, 5, 10]
    assert np.diff(whole.first_hit.astype(int)).tolist() == [2, 0, 0, 0, 1, 0, 1, 0, 0, 0]


def test_a_row_for_each_shot_with_columns_for_its_hits(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "shots.csv").write_text("x1,x2,y1,y2,t1,t2,laser\n1,2,3,4,500,600,0\n,,,,,,1\n5,,6,,700,,1\n")
    table = (
        '\n[table]\nrows = "shot"\nx = ["x1", "x2"]\ny = ["y1", "y2"]\nt = ["t1", "t2"]\npump = "laser"\n'
        "shots_per_train = 2\n"
    )
    read = joined(tmp_path / "shots.csv", water_text + table)
    assert read.train_id.tolist() == [0, 1]
    assert read.first_pulse.tolist() == [0, 2, 3]
    assert read.first_hit.tolist() == [0, 2, 2, 3]
    assert read.x_mm.tolist() == [1, 2, 5]
    assert read.pump.tolist() == [0, 1, 1]


def test_shots_without_a_row_are_not_taken_for_pumped(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "hits.csv").write_text("shot,x,y,t,laser\n0,1,2,300,0\n")
    with pytest.raises(RunFileError, match="the shots without a row have the pump laser is not known"):
        joined(tmp_path / "hits.csv", water_text + TABLE + 'pump = "laser"\n')


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_list_takes_no_shots_of_which_nobody_knows_the_pump(
    ending: str, batch: Batch, water_text: str, tmp_path: Path
) -> None:
    pump = np.full(batch.pulses, UNKNOWN_PUMP, np.uint8)
    with pytest.raises(RunFileError, match="whether some shots have the pump laser is not known"):
        write_list(tmp_path / f"run.{ending}", [replace(batch, pump=pump)], water_text)
    assert list(tmp_path.iterdir()) == []


def test_columns_may_be_named_in_the_setup(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "bare.txt").write_text("0\t1\t2\t300\n1\t1\t2\t400\n")
    table = '\n[table]\nshot = "n"\nx = "x"\ny = "y"\nt = "t"\nseparator = "\\t"\ncolumns = ["n", "x", "y", "t"]\n'
    assert joined(tmp_path / "bare.txt", water_text + table).t_ns.tolist() == [300, 400]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("shot,x,y,t\n0,1,2,3\n0,1,2\n", "cannot be read: .*Expected 4 columns, got 3"),
        ("shot,x,y,t\n0,1,2,3\n0,1,oops,3\n", "cannot be read: .*oops"),
        ("shot,x,y\n0,1,2\n", "cannot be read: .*'t'"),
        ("shot,x,y,t\n0,1,2,3\n5,1,2,3\n4,1,2,3\n", "row 3: shot 4 of train 0 comes after shot 5 of train 0"),
        ("shot,x,y,t\n0.5,1,2,3\n", "row 1: shot is 0.5, expected a whole number"),
        ("shot,x,y,t\n-1,1,2,3\n", "row 1: .* is -1, expected a whole number"),
        ("", "cannot be read: "),
    ],
)
def test_rows_that_cannot_be_are_named(rows: str, said: str, water_text: str, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text(rows)
    with pytest.raises(RunFileError, match=f"event list '.*bad.csv'.*{said}"):
        joined(tmp_path / "bad.csv", water_text + TABLE)


def test_lists_that_do_not_fit_and_columns_that_are_not_there(water_text: str, tmp_path: Path) -> None:
    table = pa.table({"shot": [0, 1], "x": [[1.0], [2.0]], "y": [[1.0], [2.0, 3.0]], "t": [[1.0], [2.0]]})
    pq.write_table(table, tmp_path / "bad.parquet")
    with pytest.raises(RunFileError, match="the lists of t, x, y have different lengths"):
        joined(tmp_path / "bad.parquet", water_text + TABLE.replace('shot = "shot"', 'rows = "shot"'))
    with pytest.raises(RunFileError, match="there is no column 'time', its columns are shot, x, y, t"):
        joined(tmp_path / "bad.parquet", water_text + TABLE.replace('t = "t"', 't = "time"'))
    (tmp_path / "foreign.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(RunFileError, match="cannot be read"):
        joined(tmp_path / "foreign.parquet", water_text + TABLE)


def test_a_list_without_words_is_said(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("shot,x,y,t\n0,1,2,3\n")
    with pytest.raises(RunFileError, match=r"holds no setup: give one with \[table\]"):
        open_trains(tmp_path / "a.csv")
    with pytest.raises(RunFileError, match=r"what its columns mean, add \[table\]"):
        open_trains(tmp_path / "a.csv", water_text)
    for wrong in ('x = "x"\n', 't = ["a", "b"]\n', 'rows = "line"\n', 'shot = ""\n'):
        key = wrong.partition(" ")[0]
        lines = [line for line in TABLE.splitlines() if not line.startswith(f"{key} ")]
        text = "\n".join(lines).replace('y = "y"', "") if key == "x" else "\n".join(lines)
        with pytest.raises(SetupError):
            open_trains(tmp_path / "a.csv", water_text + text + "\n" + wrong)


def test_without_pyarrow_one_sentence_says_what_to_install(
    batch: Batch, water_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.csv", "a.parquet"):
        write_list(tmp_path / name, [batch], water_text)
    monkeypatch.setattr(_list_setup, "find_spec", lambda _name: None)
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(
            RunFileError, match=rf"{name}' needs the package pyarrow: pip install 'onlinecei\[parquet\]'"
        ):
            open_trains(tmp_path / name)
    with pytest.raises(RunFileError, match="needs the package pyarrow"):
        write_list(tmp_path / "b.csv", [batch], water_text)


def test_a_list_larger_than_the_memory_is_read_in_pieces(
    batch: Batch, water_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.csv"
    many = (replace(batch, train_id=batch.train_id + np.uint64(12 * number)) for number in range(40))
    write_list(path, many, water_text)
    assert path.stat().st_size > 3_000_000
    monkeypatch.setattr(_list_pieces, "BLOCK_BYTES", 50_000)
    tracemalloc.start()
    counted = sum(each.hits for each in open_trains(path).batches(1000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counted == 40 * batch.hits
    assert peak < path.stat().st_size / 4


@pytest.mark.parametrize(
    ("factors", "said"),
    [
        ((0.001, 1.0), ["hits are at .* mm typically, the detector's radius is 60 mm: is mm_per_unit right?"]),
        ((1000.0, 0.001), ["is mm_per_unit right?", "flight times are at .* ns typically, .*: is ns_per_unit right?"]),
        ((1.0, 1.0), []),
    ],
)
def test_other_units_are_remarked_on(
    factors: tuple[float, float], said: list[str], batch: Batch, water: Setup, water_text: str, tmp_path: Path
) -> None:
    places, times = (np.float32(factor) for factor in factors)
    scaled = replace(batch, x_mm=batch.x_mm * places, y_mm=batch.y_mm * places, t_ns=batch.t_ns * times)
    found = remarks(scaled, water)
    assert len(found) == len(said)
    assert all(re.search(pattern, each) for pattern, each in zip(said, found, strict=True))
    write_run(tmp_path / "a.h5", [scaled], water_text)
    done = CliRunner().invoke(app, ["convert", str(tmp_path / "a.h5"), "--out", str(tmp_path / "b.parquet")])
    assert done.output.count("doubtful:") == len(said)


def test_convert_goes_there_and_back(batch: Batch, water_text: str, tmp_path: Path) -> None:
    write_run(tmp_path / "a.h5", [batch], water_text)
    for source, out in (("a.h5", "b.parquet"), ("b.parquet", "c.h5"), ("c.h5", "d.csv")):
        done = CliRunner().invoke(app, ["convert", str(tmp_path / source), "--out", str(tmp_path / out)])
        assert done.exit_code == 0, done.output
    same(joined(tmp_path / "c.h5"), batch)
    with oc.open_run(tmp_path / "a.h5") as first, oc.open_run(tmp_path / "b.parquet") as second:
        ours, theirs = second.analyse(), first.analyse()
    assert np.array_equal(ours.snapshot.state.total.values, theirs.snapshot.state.total.values)
    onto_itself = CliRunner().invoke(app, ["convert", str(tmp_path / "a.h5"), "--out", str(tmp_path / "a.h5")])
    assert onto_itself.exit_code == 2

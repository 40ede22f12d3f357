"""One table of all reconstructions: units, origin, and every program that is to read it."""

import builtins
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from onlinecei import units
from onlinecei.analysis import analyse, centroids, reconstruct_all, single_events
from onlinecei.errors import CEIError, ResultError
from onlinecei.files.geometries import write_geometries
from onlinecei.files.provenance import origin_in_words
from onlinecei.files.reconstruction_table import Table, reconstruction_table
from onlinecei.files.table_csv import write_table_csv
from onlinecei.files.table_parquet import write_table_parquet
from onlinecei.files.tables import read_centroids
from onlinecei.records import Batch, Facts, Snapshot, State
from onlinecei.setup import Setup


@pytest.fixture(scope="module")
def snapshot(water_text: str, water_batch: Batch) -> Snapshot:
    """Two bins of delay and one without pump, averages over single events beside."""
    per_event = water_text.replace('method = "classical"', 'method = "classical"\nper_event = true')
    text = per_event + "\n[delays]\nedges_fs = [-50.0, 0.0, 50.0]\nunpumped = true\n"
    setup = Setup.from_toml(text)
    at = np.tile([-25.0, 25.0, 25.0], water_batch.pulses // 3 + 1)[: water_batch.pulses]
    pump = np.tile([1, 1, 0], water_batch.pulses // 3 + 1)[: water_batch.pulses].astype(np.uint8)
    total = analyse(replace(water_batch, delay_fs=at, pump=pump), setup)
    found = tuple(reconstruct_all(centroids(total, setup), setup, single_events(total, setup)))
    facts = Facts(dropped={"queue full": 3})
    state = State(total=total, finished=True, trains_expected=13, rejected={"unreadable": 1}, facts=facts)
    return Snapshot(run="water.h5", setup_text=text, state=state, reconstructions=found)


@pytest.fixture(scope="module")
def table(snapshot: Snapshot) -> Table:
    return reconstruction_table(snapshot)


def test_every_ion_of_every_set_has_a_row(table: Table, snapshot: Snapshot) -> None:
    expected = [each for each in snapshot.reconstructions for _ in each.centroids.channel.ions]
    assert len(table.rows) == len(expected) > 20
    first = snapshot.reconstructions[0]
    rows = [row for row in table.rows if (row["channel"], row["delay"]) == ("O+/H+/H+", "-50 to 0 fs")]
    assert [row["ion"] for row in rows] == ["O+", "H+", "H+"]
    assert [row["y_angstrom"] for row in rows] == (first.positions_au[:, 1] / units.ANGSTROM).tolist()
    assert {row["delay_fs"] for row in rows} == {-25.0}
    assert rows[0]["average_events"] == first.per_event.events
    assert {row["delay"] for row in table.rows} == {"-50 to 0 fs", "0 to 50 fs", "unpumped"}


def test_columns_and_rows_agree(table: Table) -> None:
    names = {column.name for column in table.columns}
    types = {column.name: column.type for column in table.columns}
    assert len(names) == len(table.columns)
    for row in table.rows:
        assert set(row) <= names
        assert all(isinstance(value, types[name] | None) for name, value in row.items()), row
    assert all(column.unit for column in table.columns if column.name.endswith(("_fs", "_au", "_ev", "_angstrom")))


def test_the_table_says_where_it_comes_from(table: Table, snapshot: Snapshot) -> None:
    assert Setup.from_toml(str(table.origin["setup"])).hash == table.origin["setup_hash"]
    assert (table.origin["trains_used"], table.origin["trains_expected"]) == (12, 13)
    assert table.origin["trains_left_out"] == {"unreadable": 1, "dropped: queue full": 3}
    assert {"onlinecei", "models", "methods", "run", "train_ranges"} <= set(table.origin)
    assert reconstruction_table(snapshot).origin == table.origin


def test_the_csv_is_read_by_pandas_and_by_reconstruct(table: Table, snapshot: Snapshot, tmp_path: Path) -> None:
    write_table_csv(tmp_path / "t.csv", table)
    read = pd.read_csv(tmp_path / "t.csv", comment="#", skip_blank_lines=True)
    assert list(read.columns) == [column.name for column in table.columns]
    assert len(read) == len(table.rows)
    assert np.allclose(read.px_au, [row["px_au"] for row in table.rows], rtol=1e-15)
    sets = read_centroids(tmp_path / "t.csv")
    assert len(sets) == len(snapshot.reconstructions)
    for ours, theirs in zip(sets, [each.centroids for each in snapshot.reconstructions], strict=True):
        assert (ours.name, ours.events, ours.delay_bin) == (theirs.name, theirs.events, theirs.delay_bin)
        assert np.array_equal(ours.momentum_au, theirs.momentum_au)


def test_the_csv_states_types_and_units_as_ecsv_does(table: Table, tmp_path: Path) -> None:
    write_table_csv(tmp_path / "t.csv", table)
    write_table_csv(tmp_path / "again.csv", table)
    assert (tmp_path / "t.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    head = [line.removeprefix("# ") for line in (tmp_path / "t.csv").read_text().splitlines() if line.startswith("#")]
    assert head[:3] == ["%ECSV 1.0", "---", "datatype:"]
    columns = {each["name"]: each for each in (json.loads(line[2:]) for line in head if line.startswith("- "))}
    assert columns["mean_ker_ev"]["unit"] == "eV"
    assert columns["x_angstrom"]["unit"] == "Angstrom"
    assert columns["events"]["datatype"] == "int64"
    assert columns["delay_from_fs"]["datatype"] == "string"
    meta = next(line for line in head if line.startswith("meta: "))
    assert json.loads(meta.removeprefix("meta: "))["setup_hash"] == table.origin["setup_hash"]


def test_an_error_in_a_table_with_comments_names_its_line(table: Table, tmp_path: Path) -> None:
    write_table_csv(tmp_path / "t.csv", table)
    lines = (tmp_path / "t.csv").read_text().splitlines()
    header = next(place for place, line in enumerate(lines) if not line.startswith("#"))
    lines[header + 2] = lines[header + 2].replace("O+/H+/H+", "Q+/H+/H+")
    (tmp_path / "t.csv").write_text("\n".join(lines))
    with pytest.raises(ResultError, match=f"line {header + 3}: ion 'Q\\+'"):
        read_centroids(tmp_path / "t.csv")


def test_parquet_keeps_types_units_and_origin(table: Table, tmp_path: Path) -> None:
    write_table_parquet(tmp_path / "t.parquet", table)
    read = pq.read_table(tmp_path / "t.parquet")
    for column in table.columns:
        assert read[column.name].to_pylist() == [row.get(column.name) for row in table.rows]
        assert read.schema.field(column.name).metadata[b"unit"].decode() == column.unit
    assert json.loads(read.schema.metadata[b"onlinecei"]) == table.origin


def test_without_pyarrow_one_sentence_says_what_to_install(
    table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., object] = builtins.__import__

    def without(name: str, *rest: object, **more: object) -> object:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ResultError, match=r"pip install 'onlinecei\[parquet\]'"):
        write_table_parquet(tmp_path / "t.parquet", table)


@pytest.mark.parametrize("write", [write_table_csv, write_table_parquet])
def test_a_table_that_cannot_be_written_is_said(
    write: Callable[[Path, Table], None], table: Table, tmp_path: Path
) -> None:
    with pytest.raises(CEIError, match="cannot be written"):
        write(tmp_path / "no" / "where", table)


def test_frames_of_the_movie_open_in_ase_and_say_where_they_come_from(snapshot: Snapshot, tmp_path: Path) -> None:
    write_geometries(tmp_path / "movie.xyz", snapshot.reconstructions, origin_in_words(snapshot))
    frames = [frame for frame in ase.io.read(tmp_path / "movie.xyz", ":") if "per_event" not in frame.info]
    of_channel = [frame for frame in frames if frame.info["channel"] == "O+/H+/H+"]
    assert [frame.info.get("delay_fs") for frame in of_channel] == [-25.0, 25.0, None]
    assert of_channel[2].info["pump"] == "unpumped"
    assert {frame.get_chemical_formula() for frame in of_channel} == {"H2O"}
    said = of_channel[0].info
    assert (said["run"], said["trains_used"], said["trains_left_out"]) == ("water.h5", 12, 4)
    assert said["setup_hash"] == Setup.from_toml(snapshot.setup_text).hash
    assert said["program"].startswith("onlinecei ")

"""Simulated data is called simulated: from the run file through every record to all that a person sees."""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from ase.io import read
from prometheus_client import CollectorRegistry, generate_latest
from typer.testing import CliRunner

import onlinecei as oc
from onlinecei.analysis import analyse, merge, nothing
from onlinecei.cli import app
from onlinecei.files.list_writer import write_list
from onlinecei.files.opening import open_trains
from onlinecei.files.recording import RecordingFolder
from onlinecei.files.run import open_run, write_run
from onlinecei.records import Batch, Facts, Train
from onlinecei.report import report_page, write_figures
from onlinecei.setup import Setup
from onlinecei.stream.account import Account
from onlinecei.stream.figures import Figures, Seen
from onlinecei.stream.revisions import Revision
from onlinecei.stream.snapshots import restored, saved_message, snapshot_of
from onlinecei.stream.wire import batch_message, batch_of, decode, delta_message, delta_of, encode
from onlinecei.twin import TwinOptions, make_run


@pytest.fixture(scope="module")
def batch(water_trains: list[Train]) -> Batch:
    return replace(Batch.of(water_trains), simulated=True)


@pytest.fixture(scope="module")
def result(batch: Batch, water_text: str, tmp_path_factory: pytest.TempPathFactory) -> oc.Result:
    path = tmp_path_factory.mktemp("run") / "water.h5"
    write_run(path, [batch], water_text)
    with oc.open_run(path) as run:
        assert repr(run).startswith("<Run water.h5 (simulated): ")
        assert "water.h5 (simulated)" in run._repr_html_()
        return run.analyse()


def test_parts_of_a_batch_know_it_and_one_part_is_enough(batch: Batch, water_trains: list[Train]) -> None:
    real = Batch.of(water_trains)
    first, rest = batch.split(3)
    assert rest is not None
    parts = [*batch.trains(), first, rest, batch.of_pulses(slice(10, 60)), batch.where(batch.train_id > 4)]
    assert all(part is not None and part.simulated for part in parts)
    assert Batch.joined([real, batch]).simulated
    assert Batch.of([*real.trains(), *batch.trains()]).simulated
    assert not any(part.simulated for part in (real, *real.trains(), Batch.joined([real, real])))


def test_sums_know_it_and_one_train_is_enough(batch: Batch, water: Setup, water_trains: list[Train]) -> None:
    simulated, real = analyse(batch, water), analyse(Batch.of(water_trains), water)
    assert simulated.simulated
    assert not real.simulated
    assert np.array_equal(simulated.values, real.values)
    for some, other in ((simulated, nothing(water)), (nothing(water), simulated)):
        assert merge(some, other).simulated
    assert not merge(real, nothing(water)).simulated


def test_messages_and_saved_states_carry_it(batch: Batch, water_trains: list[Train], water_text: str) -> None:
    for each in (batch, Batch.of(water_trains)):
        message = decode(encode(batch_message(each, 3)))
        assert batch_of(message).simulated == each.simulated
        revision = Revision(number=0, first_train=0, setup_text=water_text)
        delta = analyse(each, revision.setup)
        assert delta_of(decode(encode(delta_message(delta, message)))).simulated == each.simulated
        account = Account.of(revision).with_delta(delta, revision, delta.trains)
        saved = decode(encode(saved_message(account, 4)))
        assert restored(saved).total.simulated == each.simulated
        assert snapshot_of(saved).state.total.simulated == each.simulated


def test_what_the_twin_makes_says_so_and_its_recordings_do(water_text: str, tmp_path: Path) -> None:
    made = tmp_path / "made.h5"
    make_run("water", made, water_text, TwinOptions(pulses=200))
    with open_run(made) as run:
        assert run.simulated
        folder = RecordingFolder(tmp_path / "recorded", "made")
        for batch in run.batches():
            folder.add(batch, water_text)
            folder.add(replace(batch, train_id=batch.train_id + 1000, simulated=False), water_text)
        folder.close()
    found = {}
    for path in sorted((tmp_path / "recorded").glob("*.h5")):
        with open_run(path) as run:
            found[path.name] = run.simulated
    assert sorted(found.values()) == [False, True]  # one file holds one or the other


def test_a_run_that_says_nothing_is_not(water_trains: list[Train], water_text: str, tmp_path: Path) -> None:
    write_run(tmp_path / "real.h5", [Batch.of(water_trains)], water_text)
    with h5py.File(tmp_path / "real.h5") as file:
        assert "simulated" not in file.attrs
    with oc.open_run(tmp_path / "real.h5") as run:
        result = run.analyse()
    assert repr(result).startswith("<Result of real.h5: ")
    assert "simulated" not in report_page(result.snapshot).replace('"simulated": false', "").replace(
        "simulated: False", ""
    )
    assert result.dataset.attrs["simulated"] == 0


@pytest.mark.parametrize("said", [np.array([1, 1]), np.array([]), h5py.Empty("i4"), np.nan, "no", 0])
def test_an_attribute_of_another_kind_is_no_word(said: object, batch: Batch, water_text: str, tmp_path: Path) -> None:
    write_run(tmp_path / "run.h5", [replace(batch, simulated=False)], water_text)
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file.attrs["simulated"] = said
    with open_run(tmp_path / "run.h5") as run:
        assert not run.simulated


def test_lists_carry_it_there_and_back(batch: Batch, water_text: str, tmp_path: Path) -> None:
    write_run(tmp_path / "a.h5", [batch], water_text)
    for source, out in (("a.h5", "b.parquet"), ("b.parquet", "c.csv"), ("c.csv", "d.h5")):
        done = CliRunner().invoke(app, ["convert", str(tmp_path / source), "--out", str(tmp_path / out)])
        assert done.exit_code == 0, done.output
    with open_run(tmp_path / "d.h5") as run:
        assert run.simulated


@pytest.mark.parametrize("simulated", [True, False])
def test_a_list_of_ours_knows_it_better_than_a_setup_for_it(
    simulated: bool, batch: Batch, water_text: str, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    write_list(path, [replace(batch, simulated=simulated)], water_text)
    stored = "".join(line.removeprefix("# ") for line in path.read_text().splitlines(keepends=True) if line[0] == "#")
    other = stored.replace("simulated = true\n", "") if simulated else stored + "simulated = true\n"
    with closing(open_trains(path, other)) as opened:
        assert opened.simulated == simulated
        assert all(each.simulated == simulated for each in opened.batches())


def test_all_that_a_person_sees_says_so(result: oc.Result, tmp_path: Path) -> None:
    assert repr(result).startswith("<Result of water.h5 (simulated): ")
    assert "water.h5 (simulated)" in result._repr_html_()
    assert "<h1>H₂O, water.h5 (simulated)</h1>" in report_page(result.snapshot)
    assert all("water.h5 (simulated)" in path.read_text() for path in write_figures(tmp_path, result.snapshot, "svg"))
    assert result.provenance["simulated"] is True
    assert result.dataset.attrs["simulated"] == 1
    figures = CollectorRegistry()
    figures.register(Figures(Seen(snapshot=result.snapshot, facts=Facts(), silent_s=0.0)))
    assert b"\nonlinecei_simulated 1.0\n" in generate_latest(figures)


def test_all_that_is_exported_says_so(result: oc.Result, tmp_path: Path) -> None:
    path = result.save(tmp_path / "result.h5")
    assert oc.open_result(path).snapshot.state.total.simulated
    with h5py.File(path) as file:
        assert file["entry/title"].asstr()[()] == "onlinecei analysis of water.h5 (simulated)"
    for form, name in (("xyz", "g.xyz"), ("csv", "t.csv"), ("parquet", "t.parquet")):
        done = CliRunner().invoke(app, ["export", str(path), "--format", form, "--out", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    assert read(tmp_path / "g.xyz", 0).info["simulated"]
    assert '"simulated": true' in (tmp_path / "t.csv").read_text(encoding="utf-8")
    parquet = pytest.importorskip("pyarrow.parquet")
    assert json.loads(parquet.read_schema(tmp_path / "t.parquet").metadata[b"onlinecei"])["simulated"] is True

"""What is known of false coincidences goes with the centroids wherever these go."""

import math
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.analysis import analyse, centroids, reconstruct_all
from onlinecei.centroids import Layout, background, false_counts, false_in
from onlinecei.cli._output import report_one
from onlinecei.errors import ResultError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.false_columns import false_from_columns, false_to_columns
from onlinecei.files.result import read_result, write_result
from onlinecei.files.tables import read_centroids, write_centroids_csv, write_centroids_json
from onlinecei.records import Batch, Centroids, Delta, Snapshot, State
from onlinecei.setup import Setup
from onlinecei.stream.inference import Inference
from onlinecei.stream.wire import Message, decode, encode


@pytest.fixture(scope="module")
def total(water: Setup, water_batch: Batch) -> Delta:
    return analyse(water_batch, water)


@pytest.fixture(scope="module")
def measured(total: Delta, water: Setup) -> list[Centroids]:
    return centroids(total, water)


@pytest.mark.parametrize("name", ["table.csv", "table.json"])
def test_tables_hold_them(measured: list[Centroids], tmp_path: Path, name: str) -> None:
    write = write_centroids_csv if name.endswith("csv") else write_centroids_json
    unknown = replace(measured[0], false_events=math.nan, false_error=math.nan)
    for sets in ([*measured], [unknown]):
        write(tmp_path / name, sets)
        back = read_centroids(tmp_path / name)
        for key in ("false_events", "false_error"):
            np.testing.assert_array_equal([getattr(each, key) for each in back], [getattr(each, key) for each in sets])
        np.testing.assert_allclose(back[0].error_au, sets[0].error_au, atol=1e-12)


@pytest.mark.parametrize(("key", "value"), [("false_events", "many"), ("false_error", "-1"), ("false_error", "")])
def test_a_strange_number_in_a_table_is_refused(
    measured: list[Centroids], tmp_path: Path, key: str, value: str
) -> None:
    path = tmp_path / "table.csv"
    write_centroids_csv(path, measured[:1])
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    cells = [row.split(",") for row in rows]
    for row in cells:
        row[header.split(",").index(key)] = value
    path.write_text("\n".join([header, *(",".join(row) for row in cells)]), encoding="utf-8")
    with pytest.raises(ResultError, match=key):
        read_centroids(path)


def test_reconstructions_carry_them(measured: list[Centroids], water: Setup) -> None:
    back = from_columns(to_columns(reconstruct_all(measured, water)))
    assert [each.centroids.false_events for each in back] == [each.false_events for each in measured]
    assert [each.centroids.false_error for each in back] == [each.false_error for each in measured]


def test_a_result_holds_the_background_of_each_histogram(
    measured: list[Centroids], total: Delta, water: Setup, water_text: str, tmp_path: Path
) -> None:
    path, found, layout = tmp_path / "result.h5", background(total, water), Layout.of(water)
    geometries = tuple(reconstruct_all(measured, water))
    write_result(path, Snapshot(run="run", setup_text=water_text, state=State(total=total), reconstructions=geometries))
    with h5py.File(path) as file:
        channel = file["entry/Op_Hp_Hp"]
        assert channel["false_events"][()].tolist() == [measured[0].false_events]
        for kind in ("ker", "momentum_map", "momentum_sum", "newton"):
            block = layout.blocks[f"O+/H+/H+:{kind}"]
            np.testing.assert_allclose(channel[kind]["background"], block.of(found.values), rtol=1e-6)
            np.testing.assert_allclose(channel[kind]["background_errors"], np.sqrt(block.of(found.squares)), rtol=1e-6)
        assert "background" not in file["entry/pipico"]
    assert [each.false_events for each in centroids(read_result(path).state, water)] == [
        each.false_events for each in measured
    ]


def test_the_report_says_the_true_share(
    measured: list[Centroids], water: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *_ = reconstruct_all(measured, water)
    report_one(first)
    assert f"true share {first.centroids.true_events / first.centroids.events:.1%}" in capsys.readouterr().out
    report_one(replace(first, centroids=replace(first.centroids, false_events=math.nan)))
    assert "true share" not in capsys.readouterr().out


def test_false_counts_travel_to_a_thousandth(total: Delta, water: Setup) -> None:
    layout, found = Layout.of(water), background(total, water)
    columns = false_to_columns(false_counts(total, water))
    assert columns["false_counts"].nbytes < 0.26 * sum(
        8 * block.size for name, block in layout.blocks.items() if name.rpartition(":")[0]
    )
    back = false_from_columns(columns, layout)
    pulses = layout.view(total.values, "pulses_by_delay")
    for kind in ("events", "ker", "momentum_map", "newton", "momentum_sum"):
        name = f"O+/H+/H+:{kind}"
        told, known = false_in(back, layout, name, pulses), layout.blocks[name].of(found.values)
        np.testing.assert_allclose(told, known, rtol=2e-3, atol=1e-6)
        np.testing.assert_allclose(false_in(back, layout, name, 3 * pulses), 3 * told)


def test_false_counts_of_a_bin_without_pulses_are_not_known(total: Delta, water_text: str) -> None:
    setup = Setup.from_toml(water_text + "[delays]\nedges_fs = [1e5, 1e6]")
    delta = replace(total, setup_hash=setup.hash, values=Layout.of(setup).empty())
    found, layout = false_counts(delta, setup), Layout.of(setup)
    assert np.isnan(false_in(found, layout, "O+/H+/H+:ker", np.ones(1, np.int64))).all()
    with pytest.raises(ResultError, match="no false coincidences are told of 'pipico'"):
        false_in(found, layout, "pipico", np.ones(1, np.int64))


def test_false_counts_of_another_setup_are_refused(total: Delta, water: Setup, water_text: str) -> None:
    columns = false_to_columns(false_counts(total, water))
    other = Layout.of(Setup.from_toml(water_text + "[delays]\nedges_fs = [-1.0, 0.0, 1.0]"))
    with pytest.raises(ResultError, match="this setup has 2 bins"):
        false_from_columns(columns, other)
    with pytest.raises(ResultError, match="type int64"):
        false_from_columns(columns | {"false_counts": columns["false_pulses"]}, Layout.of(water))
    assert false_from_columns({}, other) is None


def test_result_and_snapshot_carry_false_counts(total: Delta, water: Setup, water_text: str, tmp_path: Path) -> None:
    found = false_counts(total, water)
    write_result(tmp_path / "r.h5", Snapshot(run="run", setup_text=water_text, state=State(total=total)))
    read = read_result(tmp_path / "r.h5").false_counts
    np.testing.assert_allclose(read.counts, found.counts, rtol=2e-3, atol=1e-6)


def test_inference_sends_them_with_the_geometries(total: Delta, water: Setup, water_text: str) -> None:
    class Reducer:
        def send(self, message: Message, to: bytes = b"") -> bool:
            del to
            self.message = message
            return True

    reducer = Reducer()
    Inference(reducer).handle(Snapshot(run="run", setup_text=water_text, state=State(total=total, version=3)))
    sent = false_from_columns(decode(encode(reducer.message)).buffers, Layout.of(water))
    np.testing.assert_allclose(sent.counts, false_counts(total, water).counts, rtol=2e-3, atol=1e-6)

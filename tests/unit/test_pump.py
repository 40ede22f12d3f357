"""Pulses without pump, positions of a motor scan, and the timing tool: which bin each is in, and where it says so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase.build import molecule

from onlinecei.analysis import analyse, analyse_all, centroids
from onlinecei.centroids import Layout
from onlinecei.centroids.delays import delay_bins, with_acting_delays
from onlinecei.cli._output import report_one
from onlinecei.errors import CEIError, RunFileError, SetupError, WireError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.geometries import write_geometries
from onlinecei.files.run import RunWriter, open_run, write_run
from onlinecei.files.tables import read_centroids, write_centroids_csv, write_centroids_json
from onlinecei.ions import Channel
from onlinecei.records import NO_PUMP_FS, UNKNOWN_PUMP, UNKNOWN_PUMP_FS, Batch, Centroids, Reconstruction, Train
from onlinecei.setup import DelaysSection, Setup
from onlinecei.stream.serving.bridge import bridge_data
from onlinecei.stream.serving.section import PULSES
from onlinecei.stream.wire import batch_message, batch_of, decode, encode, encode_batch
from onlinecei.twin import Scan, TwinOptions, default_setup, simulate
from onlinecei_gui.moment import delay_name

TRUTH = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 0.0]])
NAN, INF = float("nan"), float("inf")


def setup_with(text: str, delays: str) -> Setup:
    return Setup.from_toml(f"{text}[delays]\n{delays}")


@pytest.fixture(scope="module")
def molecules(water: Setup, train_of: Callable, hits_of: Callable) -> Callable[..., Train]:
    """One whole molecule in each pulse."""

    def make(delays: list[float], train_id: int = 1, **further: np.ndarray | None) -> Train:
        rows = hits_of(np.stack([TRUTH] * len(delays)), Channel.parse("O+/H+/H+"), water)
        return replace(train_of(list(rows), train_id, delays), **further)

    return make


@pytest.mark.parametrize(
    ("delays", "last", "outside"),
    [
        ("edges_fs = [-5.0, 0.0, 5.0]\nunpumped = true", [2, 0, 3], 1),
        ("edges_fs = [-5.0, 0.0, 5.0]", [2, 0], 1),
        ("positions_fs = [-1.0, 3.0]\nunpumped = true", [2, 0, 3], 1),
        ("unpumped = true", [3, 3], 0),
        ("", [6], 0),
    ],
)
def test_pulses_without_pump_have_the_last_bin_or_none(
    water_text: str, molecules: Callable, delays: str, last: list[int], outside: int
) -> None:
    setup = setup_with(water_text, delays)
    pump = np.array([1, 1, 0, 0, 0, 1], np.uint8)
    total = analyse(molecules([-1.0, -1.5, -1.0, 3.0, NAN, 100.0], pump=pump), setup)
    layout = Layout.of(setup)
    assert layout.view(total.values, "O+/H+/H+:events").tolist() == last
    assert layout.view(total.values, "pulses_by_delay").tolist() == last
    counters = layout.counters(total.values)
    assert counters["pulses_without_pump"] == 3
    assert counters["pulses_outside_delays"] == outside
    found = centroids(total, setup)[len(last) - 1]
    assert np.isnan(found.delay_fs).all() == setup.delays.unpumped


@pytest.mark.parametrize(
    ("delays", "pulses"),
    [
        ("edges_fs = [-5.0, 0.0, 5.0]\nunpumped = true", [1, 0, 1]),
        ("edges_fs = [-5.0, 0.0, 5.0]", [1, 0]),
        ("positions_fs = [-1.0, 3.0]\nunpumped = true", [1, 0, 1]),
        ("unpumped = true", [1, 1]),
        ("", [4]),
    ],
)
def test_a_pulse_of_which_nobody_knows_the_pump_passes_neither_for_pumped_nor_for_unpumped(
    water_text: str, molecules: Callable, delays: str, pulses: list[int]
) -> None:
    setup = setup_with(water_text, delays)
    pump = np.array([1, 0, UNKNOWN_PUMP, UNKNOWN_PUMP], np.uint8)
    batch = Batch.of([molecules([-1.0, -1.0, -1.0, NAN], pump=pump)])
    settled = with_acting_delays(batch, setup)
    assert settled.delay_fs.tolist() == [-1.0, NO_PUMP_FS, UNKNOWN_PUMP_FS, UNKNOWN_PUMP_FS]
    total, layout = analyse(batch, setup), Layout.of(setup)
    assert layout.view(total.values, "pulses_by_delay").tolist() == pulses
    assert layout.counters(total.values)["pulses_without_pump"] == 1


def test_a_facility_that_is_played_does_not_know_the_pump_either(molecules: Callable) -> None:
    pump = np.array([1, 0, UNKNOWN_PUMP], np.uint8)
    sent = bridge_data(molecules([1.0, 1.0, 1.0], pump=pump))[PULSES]["data.pump"]
    np.testing.assert_array_equal(sent, [1, 0, NAN])
    known = bridge_data(molecules([1.0, 1.0], pump=pump[:2]))[PULSES]["data.pump"]
    assert known.dtype == np.uint8


def test_positions_take_what_is_nearer_than_the_tolerance() -> None:
    setup = Setup.from_toml('[molecule]\nformula="H2O"\n[spectrometer]\nacceleration_mm=95.0\nfield_v_per_mm=22.0\n'
                            "[delays]\npositions_fs = [-10.0, 0.0, 4.0]\ntolerance_fs = 1.5")  # fmt: skip
    delays = [-10.0, -8.5, -8.51, -11.49, 0.0, 1.49, 2.0, 2.51, 5.4, 5.5, NAN, INF, -INF, 1e300]
    bins = delay_bins(np.array(delays), setup)
    assert bins.tolist() == [0, -1, 0, 0, 1, 1, -1, 2, 2, -1, -1, -1, -1, -1]
    assert setup.delays.bins == ((-11.5, -8.5), (-1.5, 1.5), (2.5, 5.5))
    assert DelaysSection(positions_fs=(0.0, 4.0, 20.0)).bins == ((-2.0, 2.0), (2.0, 6.0), (18.0, 22.0))
    assert DelaysSection(positions_fs=(7.0,), tolerance_fs=1.0).bins == ((6.0, 8.0),)


@pytest.mark.parametrize(
    ("delays", "words"),
    [
        ("edges_fs = [0.0, 1.0]\npositions_fs = [0.0, 1.0]", "one of them"),
        ("positions_fs = [1.0, 1.0]", "rising"),
        ("positions_fs = []", "positions_fs"),
        ("positions_fs = [1.0]", "tolerance_fs"),
        ("positions_fs = [0.0, 1.0]\ntolerance_fs = 0.6", "half the smallest step, 0.5"),
        ("tolerance_fs = 0.6", "without positions_fs"),
        ("edges_fs = [0.0, 1.0]\ntolerance_fs = 0.6", "without positions_fs"),
        ('timing_tool = "require"', "edges_fs or positions_fs"),
        ('timing_tool = "yes"', "timing_tool"),
    ],
)
def test_delays_that_do_not_fit_together_are_an_error(water_text: str, delays: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        setup_with(water_text, delays)


def test_the_timing_tool_is_added_as_the_setup_says(water_text: str, molecules: Callable) -> None:
    jitter = np.array([0.0, 2.0, NAN, -3.0, 1.0])
    pump = np.array([1, 1, 1, 1, 0], np.uint8)
    batch = Batch.of([molecules([1.0, 1.0, 1.0, NAN, 1.0], timing_tool_fs=jitter, pump=pump)])
    expected = {
        "ignore": [1.0, 1.0, 1.0, NAN, NO_PUMP_FS],
        "add": [1.0, 3.0, 1.0, NAN, NO_PUMP_FS],
        "require": [1.0, 3.0, NAN, NAN, NO_PUMP_FS],
    }
    for use, delays in expected.items():
        setup = setup_with(water_text, f'edges_fs = [0.0, 2.0, 4.0]\nunpumped = true\ntiming_tool = "{use}"')
        settled = with_acting_delays(batch, setup)
        np.testing.assert_array_equal(settled.delay_fs, delays)
        np.testing.assert_array_equal(with_acting_delays(settled, setup).delay_fs, delays)
        counters = Layout.of(setup).counters(analyse(batch, setup).values)
        assert counters["pulses_outside_delays"] == np.isnan(delays).sum()
        without = replace(batch, timing_tool_fs=None, pump=None)
        missing = [NAN] * 5 if use == "require" else batch.delay_fs
        np.testing.assert_array_equal(with_acting_delays(without, setup).delay_fs, missing)


def test_kept_events_know_that_there_was_no_pump(water_text: str, molecules: Callable) -> None:
    text = water_text.replace('method = "classical"', 'method = "classical"\nper_event = true')
    setup = setup_with(text, "edges_fs = [0.0, 2.0]\nunpumped = true")
    total = analyse(molecules([1.0, 1.0, 1.0], pump=np.array([0, 1, 0], np.uint8)), setup)
    assert sorted(total.kept[0].delay_fs) == [NO_PUMP_FS, NO_PUMP_FS, 1.0]


def test_columns_join_and_part_again(molecules: Callable) -> None:
    pumped = molecules([1.0, 2.0], 1)
    mixed = molecules([1.0, 2.0, 3.0], 2, pump=np.array([0, 1, 0], np.uint8), timing_tool_fs=np.array([1.0, NAN, 2.0]))
    batch = Batch.of([pumped, mixed])
    assert batch.pump is not None
    assert batch.pump.tolist() == [1, 1, 0, 1, 0]
    np.testing.assert_array_equal(batch.timing_tool_fs, [NAN, NAN, 1.0, NAN, 2.0])
    apart = list(batch.trains())
    assert apart[1].pump is not None
    assert apart[1].pump.tolist() == [0, 1, 0]
    assert Batch.of([pumped]).pump is Batch.of([pumped]).timing_tool_fs is None


def test_columns_travel_and_are_checked(molecules: Callable) -> None:
    batch = Batch.of([molecules([1.0, 2.0], pump=np.array([0, 1], np.uint8), timing_tool_fs=np.array([0.5, NAN]))])
    back = batch_of(decode(encode_batch(batch, 3)))
    np.testing.assert_array_equal(back.pump, batch.pump)
    np.testing.assert_array_equal(back.timing_tool_fs, batch.timing_tool_fs)
    message = batch_message(batch, 3)
    for name, wrong in (("pump", np.zeros(3, np.uint8)), ("pump", np.zeros(2)), ("timing_tool_fs", np.zeros((2, 1)))):
        bad = replace(message, buffers={**message.buffers, name: wrong})
        with pytest.raises(WireError, match=name):
            batch_of(decode(encode(bad)))


def test_run_files_hold_the_columns_where_there_are_some(tmp_path: Path, water_text: str, molecules: Callable) -> None:
    pump = np.array([0, 1, 0], np.uint8)
    mixed, pumped = molecules([1.0, 2.0, 3.0], 1, pump=pump), molecules([1.0], 2)
    write_run(tmp_path / "mixed.h5", [Batch.of([mixed]), Batch.of([pumped])], water_text)
    with open_run(tmp_path / "mixed.h5") as run:
        (batch,) = run.batches()
    assert batch.pump is not None
    assert batch.pump.tolist() == [0, 1, 0, 1]
    assert batch.timing_tool_fs is None
    write_run(tmp_path / "pumped.h5", [Batch.of([pumped])], water_text)
    with open_run(tmp_path / "pumped.h5") as run:
        assert next(run.batches()).pump is None
    with RunWriter(tmp_path / "more.h5", water_text) as writer, pytest.raises(RunFileError, match="pump"):
        writer.append(Batch.of([mixed]))


@pytest.mark.parametrize("ending", ["csv", "json"])
def test_tables_say_unpumped_and_read_it_back(
    tmp_path: Path, water_text: str, molecules: Callable, ending: str
) -> None:
    setup = setup_with(water_text, "edges_fs = [0.0, 2.0, 4.0]\nunpumped = true")
    total = analyse(molecules([1.0, 3.0] * 3, pump=np.array([1, 1, 1, 1, 0, 0], np.uint8)), setup)
    path = tmp_path / f"table.{ending}"
    found = centroids(total, setup)[:3]
    (write_centroids_csv if ending == "csv" else write_centroids_json)(path, found)
    assert path.read_text().count("unpumped") == (6 if ending == "csv" else 2)
    back = read_centroids(path)
    assert [each.delay_bin for each in back] == [0, 1, 2]
    assert [each.events for each in back] == [2, 2, 2]
    assert np.isnan(back[2].delay_fs).all()
    path.write_text(path.read_text().replace("unpumped", "nan"))
    with pytest.raises(CEIError, match="unpumped"):
        read_centroids(path)


def test_what_people_see_says_unpumped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    channel, zeros = Channel.parse("O+/H+/H+"), np.zeros((3, 3))
    found = Reconstruction(
        centroids=Centroids(
            channel=channel, complete=True, delay_bin=1, delay_fs=(NAN, NAN), events=100, momentum_au=TRUTH,
            covariance_au2=np.eye(9), mean_ker_ev=30.0,
        ),
        method="classical", positions_au=TRUTH / 50, uncertainty_au=zeros, round_trip_au=TRUTH, misfit=0.0, solutions=1,
    )  # fmt: skip
    report_one(found)
    assert "O+/H+/H+, unpumped: 100 events" in capsys.readouterr().out
    assert delay_name(NAN, NAN) == "unpumped"
    assert delay_name(-1.0, 2.0) == "-1 to 2 fs"
    write_geometries(tmp_path / "geometries.xyz", [found])
    assert "pump=unpumped" in (tmp_path / "geometries.xyz").read_text()
    (back,) = from_columns(to_columns((found,)))
    assert np.isnan(back.centroids.delay_fs).all()


def test_a_simulated_scan_has_pulses_without_pump(tmp_path: Path) -> None:
    water = molecule("H2O")
    path = tmp_path / "path.xyz"
    frames = []
    for delay, factor in ((0.0, 1.0), (50.0, 2.0)):
        rows = "\n".join(
            f"{symbol} {x * factor} {y * factor} {z * factor}"
            for symbol, (x, y, z) in zip(water.get_chemical_symbols(), water.positions, strict=True)
        )
        frames.append(f"3\nProperties=species:S:1:pos:R:3 delay_fs={delay}\n{rows}")
    path.write_text("\n".join(frames) + "\n")
    options = TwinOptions(pulses=2000, geometries=60, efficiency=1.0, scan=Scan(file=path, unpumped=0.25))
    text = default_setup(water, "water", options)
    setup = Setup.from_toml(text)
    assert setup.delays.unpumped
    batches, truth = simulate(water, setup, options, 3)
    total = analyse_all(batches, setup)
    layout = Layout.of(setup)
    by_delay = layout.view(total.values, "pulses_by_delay")
    assert by_delay.sum() == 2000
    assert 430 < by_delay[2] < 570
    assert layout.counters(total.values)["pulses_without_pump"] == by_delay[2]
    near, far, unpumped = centroids(total, setup)[:3]
    assert unpumped.mean_ker_ev == pytest.approx(near.mean_ker_ev, rel=0.05)
    assert far.mean_ker_ev < 0.6 * unpumped.mean_ker_ev
    assert truth.count("event/pulse") > 1000
    with pytest.raises(CEIError, match="file of delays"):
        Scan(unpumped=0.5)

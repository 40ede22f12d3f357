"""The line of water and ethanol as the bench measures it: what it is measured on, and that the rows hold together."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from onlinecei.analysis import analyse
from onlinecei.bench import coincidences, ethanol, stages, workers
from onlinecei.bench.cases import Case, analyse_messages, water_case
from onlinecei.centroids import Layout
from onlinecei.cli import _bench_line, app
from onlinecei.coincidence import find, identify
from onlinecei.detector import accept
from onlinecei.ions import Channel
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.twin import Detector, TwinOptions, load_molecule, simulate

REPLAY_DATA = Path(__file__).parents[2] / "replay_data"


@pytest.fixture(scope="module")
def crowded() -> Case:
    return ethanol.nine_ions_case(pulses=60)


@pytest.fixture(scope="module")
def small(water: Setup, water_batch: Batch) -> Case:
    return Case.of("water", "a few pulses", water, [water_batch])


def test_a_crowd_holds_every_hit_of_its_pulses_in_time_order(crowded: Case) -> None:
    batch = crowded.batches[0]
    order = np.random.default_rng(1).permutation(batch.pulses)
    crowd = ethanol.crowd(batch, 3, order, train_id=7)
    assert (crowd.train_id.tolist(), crowd.pulses) == ([7], batch.pulses // 3)
    for pulse in range(crowd.pulses):
        true = np.concatenate([_hits(batch, k) for k in order[3 * pulse : 3 * pulse + 3]])
        ours = _hits(crowd, pulse)
        assert sorted(ours.tolist()) == sorted(true.tolist())
        assert np.all(np.diff(ours[:, 0]) >= 0)


def _hits(batch: Batch, pulse: int) -> np.ndarray:
    own = slice(int(batch.first_hit[pulse]), int(batch.first_hit[pulse + 1]))
    return np.column_stack([batch.t_ns[own], batch.x_mm[own], batch.y_mm[own]])


def test_the_shipped_runs_make_cases_of_three_channels() -> None:
    water = water_case(REPLAY_DATA / "water.h5")
    assert [each.name for each in water.setup.channels] == ["O+/H+/H+", "O2+/H+/H+", "O+/H+"]
    bright = ethanol.crowded_case(REPLAY_DATA / "ethanol.h5", batches=1)
    assert bright.hits / bright.pulses == pytest.approx(ethanol.HITS_PER_PULSE, rel=0.05)
    assert len(bright.setup.channels) == 3


def test_ethanol_that_is_simulated_has_twenty_hits_a_pulse(crowded: Case) -> None:
    assert crowded.hits / crowded.pulses == pytest.approx(ethanol.HITS_PER_PULSE, rel=0.15)


def test_four_fifths_of_the_true_combinations_pass_what_ions_may_miss() -> None:
    setup = Setup.from_toml(ethanol.SETUP)
    options = TwinOptions(
        pulses=1000, molecules_per_pulse=0.2, background_per_pulse=0.0, efficiency=1.0, geometries=200,
        channels=((ethanol.EVERY_ION, 1.0),), detector=Detector(dead_time_ns=0.0),
    )  # fmt: skip
    (batch,), _ = simulate(load_molecule("ethanol"), setup, options, 4)
    alone = np.flatnonzero(np.diff(batch.first_hit.astype(np.int64)) == 9)
    ions = identify(accept(batch, setup), setup)
    for section in setup.channels:
        every, passed = (find(ions, section.channel, setup, window) for window in (None, section.sum_gate_au))
        share = np.isin(passed.pulse, alone).sum() / np.isin(every.pulse, alone).sum()
        assert 0.75 < share < 0.95


CHANNELS = {
    **{each.name: each.sum_gate_au for each in Setup.from_toml(ethanol.SETUP).channels},
    "C+/C+/H+/H+/H+/H+/H+/H+": 60.0,
    "O+/C+/C+/H+/H+/H+/H+/H+": 60.0,
    ethanol.EVERY_ION: 20.0,
}


@pytest.mark.parametrize(("name", "window"), CHANNELS.items(), ids=CHANNELS.keys())
@pytest.mark.parametrize("limit", [100, 20_000])
def test_a_pulse_of_500_hits_is_searched_or_counted_as_cut(crowded: Case, name: str, window: float, limit: int) -> None:
    setup = crowded.setup.model_copy(
        update={"limits": crowded.setup.limits.model_copy(update={"combinations_per_pulse": limit})}
    )
    batch = ethanol.one_pulse(crowded, 500)
    assert (batch.pulses, batch.hits) == (1, 500)
    found = find(identify(accept(batch, setup), setup), Channel.parse(name), setup, window)
    assert found.pulses_cut in (0, 1)
    assert found.pulse.size <= (0 if found.pulses_cut else limit)
    assert np.all(np.abs(found.momentum_au.sum(axis=1)) <= window)
    if name == "O+/C+/C+":
        assert found.pulses_cut == (limit == 100)


def test_a_row_counts_the_events_of_all_channels(small: Case) -> None:
    row = coincidences.line_row(small, 1)
    delta, layout = analyse(small.batches[0], small.setup), Layout.of(small.setup)
    events = sum(int(layout.view(delta.values, f"{each.name}:events").sum()) for each in small.setup.channels)
    assert events > 20
    assert row.events_per_pulse * small.pulses == pytest.approx(events)
    assert row.hits_per_second >= row.median > 0
    assert 0 < row.share_of_copy < 1


def test_a_crowded_pulse_says_what_was_found_and_what_was_cut(crowded: Case) -> None:
    row = coincidences.pulse_row(crowded, 1, hits=60)
    assert (row.hits, row.cut) == (60, 0)
    assert row.found > 3


def test_the_steps_are_those_of_the_stage(small: Case) -> None:
    found = stages.profile(small, 1)
    of_channels = [f"{step} {each.name}" for step in ("find", "sums and maps") for each in small.setup.channels]
    names = [name for name, _ in found.steps]
    assert set(names) == {
        "decode",
        "accept",
        "identify",
        "hash of pulses, empty sums",
        "sort by species and pattern",
        "spectra, images, PIPICO, cumulants",
        "keep events",
        "keep pulses",
        "merge",
    } | {*of_channels}
    assert found.rest == pytest.approx(found.whole - sum(value for _, value in found.steps))
    assert found.wire_bytes == small.wire_bytes / small.hits > 12
    assert found.bound_by_columns < found.bound_by_wire


def test_a_worker_of_its_own_takes_the_batches(small: Case) -> None:
    assert workers.parallel_seconds(small, 1, 1) > 0


def test_there_are_rows_for_as_many_workers_as_cores(small: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coincidences, "parallel_seconds", lambda _, number, repeats: 1.0 + 0.1 * number * repeats)
    rows = coincidences.workers_rows(small, 1, most=3)
    assert [row.workers for row in rows] == [1, 2]
    assert rows[1].ratio == pytest.approx(2 * 1.1 / 1.2)


def test_the_messages_of_a_case_are_its_batches(small: Case) -> None:
    np.testing.assert_array_equal(
        analyse_messages(small.messages, small.setup).values, analyse(small.batches[0], small.setup).values
    )
    assert small.with_channels(small.setup.channels[:1]).setup.channels == small.setup.channels[:1]


@pytest.mark.parametrize("option", ["--line", "--profile"])
def test_the_tables_fit_a_terminal(small: Case, monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    def without_peer(*_: object) -> None:
        _bench_line.answers.print(_bench_line._correlations([]))

    monkeypatch.setattr(coincidences, "cases", lambda _: iter([small]))
    monkeypatch.setattr(coincidences, "cores", lambda: 0)
    monkeypatch.setattr(coincidences, "CROWDED_PULSE", 50)
    monkeypatch.setattr(_bench_line, "_print_correlations", without_peer)
    shown = CliRunner().invoke(app, ["bench", option, "--repeats", "1"], env={"COLUMNS": "80"})
    assert shown.exit_code == 0, shown.output
    assert "water" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 80

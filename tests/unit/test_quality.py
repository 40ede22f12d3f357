"""How good the data of a channel are, from sums whose content is known."""

import io
import math
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from rich.console import Console

from onlinecei.analysis import analyse, centroids, nothing
from onlinecei.centroids import Layout
from onlinecei.centroids.quality import Quality, qualities
from onlinecei.cli._quality import MOST_ROWS, quality_table
from onlinecei.files.result import write_result
from onlinecei.records import Batch, Delta, Reconstruction, Snapshot, State
from onlinecei.setup import Setup


@pytest.fixture(scope="module")
def total(water: Setup) -> Delta:
    """A thousand pulses with 400 events of the first channel, whose momentum sum is off by 1 a.u. along x."""
    delta, random = nothing(water), np.random.default_rng(2)
    layout = Layout.of(water)
    layout.view(delta.values, "counters")[0] = 1000
    layout.view(delta.values, "O+/H+/H+:events")[0] = 400
    view, edges = (
        layout.view(delta.values, "O+/H+/H+:momentum_sum"),
        layout.blocks["O+/H+/H+:momentum_sum"].axes[0].edges,
    )
    for axis, offset in enumerate((1.0, 0.0, 0.0)):
        view[axis] += np.histogram(random.normal(offset, 2.0, size=4000), edges)[0]
    return delta


@pytest.fixture(scope="module")
def made(water: Setup, total: Delta) -> tuple[Reconstruction, ...]:
    """A geometry of the first channel with errors of 0.02 and 0.04 bohr, and none of the others."""
    rows = []
    for each in centroids(total, water):
        errors = np.full((len(each.channel.ions), 3), 0.02)
        errors[0] = 0.04
        rows.append(
            Reconstruction(
                centroids=replace(each, background_share=0.1) if each.complete else each, method="made up",
                positions_au=errors, uncertainty_au=errors, round_trip_au=errors, misfit=0.0, solutions=1,
                reason="" if each.complete else "not complete",
            )
        )  # fmt: skip
    return tuple(rows)


def test_what_is_known_is_said(water: Setup, total: Delta, made: tuple[Reconstruction, ...]) -> None:
    first, second, _ = qualities(total.values, made, water)
    assert (first.name, first.events, first.pulses, first.events_per_pulse) == ("O+/H+/H+", 400, 1000, 0.4)
    assert first.true_share == pytest.approx(0.9)
    assert [peak.axis for peak in first.peaks] == ["x", "y", "z"]
    assert first.peaks[0].offset_au == pytest.approx(1.0, abs=0.15)
    assert first.peaks[1].width_au == pytest.approx(2.0, rel=0.1)
    assert first.geometry_error_au == pytest.approx(math.sqrt((0.04**2 + 2 * 0.02**2) / 3))
    assert first.pulses_to_halve == 3000
    assert first.minutes_to_halve(10.0) == pytest.approx(5.0)
    assert first.minutes_to_halve(None) is None
    assert math.isnan(second.true_share)
    assert math.isnan(second.geometry_error_au)
    assert (second.peaks, second.pulses_to_halve, second.minutes_to_halve(10.0)) == ((), None, None)


def test_nothing_yet_is_no_error(water: Setup) -> None:
    (first, *_) = qualities(nothing(water).values, (), water)
    assert math.isnan(first.events_per_pulse)
    assert first.peaks == ()
    _shown([first])


def test_the_table_names_the_worst_and_is_short(water: Setup, total: Delta, made: tuple[Reconstruction, ...]) -> None:
    (first, *_) = qualities(total.values, made, water)
    text = _shown([first])
    for expected in ("O+/H+/H+", "400", "0.4", "90%", "px +", "3,000"):
        assert expected in text
    many = _shown([replace(first, delay_bin=k, delay_fs=(k, k + 1.0)) for k in range(MOST_ROWS + 5)])
    assert f"{MOST_ROWS - 1} to {MOST_ROWS} fs" in many
    assert f"{MOST_ROWS} to {MOST_ROWS + 1} fs" not in many
    assert "5 more" in many


def test_an_error_that_no_more_data_halve_is_said(water: Setup, snapshot: Snapshot, tmp_path: Path) -> None:
    first, *rest = snapshot.reconstructions
    lasting = replace(first, centroids=replace(first.centroids, lasting_share=0.4))
    row, *_ = qualities(snapshot.state.total.values, (lasting, *rest), water)
    assert (row.pulses_to_halve, row.minutes_to_halve(10.0)) == (math.inf, math.inf)
    assert _shown([row]).rstrip().endswith("never")
    write_result(tmp_path / "result.h5", replace(snapshot, reconstructions=(lasting, *rest)))
    with h5py.File(tmp_path / "result.h5") as file:
        np.testing.assert_array_equal(file["entry/quality/pulses_to_halve_it"], [np.inf, np.nan, np.nan])


def test_pulses_without_pump_are_called_that(total: Delta, made: tuple[Reconstruction, ...], water: Setup) -> None:
    row, *_ = qualities(total.values, made, water)
    assert "O+/H+/H+, unpumped" in _shown([replace(row, delay_fs=(math.nan, math.nan))])


def _shown(rows: list[Quality]) -> str:
    page = io.StringIO()
    Console(file=page, width=140).print(quality_table(rows))
    return page.getvalue()


@pytest.fixture
def snapshot(water_text: str, total: Delta, made: tuple[Reconstruction, ...]) -> Snapshot:
    return Snapshot(run="run.h5", setup_text=water_text, state=State(total=total), reconstructions=made)


def test_a_result_holds_it(snapshot: Snapshot, tmp_path: Path) -> None:
    write_result(tmp_path / "result.h5", snapshot)
    with h5py.File(tmp_path / "result.h5") as file:
        group = file["entry/quality"]
        assert group.attrs["NX_class"] == "NXcollection"
        assert group["channel"].asstr()[()].tolist() == ["O+/H+/H+", "O+/H+", "H+/H+"]
        assert group["events"][()].tolist() == [400, 0, 0]
        assert group["momentum_sum_offset_au"][0, 0] == pytest.approx(1.0, abs=0.15)
        assert np.isnan(group["momentum_sum_offset_au"][1]).all()
        assert group["pulses_to_halve_it"][0] == 3000


def test_real_sums_go_through(water: Setup, water_batch: Batch) -> None:
    delta = analyse(water_batch, water)
    assert [each.events for each in qualities(delta.values, (), water)] == [
        int(Layout.of(water).view(delta.values, f"{section.name}:events").sum()) for section in water.channels
    ]

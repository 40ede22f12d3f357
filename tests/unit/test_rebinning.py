"""Kept events in other delay bins: as if the run had been analysed with those."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import onlinecei as oc
from onlinecei.errors import ResultError, SetupError
from onlinecei.files.run import write_run
from onlinecei.records import Batch

DELAYS = """
[limits]
kept_hits = 0
[delays]
edges_fs = [0.0, 10.0, 20.0, 30.0]
unpumped = true
"""
EDGES = [0.0, 5.0, 30.0]


@pytest.fixture(scope="module")
def run(water_batch: Batch, water_text: str, tmp_path_factory: pytest.TempPathFactory) -> oc.Run:
    random = np.random.default_rng(1)
    scanned = replace(
        water_batch,
        delay_fs=random.uniform(-5, 35, water_batch.pulses),
        pump=random.integers(0, 4, water_batch.pulses).clip(0, 1).astype(np.uint8),
    )
    path = tmp_path_factory.mktemp("rebinning") / "scan.h5"
    write_run(path, [scanned], water_text.replace('"classical"', '"classical"\nper_event = true') + DELAYS)
    return oc.open_run(path)


@pytest.fixture(scope="module")
def result(run: oc.Run) -> oc.Result:
    return run.analyse()


def test_they_are_those_of_an_analysis_with_these_bins(run: oc.Run, result: oc.Result) -> None:
    ours = result.rebinned(EDGES).dataset
    theirs = run.analyse(oc.changed(run.setup, delays={"edges_fs": EDGES})).dataset.sel(channel=["O+/H+/H+"])
    assert int(theirs.events.sum()) > 30
    assert ours.channel.values.tolist() == ["O+/H+/H+"]
    for name in ("events", "delay_from", "delay_to", "delay_label", "reason", "average_events"):
        np.testing.assert_array_equal(ours[name], theirs[name])
    for name in ("momentum", "momentum_error", "ker", "average_position"):
        np.testing.assert_allclose(ours[name], theirs[name], atol=2e-3)
    assert np.isnan(ours.false_events).all()


def test_bins_of_single_events_are_those_of_the_result(result: oc.Result) -> None:
    again = result.rebinned([0.0, 10.0, 20.0, 30.0])
    np.testing.assert_array_equal(again.events("O+/H+/H+").momentum, result.events("O+/H+/H+").momentum)
    np.testing.assert_array_equal(again.dataset.events[0], result.dataset.events.sel(channel="O+/H+/H+"))
    assert again.counters["pulses"] == again.counters["hits"] == 0
    assert again.snapshot.state.total.train_count == result.snapshot.state.total.train_count


def test_such_a_result_is_saved_shown_and_reported(result: oc.Result, tmp_path: Path) -> None:
    again = result.rebinned(EDGES)
    opened = oc.open_result(again.save(tmp_path / "result.h5"))
    np.testing.assert_array_equal(opened.dataset.momentum, again.dataset.momentum)
    assert opened.setup.delays.edges_fs == tuple(EDGES)
    assert "5 to 30 fs" in again.report(tmp_path / "report.html").read_text()
    assert "5 to 30 fs" in again._repr_html_()


def test_it_is_refused_where_nothing_was_kept(run: oc.Run, result: oc.Result) -> None:
    without = run.analyse(oc.changed(run.setup, reconstruction={"per_event": False}))
    with pytest.raises(ResultError, match=r"'scan.h5' keeps no single events .* analyse the run again"):
        without.rebinned(EDGES)
    with pytest.raises(SetupError, match="edges_fs"):
        result.rebinned([30.0, 0.0])

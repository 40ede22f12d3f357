"""Kept events in other delay bins: as if the run had been analysed with those."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from onlinecei.analysis import analyse, centroids, nothing
from onlinecei.centroids import rebinned
from onlinecei.records import Batch
from onlinecei.setup import DelaysSection, Setup

PER_EVENT = ('method = "classical"', 'method = "classical"\nper_event = true')


@pytest.fixture(scope="module")
def scanned(water_batch: Batch) -> Batch:
    random = np.random.default_rng(1)
    return replace(
        water_batch,
        delay_fs=random.uniform(0, 30, water_batch.pulses),
        pump=random.integers(0, 4, water_batch.pulses).clip(0, 1).astype(np.uint8),
    )


@pytest.mark.parametrize("bins", ["edges_fs = [0.0, 5.0, 30.0]", "positions_fs = [4.0, 12.0]", ""])
def test_they_are_those_of_an_analysis_with_these_bins(water_text: str, scanned: Batch, bins: str) -> None:
    text = water_text.replace(*PER_EVENT) + "[limits]\nkept_hits = 0\n"
    setup = Setup.from_toml(text + "[delays]\nedges_fs = [0.0, 10.0, 20.0, 30.0]\nunpumped = true")
    afresh = Setup.from_toml(text + f"[delays]\n{bins}\nunpumped = true")
    found = rebinned(analyse(scanned, setup), setup, afresh.delays)
    expected = [each for each in centroids(analyse(scanned, afresh), afresh) if each.channel.name == "O+/H+/H+"]
    assert sum(each.events for each in expected) > 30
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert (ours.events, ours.delay_bin, ours.channel) == (theirs.events, theirs.delay_bin, theirs.channel)
        np.testing.assert_array_equal(ours.delay_fs, theirs.delay_fs)
        np.testing.assert_allclose(ours.momentum_au, theirs.momentum_au, atol=1e-3)
        np.testing.assert_allclose(ours.mean_ker_ev, theirs.mean_ker_ev, atol=1e-3)


def test_without_kept_events_there_is_nothing(water: Setup, train_of: Callable) -> None:
    assert rebinned(nothing(water), water, DelaysSection()) == []
    assert rebinned(analyse(train_of([[]]), water), water, DelaysSection(edges_fs=(0.0, 1.0))) == []

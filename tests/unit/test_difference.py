"""Pumped minus unpumped: per pulse, with the errors of counts."""

from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.analysis import analyse, nothing
from onlinecei.centroids import Layout, pumped_minus_unpumped
from onlinecei.errors import ResultError
from onlinecei.records import Delta
from onlinecei.setup import Setup

KER = "O+/H+/H+:ker"


@pytest.fixture(scope="module")
def pumped(water_text: str) -> Setup:
    return Setup.from_toml(water_text + "[delays]\nedges_fs = [0.0, 10.0, 20.0]\nunpumped = true")


def delta(setup: Setup, counts: np.ndarray, pulses: list[int], name: str = KER) -> Delta:
    layout = Layout.of(setup)
    values = layout.empty()
    layout.view(values, name)[:] = counts
    layout.view(values, "pulses_by_delay")[:] = pulses
    return Delta(setup_hash=setup.hash, values=values, trains=np.array([[1, 1]], np.uint64))


def test_differences_are_per_pulse(pumped: Setup) -> None:
    counts = np.random.default_rng(1).integers(0, 50, (3, 200))
    found = pumped_minus_unpumped(delta(pumped, counts, [100, 400, 200]), pumped, KER)
    np.testing.assert_allclose(found.values[1], counts[1] / 400 - counts[2] / 200, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.errors[0], np.sqrt(counts[0] / 100**2 + counts[2] / 200**2), rtol=1e-12)
    assert found.delay_fs == ((0.0, 10.0), (10.0, 20.0))
    assert (found.pulses.tolist(), found.pulses_unpumped) == ([100, 400], 200)
    assert found.values.shape == (2, 200)
    assert found.axes[0].name == "ker"


def test_errors_are_the_spread_over_many_runs(pumped: Setup) -> None:
    random, rate = np.random.default_rng(2), np.linspace(0.01, 0.2, 200)
    pulls = []
    for _ in range(100):
        pulses = [3000, 1000, 2000]
        counts = random.poisson(np.outer(pulses, rate) * [[1.0], [1.5], [1.0]])
        found = pumped_minus_unpumped(delta(pumped, counts, pulses), pumped, KER)
        pulls.append((found.values - np.array([[0.0], [0.5]]) * rate) / found.errors)
    assert abs(np.mean(pulls)) < 0.03
    assert 0.95 < np.std(pulls) < 1.05


def test_maps_and_events_too(pumped: Setup, train_of: Callable) -> None:
    found = pumped_minus_unpumped(
        analyse(train_of([[], []], delay_fs=[1.0, 2.0]), pumped), pumped, "O+/H+:momentum_map"
    )
    assert found.values.shape == (2, 3, 20, 20)
    assert np.isnan(found.values).all(), "there are no pulses without pump"
    assert np.isnan(pumped_minus_unpumped(nothing(pumped), pumped, "O+/H+:events").values).all()


@pytest.mark.parametrize("name", ["pipico", "O+/H+/H+:momentum_sum", "O+/H+/H+:momentum", "no such"])
def test_other_blocks_are_refused(pumped: Setup, name: str) -> None:
    with pytest.raises(ResultError, match="counts by delay"):
        pumped_minus_unpumped(nothing(pumped), pumped, name)


def test_without_such_a_bin_the_key_is_named(water: Setup) -> None:
    with pytest.raises(ResultError, match="unpumped"):
        pumped_minus_unpumped(nothing(water), water, KER)

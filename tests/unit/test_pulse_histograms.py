"""Delays and energies of all pulses, whatever bins the setup has."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from onlinecei.analysis import analyse, merge
from onlinecei.arrays import F8, I8
from onlinecei.centroids import Layout
from onlinecei.records import NO_PUMP_FS, Batch, Delta
from onlinecei.setup import Setup

ENERGIES = np.random.default_rng(5).lognormal(4.0, 1.2, 400).astype(np.float32)


@pytest.fixture
def pulses(train_of: Callable) -> Callable[..., Batch]:
    """Pulses without hits, of known delays and energies."""

    def make(delay_fs: F8, energy_uj: F8) -> Batch:
        batch = Batch.of([train_of([[]] * len(delay_fs), delay_fs=list(delay_fs))])
        return replace(batch, energy_uj=np.asarray(energy_uj, np.float32))

    return make


def block(delta: Delta, setup: Setup, name: str) -> tuple[I8, F8]:
    layout = Layout.of(setup)
    return layout.view(delta.values, name), layout.blocks[name].axes[0].edges


def test_energies_lie_in_bins_of_an_eighth_of_an_octave(water: Setup, pulses: Callable[..., Batch]) -> None:
    counts, edges = block(analyse(pulses(np.zeros(400), ENERGIES), water), water, "pulse_energies")
    np.testing.assert_array_equal(counts, np.histogram(ENERGIES.astype(np.float64), edges)[0])
    assert counts.sum() == 400
    assert (edges[0], edges[-1]) == (2.0**-10, 2.0**14)
    np.testing.assert_allclose(edges[8:] / edges[:-8], 2.0)
    assert (np.diff(edges) / edges[:-1]).max() <= 0.125


def test_an_edge_belongs_to_the_bin_above_it(water: Setup, pulses: Callable[..., Batch]) -> None:
    _, edges = block(analyse(pulses(np.zeros(1), np.ones(1)), water), water, "pulse_energies")
    counts, _ = block(analyse(pulses(np.zeros(192), edges[:-1]), water), water, "pulse_energies")
    assert counts.tolist() == [1] * 192


@pytest.mark.parametrize("energy", [np.nan, np.inf, -np.inf, -1.0, -0.0, 0.0, 2.0**-11, 2.0**14, 3e38])
def test_energies_that_are_none_are_left_out(water: Setup, pulses: Callable[..., Batch], energy: float) -> None:
    counts, _ = block(analyse(pulses(np.zeros(1), np.array([energy])), water), water, "pulse_energies")
    assert counts.sum() == 0


def test_delays_reach_beyond_the_bins_and_are_finer(water_text: str, pulses: Callable[..., Batch]) -> None:
    setup = Setup.from_toml(f"{water_text}\n[delays]\nedges_fs = [-100.0, 0.0, 300.0]\n")
    delays = np.append(np.random.default_rng(1).uniform(-200.0, 400.0, 500), [np.nan, NO_PUMP_FS, np.inf])
    counts, edges = block(analyse(pulses(delays, np.full(503, np.nan)), setup), setup, "delays")
    assert (edges[0], edges[-1], counts.size) == (-140.0, 340.0, 240)
    np.testing.assert_array_equal(counts, np.histogram(delays[:500], edges)[0])


def test_without_bins_ten_picoseconds_are_seen(water: Setup, pulses: Callable[..., Batch]) -> None:
    counts, edges = block(analyse(pulses(np.array([-4999.0, 0.0, 7.0, 5001.0]), np.ones(4)), water), water, "delays")
    assert counts.sum() == 3
    assert counts[500] == 2
    assert edges[500] == pytest.approx(0.0, abs=1e-9)


def test_they_merge_by_addition(water: Setup, pulses: Callable[..., Batch]) -> None:
    whole = analyse(pulses(np.zeros(400), ENERGIES), water)
    first, second = (analyse(pulses(np.zeros(200), part), water) for part in (ENERGIES[:200], ENERGIES[200:]))
    parts = (replace(part, trains=np.array([[k, k]], np.uint64)) for k, part in enumerate((first, second), 1))
    counts, _ = block(merge(*parts), water, "pulse_energies")
    np.testing.assert_array_equal(counts, block(whole, water, "pulse_energies")[0])

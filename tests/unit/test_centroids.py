"""Means, covariances and histograms of events with known momenta."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from onlinecei import units
from onlinecei.analysis import analyse, centroids
from onlinecei.centroids import Layout, accumulate, molecular_frame
from onlinecei.centroids.layout import COUNTERS, MOMENTUM_QUANTUM_AU
from onlinecei.coincidence import identify
from onlinecei.detector import accept
from onlinecei.errors import ResultError
from onlinecei.ions import Channel
from onlinecei.records import Batch, Centroids, Coincidences, Delta
from onlinecei.setup import Setup

CHANNEL = Channel.parse("O+/H+/H+")
TRUTH = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 0.0]])


def accumulated(momenta: np.ndarray, setup: Setup, train_of: Callable, delays: list[float] | None = None) -> Delta:
    """Sums of events with momenta (M, 3, 3), one in each pulse, handed over without a detector between."""
    batch = Batch.of([train_of([[]] * len(momenta), delay_fs=delays)])
    hits = accept(batch, setup)
    nothing = [
        Coincidences(
            pulse=np.empty(0, np.int64), ion=np.empty((0, 2), np.int64), ion_momentum_au=np.empty((0, 3)), pulses_cut=0
        )
    ] * 2
    found = Coincidences(
        pulse=np.arange(len(momenta)),
        ion=np.arange(momenta.shape[0] * momenta.shape[1]).reshape(momenta.shape[:2]),
        ion_momentum_au=momenta.reshape(-1, 3),
        pulses_cut=3,
    )
    values, _ = accumulate(batch, hits, identify(hits, setup), [found, *nothing], setup)
    return Delta(setup_hash=setup.hash, values=values, trains=np.array([[1, 1]], np.uint64))


def water_centroids(delta: Delta, setup: Setup) -> Centroids:
    return centroids(delta, setup)[0]


def test_mean_and_covariance_are_those_of_numpy(water: Setup, train_of: Callable, turned: Callable) -> None:
    random = np.random.default_rng(4)
    events = TRUTH + random.normal(scale=2.0, size=(500, 3, 3))
    events = np.stack([turned(event, 1, random)[0] for event in events])
    framed = np.empty_like(events)
    for event, out in zip(events, framed, strict=True):
        assert molecular_frame(event, out)
    gated = np.all(np.abs(events.sum(axis=1)) <= 15.0, axis=1)
    whole = np.rint(framed[gated] / MOMENTUM_QUANTUM_AU).reshape(-1, 9) * MOMENTUM_QUANTUM_AU
    measured = water_centroids(accumulated(events, water, train_of), water)
    assert measured.events == gated.sum() > 450
    np.testing.assert_allclose(measured.momentum_au.ravel(), whole.mean(axis=0), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(measured.covariance_au2, np.cov(whole.T), rtol=1e-9, atol=1e-9)
    errors = np.sqrt(np.diag(np.cov(whole.T)) / len(whole)).reshape(3, 3)
    np.testing.assert_allclose(measured.error_au, errors, rtol=1e-6, atol=1e-6)
    energies = np.sum(framed[gated] ** 2, axis=2) @ (0.5 / CHANNEL.masses_au) / units.ELECTRONVOLT
    assert measured.mean_ker_ev == pytest.approx(energies.mean(), abs=1e-3)


def test_landed_molecules_give_their_momenta_back(
    water: Setup, train_of: Callable, hits_of: Callable, turned: Callable
) -> None:
    momenta = turned(TRUTH, 400, np.random.default_rng(6))
    delta = analyse(train_of(list(hits_of(momenta, CHANNEL, water))), water)
    measured = water_centroids(replace(delta, pulses=None), water)
    assert measured.events == 400
    assert measured.complete
    np.testing.assert_allclose(measured.momentum_au, TRUTH, atol=0.01)


def test_without_events_there_are_no_numbers(water: Setup, train_of: Callable) -> None:
    measured = water_centroids(accumulated(np.empty((0, 3, 3)), water, train_of), water)
    assert measured.events == 0
    assert np.all(np.isnan(measured.momentum_au))
    assert np.isnan(measured.mean_ker_ev)
    one = water_centroids(accumulated(TRUTH[None], water, train_of), water)
    np.testing.assert_allclose(one.momentum_au, TRUTH, atol=MOMENTUM_QUANTUM_AU)
    assert np.all(np.isnan(one.covariance_au2))


def test_delays_part_the_events(water_text: str, train_of: Callable) -> None:
    setup = Setup.from_toml(water_text + "[delays]\nedges_fs = [-5.0, 0.0, 5.0]")
    delays = [-5.1, -5.0, -0.1, 0.0, 4.9, 5.0, float("nan"), float("inf")]
    delta = accumulated(np.stack([TRUTH] * 8), setup, train_of, delays)
    early, late = centroids(delta, setup)[:2]
    assert (early.events, late.events) == (2, 2)
    assert (early.delay_fs, late.delay_fs) == ((-5.0, 0.0), (0.0, 5.0))
    assert Layout.of(setup).counters(delta.values)["pulses_outside_delays"] == 4


def test_gates_count_what_lies_on_their_edge(water: Setup, train_of: Callable) -> None:
    shifts = np.array([15.0, 15.001, -15.0, -44.9, 60.0])
    events = np.stack([TRUTH + np.outer([1, 0, 0], [0, 0, shift]) for shift in shifts])
    delta = accumulated(events, water, train_of)
    layout = Layout.of(water)
    assert water_centroids(delta, water).events == 2
    assert layout.view(delta.values, "O+/H+/H+:momentum_sum").sum(axis=1).tolist() == [5, 5, 4]
    assert layout.view(delta.values, "O+/H+/H+:pulses_cut") == 3


def test_histograms_have_axes_and_hold_every_event(water: Setup, train_of: Callable) -> None:
    delta, layout = accumulated(np.stack([TRUTH] * 7), water, train_of), Layout.of(water)
    maps = layout.view(delta.values, "O+/H+/H+:momentum_map")
    assert maps.sum(axis=(0, 2, 3)).tolist() == [14, 14, 14]
    newton = layout.histogram(delta.values, "O+/H+/H+:newton")
    assert newton.sum() == 14
    for x, y in TRUTH[1:, :2] / TRUTH[0, 0]:
        i, j = newton.axes[0].index(x), newton.axes[1].index(y)
        assert newton.values()[i - 1 : i + 2, j - 1 : j + 2].sum() == 7
    assert "O+/H+:newton" not in layout.blocks
    ker = layout.histogram(delta.values, "O+/H+/H+:ker")
    energy = float(np.sum(TRUTH**2, axis=1) @ (0.5 / CHANNEL.masses_au)) / units.ELECTRONVOLT
    assert ker.values()[ker.axes[0].index(energy)] == 7
    assert "[eV]" in ker.axes[0].label
    counters = layout.counters(delta.values)
    assert set(COUNTERS) < set(counters)
    assert counters["pulses"] == counters["pulses_without_hits"] == 7


def test_sums_of_another_layout_are_an_error(water: Setup) -> None:
    with pytest.raises(ResultError, match="3 values"):
        Layout.of(water).view(np.zeros(3, np.int64), "counters")

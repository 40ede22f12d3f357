"""Covariance maps: equal to a count by hand, right errors, and blind to the energy where they should be."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from onlinecei.analysis import analyse, analyse_all, nothing
from onlinecei.centroids import CovarianceMap, Layout, contingent_covariance, covariance, partial_covariance
from onlinecei.centroids.covariance import FEW_PULSES, ONE_ENERGY
from onlinecei.errors import ResultError, SetupError
from onlinecei.records import Batch, Delta, Train
from onlinecei.setup import Setup

ENERGIES = "[pulse_energy]\nedges_uj = [0.0, 50.0, 100.0, 200.0]\nbins = 12\n"
BARE = """
[molecule]
formula = "H2O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0
[histograms]
time_bins = 10
image_bins = 10
pipico_bins = 10
[pulse_energy]
edges_uj = [0.5, 0.7, 0.85, 1.0, 1.15, 1.3, 1.5, 1.8, 2.5]
bins = 10
"""
"""Without ions the flight times end at 10 000 ns, so that each bin is 1000 ns."""


@pytest.fixture(scope="module")
def by_energy(water_text: str) -> Setup:
    return Setup.from_toml(water_text + ENERGIES)


@pytest.fixture(scope="module")
def bare() -> Setup:
    return Setup.from_toml(BARE)


def few_pulses(train_of: Callable, layout: Layout) -> tuple[Train, list[np.ndarray], np.ndarray]:
    random = np.random.default_rng(4)
    times = [np.sort(random.uniform(1, 1.1 * layout.time_end_ns, random.poisson(3))) for _ in range(60)]
    times[5], times[6] = np.empty(0), times[7]
    train = train_of([[(0.0, 0.0, t) for t in pulse] for pulse in times])
    energy = random.uniform(0, 220, 60).astype(np.float32)
    energy[:6] = [np.nan, -1.0, np.inf, 200.0, 50.0, 0.0]
    train.energy_uj[:] = energy
    return train, [np.float64(np.float32(pulse)) for pulse in times], energy


def test_singles_and_pairs_are_those_of_a_count_by_hand(by_energy: Setup, train_of: Callable) -> None:
    layout = Layout.of(by_energy)
    train, times, energy = few_pulses(train_of, layout)
    values = analyse(train, by_energy).values
    expected = {name: np.zeros_like(layout.view(values, f"pulse_energy:{name}"))
                for name in ("left_out", "pulses", "energy", "time", "energy_time", "pairs")}  # fmt: skip
    all_times = np.zeros(60, np.int64)
    for pulse, known in zip(times, energy.astype(float), strict=True):
        shown = pulse[pulse < layout.time_end_ns]
        for t in shown:
            all_times[int(t * (60 / layout.time_end_ns))] += 1
        if not 0 <= known < 200:
            expected["left_out"] += 1
            continue
        row, steps = sum(known >= edge for edge in (50, 100)), int(known / 200 * 65536 + 0.5)
        places = [int(t * (12 / layout.time_end_ns)) for t in shown]
        expected["pulses"][row] += 1
        expected["energy"][row] += [steps, steps**2]
        for place in places:
            expected["time"][row, place] += 1
            expected["energy_time"][row, place] += steps
        for a, b in combinations(places, 2):
            expected["pairs"][row, a, b] += 1
    for name, sums in expected.items():
        assert np.array_equal(layout.view(values, f"pulse_energy:{name}"), sums), name
    assert np.array_equal(layout.view(values, "pipico_time"), all_times)
    assert layout.counters(values)["pulses_outside_energies"] == expected["left_out"][0] > 4


def test_maps_are_the_covariances_of_the_counts(by_energy: Setup, train_of: Callable) -> None:
    layout = Layout.of(by_energy)
    train, times, energy = few_pulses(train_of, layout)
    total = analyse(train, by_energy)
    counts = np.array([np.histogram(pulse, layout.blocks["pulse_energy:time"].axes[0].edges)[0] for pulse in times])
    inside = np.isfinite(energy) & (energy >= 0) & (energy < 200)
    known = np.floor(energy[inside].astype(float) / 200 * 65536 + 0.5)
    whole = np.cov(np.column_stack([counts[inside], known]).T, bias=True)
    left = whole[:-1, :-1] - np.outer(whole[:-1, -1], whole[:-1, -1]) / whole[-1, -1]
    np.testing.assert_allclose(partial_covariance(total, by_energy).values, ordered(left, counts[inside]), atol=1e-12)
    rows = np.digitize(energy[inside], [50, 100])
    mean = (
        sum(np.sum(rows == row) * np.cov(counts[inside][rows == row].T, bias=True) for row in range(3)) / inside.sum()
    )
    np.testing.assert_allclose(
        contingent_covariance(total, by_energy).values, ordered(mean, counts[inside]), atol=1e-12
    )
    fine = np.array([np.histogram(pulse, layout.blocks["pipico"].axes[0].edges)[0] for pulse in times])
    plain = covariance(total, by_energy)
    np.testing.assert_allclose(plain.values, ordered(np.cov(fine.T, bias=True), fine), atol=1e-12)
    assert (plain.pulses, plain.notes) == (60, ())
    assert [axis.name for axis in plain.axes] == ["t1", "t2"]


def ordered(covariances: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The earlier ion first; pairs of different hits on the diagonal."""
    found = np.triu(covariances)
    found[np.diag_indices_from(found)] = (np.diag(covariances) - counts.mean(axis=0)) / 2
    return found


def test_any_split_gives_the_same_bits(by_energy: Setup, water_trains: list[Train]) -> None:
    random = np.random.default_rng(3)
    trains = [replace(train, energy_uj=random.uniform(0, 150, 50).astype(np.float32)) for train in water_trains]
    whole = analyse(Batch.of(trains), by_energy)
    parts = analyse_all([Batch.of(trains[4:]), Batch.of(trains[:1]), Batch.of(trains[1:4])], by_energy)
    assert np.array_equal(whole.values, parts.values)
    for kind in (covariance, partial_covariance, contingent_covariance):
        assert np.array_equal(kind(whole, by_energy).values, kind(parts, by_energy).values)
        assert np.array_equal(kind(whole, by_energy).errors, kind(parts, by_energy).errors)


def pulses_of(random: np.random.Generator, rates: np.ndarray, pairs: float, spread: float, number: int) -> Train:
    """Independent hits at rates (10,) times the pulse energy, and molecules with a hit in bin 3 and one in bin 7."""
    energy = random.gamma(spread**-2, spread**2, number) if spread else np.ones(number)
    counts = random.poisson(energy[:, None] * rates)
    counts[:, [3, 7]] += random.poisson(energy * pairs)[:, None]
    pulse = np.repeat(np.arange(number), counts.sum(axis=1))
    times = np.repeat(np.tile(np.arange(10) * 1000.0 + 500.0, number), counts.ravel())
    return Train(
        train_id=1, pulse_id=np.arange(number, dtype=np.uint32), delay_fs=np.zeros(number),
        energy_uj=energy.astype(np.float32), first_hit=np.searchsorted(pulse, np.arange(number + 1)).astype(np.uint32),
        x_mm=np.zeros(times.size, np.float32), y_mm=np.zeros(times.size, np.float32), t_ns=times.astype(np.float32),
    )  # fmt: skip


def test_errors_are_the_spread_over_many_runs(bare: Setup) -> None:
    random, rates = np.random.default_rng(5), np.linspace(0.05, 0.6, 10)
    upper = np.triu_indices(10)
    for kind, spread in ((covariance, 0.0), (partial_covariance, 0.15), (contingent_covariance, 0.15)):
        pulls = []
        for _ in range(80):
            found = kind(analyse(pulses_of(random, rates, 0.1, spread, 2000), bare), bare)
            truth = np.zeros((10, 10))
            truth[3, 7] = 0.1
            pulls.append((found.values - truth)[upper] / found.errors[upper])
        width = np.std(pulls, axis=0)
        assert np.abs(np.mean(pulls, axis=0)).max() < 4.5 / np.sqrt(80), kind
        assert 0.93 < np.sqrt(np.mean(width**2)) < 1.07, kind
        assert width.max() < 1.4, kind
        assert width.min() > 0.65, kind


def test_fluctuating_energy_makes_false_covariance_and_the_other_two_take_it_out(bare: Setup) -> None:
    random, rates = np.random.default_rng(6), np.full(10, 0.5)
    train = pulses_of(random, rates, 0.05, 0.3, 40_000)
    total = analyse(train, bare)
    upper = np.triu_indices(10)
    others = (upper[0] != 3) | (upper[1] != 7)

    def pulls(found: CovarianceMap) -> np.ndarray:
        return found.values[upper] / found.errors[upper]

    assert np.mean(pulls(covariance(total, bare))[others]) > 5
    for kind in (partial_covariance, contingent_covariance):
        found = pulls(kind(total, bare))
        assert abs(np.mean(found[others])) < 1.5
        assert found[~others][0] > 10
    assert np.mean(contingent_covariance(total, bare).values[upper][others]) < 0.15 * 0.5**2 * 0.3**2


def test_pulses_of_one_energy_are_said(bare: Setup) -> None:
    train = pulses_of(np.random.default_rng(7), np.full(10, 0.3), 0.0, 0.0, 500)
    total = analyse(train, bare)
    found = partial_covariance(total, bare)
    assert found.notes == (ONE_ENERGY,)
    assert np.array_equal(found.values, covariance(total, bare).values)
    assert contingent_covariance(total, bare).pulses == 500


def test_unknown_energies_are_left_out(bare: Setup) -> None:
    train = pulses_of(np.random.default_rng(8), np.full(10, 0.3), 0.0, 0.1, 100)
    train.energy_uj[:] = np.nan
    total = analyse(train, bare)
    assert Layout.of(bare).counters(total.values)["pulses_outside_energies"] == 100
    assert covariance(total, bare).pulses == 100
    assert partial_covariance(total, bare).notes == (FEW_PULSES,)


@pytest.mark.parametrize("pulses", [0, 1])
def test_no_pulse_and_one_pulse_give_no_numbers(bare: Setup, pulses: int) -> None:
    total = nothing(bare)
    if pulses:
        total = analyse(pulses_of(np.random.default_rng(9), np.full(10, 1.0), 0.0, 0.0, 1), bare)
    for kind in (covariance, partial_covariance, contingent_covariance):
        found = kind(total, bare)
        assert found.notes == (FEW_PULSES,)
        assert np.isnan(found.values).all()
        assert np.isnan(found.errors).all()


def test_without_sums_by_energy_the_section_is_named(water: Setup) -> None:
    total = Delta(setup_hash=water.hash, values=Layout.of(water).empty(), trains=np.empty((0, 2), np.uint64))
    for kind in (partial_covariance, contingent_covariance):
        with pytest.raises(ResultError, match="pulse_energy"):
            kind(total, water)


@pytest.mark.parametrize("edges", ["[1.0]", "[2.0, 1.0]", "[-1.0, 1.0]", "[1.0, 1.0]"])
def test_edges_must_rise(water_text: str, edges: str) -> None:
    with pytest.raises(SetupError, match="edges_uj"):
        Setup.from_toml(water_text + f"[pulse_energy]\nedges_uj = {edges}")

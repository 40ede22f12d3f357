"""The stages composed: the same bits from any cut of the data, and honest answers."""

from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.analysis import (
    analyse,
    analyse_all,
    centroids,
    compile_stages,
    nothing,
    reconstruct_all,
)
from onlinecei.centroids import Layout, molecular_frame
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode, invert
from onlinecei.ions import Channel
from onlinecei.reconstruction.classical import charge_up_of, reconstruct
from onlinecei.reconstruction.obstacles import MIN_EVENTS
from onlinecei.records import Batch, Centroids, Delta, State, Train
from onlinecei.setup import Setup

WATER_AU = np.array([[0.0, 0.0, 0.0], [1.1, 1.45, 0.0], [1.1, -1.45, 0.0]])


def same(a: Delta, b: Delta) -> bool:
    return np.array_equal(a.values, b.values) and np.array_equal(a.trains, b.trains)


def test_any_split_into_batches_gives_the_same_bits(water: Setup, water_trains: list[Train]) -> None:
    whole = analyse(Batch.of(water_trains), water)
    random = np.random.default_rng(1)
    assert centroids(whole, water)[0].events > 50
    for _ in range(6):
        cuts = sorted(random.choice(np.arange(1, 12), size=random.integers(0, 11), replace=False))
        parts = [Batch.of(water_trains[a:b]) for a, b in zip([0, *cuts], [*cuts, 12], strict=True)]
        assert same(analyse_all(random.permutation(np.array(parts, dtype=object)), water), whole)
    assert same(analyse_all([], water), nothing(water))


def test_the_order_of_hits_within_a_pulse_does_not_matter(water: Setup, train_of: Callable) -> None:
    random = np.random.default_rng(2)
    rows = random.uniform((-60, -60, 1), (60, 60, 6000), size=(60, 3)).round(0)  # equal times on purpose
    rows = np.concatenate([rows, rows[:20] * [-1, 1, 1]])
    first = analyse(train_of([rows]), water)
    assert all(same(analyse(train_of([random.permutation(rows)]), water), first) for _ in range(5))


def test_a_pulse_of_500_hits_is_analysed(water: Setup, train_of: Callable) -> None:
    rows = np.random.default_rng(3).uniform((-40, -40, 1), (40, 40, 5000), size=(500, 3))
    delta, layout = analyse(train_of([rows]), water), Layout.of(water)
    counts = layout.counters(delta.values)
    assert counts["hits"] == 500
    inside = int(np.sum(rows[:, 2] < layout.time_end_ns))
    assert layout.view(delta.values, "detector_image").sum() == 500
    assert layout.view(delta.values, "time_of_flight").sum() == inside
    assert layout.view(delta.values, "pipico").sum() == inside * (inside - 1) // 2
    assert layout.view(delta.values, "O+/H+/H+:pulses_cut") == 0
    assert layout.view(delta.values, "O+/H+/H+:momentum_sum").sum() > 0


def test_unusable_hits_are_counted_exactly(water: Setup, train_of: Callable) -> None:
    nan, inf = np.nan, np.inf
    pulse = [(nan, 0, 1), (0, inf, 1), (0, 0, -inf), (0, 0, -1), (0, 0, 0), (61, 0, 5), (0, 0, 1), (0, 0, 3e38)]
    counts = Layout.of(water).counters(analyse(train_of([pulse, []]), water).values)
    expected = {
        "pulses": 2, "pulses_without_hits": 1, "hits": 8, "hits_not_finite": 3, "hits_before_trigger": 2,
        "hits_outside_detector": 1, "hits_without_species": 2, "ions O+": 0, "ions H+": 0,
    }  # fmt: skip
    assert {name: counts[name] for name in expected} == expected


def test_every_hit_has_one_fate(water: Setup, water_batch: Batch) -> None:
    delta, layout = analyse(water_batch, water), Layout.of(water)
    counts = layout.counters(delta.values)
    assert counts["hits"] == water_batch.hits
    lost = counts["hits_not_finite"] + counts["hits_before_trigger"] + counts["hits_outside_detector"]
    assert lost + layout.view(delta.values, "detector_image").sum() == counts["hits"]
    seen = counts["ions O+"] + counts["ions H+"] + counts["hits_without_species"]
    assert seen == counts["hits"] - lost  # the windows of this setup do not overlap


def measured(events: int = 1000, channel: str = "O+/H+/H+", *, complete: bool = True) -> Centroids:
    ions = Channel.parse(channel)
    momenta = explode(WATER_AU, Channel.parse("O+/H+/H+").masses_au, np.ones(3))[: len(ions.ions)]
    size = momenta.size
    return Centroids(
        channel=ions, complete=complete, delay_bin=0, delay_fs=(-np.inf, np.inf), events=events, momentum_au=momenta,
        covariance_au2=4.0 * np.eye(size), mean_ker_ev=40.0,
    )  # fmt: skip


def test_a_geometry_comes_back_with_errors() -> None:
    found = reconstruct(measured(), ChargeUp())
    assert found.found
    assert found.misfit < 1e-6
    truth = WATER_AU - np.average(WATER_AU, axis=0, weights=Channel.parse("O+/H+/H+").masses_au)
    np.testing.assert_allclose(found.positions_au, truth, atol=1e-4)
    np.testing.assert_allclose(found.round_trip_au, found.centroids.momentum_au, atol=1e-3)
    better = reconstruct(measured(events=4000), ChargeUp())
    np.testing.assert_allclose(better.uncertainty_au, found.uncertainty_au / 2, rtol=1e-3, atol=1e-9)
    assert np.all(found.uncertainty_au < 0.05)


def test_the_errors_are_the_spread_of_refits() -> None:
    centroid, random = measured(), np.random.default_rng(9)
    found = reconstruct(centroid, ChargeUp())
    masses = centroid.channel.masses_au
    noise = random.normal(scale=2.0 / np.sqrt(1000), size=(300, 3, 3))
    refits = [
        invert(centroid.momentum_au + each, masses, np.ones(3), ChargeUp(), starts=1)[0].positions_au for each in noise
    ]
    np.testing.assert_allclose(found.uncertainty_au, np.std(refits, axis=0), rtol=0.15, atol=1e-5)


@pytest.mark.parametrize(
    ("centroid", "words"),
    [
        (measured(channel="O+/H+", complete=False), "lacks atoms"),
        (measured(events=0), "0 events"),
        (measured(events=MIN_EVENTS - 1), f"{MIN_EVENTS - 1} events"),
    ],
    ids=["partial", "none", "few"],
)
def test_without_an_honest_answer_the_reason_is_given(centroid: Centroids, words: str) -> None:
    result = reconstruct(centroid, ChargeUp())
    assert not result.found
    assert words in result.reason
    assert np.all(np.isnan(result.positions_au))
    assert result.positions_au.shape == centroid.momentum_au.shape


def test_momenta_that_are_no_numbers_are_an_error() -> None:
    broken = measured()
    broken.momentum_au[1, 1] = np.nan
    with pytest.raises(CEIError, match="not finite"):
        reconstruct(broken, ChargeUp())


def test_every_channel_has_a_geometry_or_a_reason(water: Setup, water_batch: Batch) -> None:
    compile_stages(water)
    state = State(total=analyse(water_batch, water))
    results = reconstruct_all(centroids(state, water), water)
    assert [result.centroids.channel.name for result in results] == ["O+/H+/H+", "O+/H+", "H+/H+"]
    assert [bool(result.reason) for result in results] == [False, True, True]


def test_the_charge_up_is_that_of_the_setup(water: Setup, water_text: str) -> None:
    assert charge_up_of(water) == ChargeUp()
    slow = Setup.from_toml(water_text + '[explosion]\ncharge_up = "erf"\ntau_fs = 45.0')
    assert charge_up_of(slow) == ChargeUp("erf", 45.0)


def test_two_sites_under_one_name_give_no_geometry() -> None:
    channel = Channel.parse("O+/N+/N+")
    line = np.array([[2.31, 0, 0], [0.0, 0, 0], [-2.13, 0, 0]])  # N2O: one N in the middle, one at the end
    momenta = explode(line, channel.masses_au, channel.charges)
    random, framed = np.random.default_rng(4), np.empty((500, 3, 3))
    for event in framed:
        swapped = momenta[[0, *random.permutation([1, 2])]]
        assert molecular_frame(swapped + random.normal(size=(3, 3)), event)
    mixture = Centroids(
        channel=channel, complete=True, delay_bin=0, delay_fs=(-np.inf, np.inf), events=500,
        momentum_au=framed.mean(axis=0), covariance_au2=np.cov(framed.reshape(500, 9).T), mean_ker_ev=30.0,
    )  # fmt: skip
    assert "different places" in reconstruct(mixture, ChargeUp()).reason

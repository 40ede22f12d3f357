"""Tuples of ions counted exactly, and the true rates that follow from them without a gate."""

from collections import Counter
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onlinecei.analysis import analyse, analyse_all, nothing
from onlinecei.centroids import Layout, accumulate, ion_cumulants, ion_tuples, pulse_hash
from onlinecei.centroids.cumulants import partitions
from onlinecei.coincidence import identify
from onlinecei.detector import accept
from onlinecei.records import Batch, Coincidences, Delta, Train
from onlinecei.setup import Setup

FOUR = """
[[channels]]
ions = ["O+", "C+", "H+", "H+", "H+"]
"""


@pytest.fixture(scope="module")
def crowded(water_text: str) -> Setup:
    """A setup with overlapping windows of C+ and O+, and a channel of five ions."""
    text = water_text.replace("H2O", "CH4O").replace("momentum_sum_au = 15.0", "")
    both = 'name = "C+"\nmomentum_max_au = 300.0\n[[ions]]\nname = "O+"'
    return Setup.from_toml(text.replace('name = "O+"', both) + FOUR)


def counted_by_hand(batch: Batch, setup: Setup) -> np.ndarray:
    """Tuples of every multiset, from every ordered choice of hits."""
    windows, tuples = Layout.of(setup).windows_ns, ion_tuples(setup)
    species = [section.ion for section in setup.ions]
    sums = [0] * len(tuples.ions)
    for pulse in range(batch.pulses):
        times = batch.t_ns[int(batch.first_hit[pulse]) : int(batch.first_hit[pulse + 1])].astype(np.float64)
        inside = [[bool(low <= t <= high) for low, high in windows] for t in times]
        for k, ions in enumerate(tuples.ions):
            kinds = [species.index(ion) for ion in ions]
            for chosen in permutations(range(len(times)), len(kinds)):
                sums[k] += all(inside[hit][kind] for hit, kind in zip(chosen, kinds, strict=True))
    return np.array(sums)


def moments(batch: Batch, setup: Setup) -> np.ndarray:
    hits, layout = accept(batch, setup), Layout.of(setup)
    found = analyse(batch, setup)
    assert hits.t_ns.size == batch.hits
    return layout.view(found.values, "ion_moments").sum(axis=0)


@given(pulses=st.lists(st.lists(st.integers(0, 7), max_size=6), max_size=4))
def test_tuples_are_those_of_a_count_by_hand(crowded: Setup, train_of: Callable, pulses: list[list[int]]) -> None:
    windows = Layout.of(crowded).windows_ns
    (c_low, c_high), (o_low, o_high), (h_low, h_high) = windows
    assert c_low < o_low < c_high < o_high, "the windows of C+ and O+ must overlap in part"
    places = np.array([h_low, h_high, (h_low + h_high) / 2, c_low + 1, (o_low + c_high) / 2, o_high - 1, 10.0, 1e5])
    rows = [[(0.0, 0.0, places[k]) for k in pulse] for pulse in pulses]
    batch = Batch.of([train_of(rows)])
    batch.t_ns[:] = np.where(batch.t_ns < h_high + 1, np.clip(batch.t_ns, h_low + 1e-3, h_high - 1e-3), batch.t_ns)
    assert moments(batch, crowded).tolist() == counted_by_hand(batch, crowded).tolist()


def test_tuples_stand_in_order_and_no_larger_than_four(crowded: Setup, water: Setup) -> None:
    assert ["/".join(map(str, ions)) for ions in ion_tuples(water).ions] == ["O+", "H+", "O+/H+", "H+/H+", "O+/H+/H+"]
    sizes = [len(ions) for ions in ion_tuples(crowded).ions]
    assert sizes == sorted(sizes)
    assert max(sizes) == 4


def test_groups_are_the_last_bits_of_the_hash(water: Setup, water_trains: list[Train]) -> None:
    layout = Layout.of(water)
    for train in water_trains[:3]:
        groups = layout.view(analyse(train, water).values, "pulses_by_group")
        places = np.arange(50, dtype=np.uint32)
        expected = pulse_hash(np.full(50, train.train_id, np.uint64), places) % np.uint64(64)
        assert np.array_equal(groups, np.bincount(expected.astype(int), minlength=64))


def test_any_split_gives_the_same_cumulants(water: Setup, water_trains: list[Train]) -> None:
    whole = analyse(Batch.of(water_trains), water)
    parts = analyse_all([Batch.of(water_trains[7:]), Batch.of(water_trains[:3]), Batch.of(water_trains[3:7])], water)
    assert ion_cumulants(parts, water) == ion_cumulants(whole, water)


def test_partitions_are_all_of_them() -> None:
    assert [len(list(partitions(size))) for size in range(6)] == [1, 1, 2, 5, 15, 52]
    assert all(sorted(sum(blocks, ())) == [0, 1, 2, 3] for blocks in partitions(4))


def test_formulas_of_second_to_fourth_order(crowded: Setup) -> None:
    """Averages made up, beside the formulas written out."""
    tuples, layout, random = ion_tuples(crowded), Layout.of(crowded), np.random.default_rng(1)
    values = layout.empty()
    layout.view(values, "pulses_by_group")[:] = 10
    layout.view(values, "ion_moments")[:] = random.integers(0, 100, (64, len(tuples.ions)))
    names = [" ".join(map(str, ions)) for ions in tuples.ions]
    mean = dict(zip(names, layout.view(values, "ion_moments").sum(axis=0) / 640, strict=True))
    total = Delta(setup_hash=crowded.hash, values=values, trains=np.array([[1, 1]], np.uint64))
    found = {cumulant.name: cumulant for cumulant in ion_cumulants(total, crowded)}
    c, o, h = mean["C+"], mean["O+"], mean["H+"]
    co, ch, oh, hh = mean["C+ O+"], mean["C+ H+"], mean["O+ H+"], mean["H+ H+"]
    coh, chh, ohh, hhh = mean["C+ O+ H+"], mean["C+ H+ H+"], mean["O+ H+ H+"], mean["H+ H+ H+"]
    fourth = (
        mean["C+ O+ H+ H+"] - 2 * coh * h - chh * o - ohh * c - co * hh - 2 * ch * oh
        + 2 * (co * h * h + 2 * ch * o * h + 2 * oh * c * h + hh * c * o) - 6 * c * o * h * h
    )  # fmt: skip
    expected = {
        "O+": o, "O+/H+": oh - o * h, "H+/H+": (hh - h * h) / 2, "H+/H+/H+": (hhh - 3 * hh * h + 2 * h**3) / 6,
        "C+/O+/H+": coh - co * h - ch * o - oh * c + 2 * c * o * h, "C+/O+/H+/H+": fourth / 2,
    }  # fmt: skip
    for name, value in expected.items():
        assert found[name].true_per_pulse == pytest.approx(value, rel=1e-12, abs=1e-12), name
    assert found["H+/H+"].combinations_per_pulse == pytest.approx(hh / 2)


def poisson_batch(setup: Setup, random: np.random.Generator, pulses: int, molecules: float, seen: float) -> Batch:
    """Pulses of molecules that give an O+ and two H+, each seen or not, on a background of single ions."""
    windows = Layout.of(setup).windows_ns
    number = random.poisson(molecules, pulses)
    counts = np.stack([random.binomial(number, seen), random.binomial(2 * number, seen)], axis=1)
    counts += random.poisson([0.3, 0.6], (pulses, 2))
    pulse = np.repeat(np.arange(pulses), counts.sum(axis=1))
    kinds = np.repeat(np.tile([0, 1], pulses), counts.ravel())
    times = random.uniform(windows[kinds, 0] + 0.1, windows[kinds, 1] - 0.1)
    first = np.searchsorted(pulse, np.arange(pulses + 1))
    train = Train(
        train_id=int(random.integers(1, 2**40)), pulse_id=np.arange(pulses, dtype=np.uint32),
        delay_fs=np.zeros(pulses), energy_uj=np.ones(pulses, np.float32), first_hit=first.astype(np.uint32),
        x_mm=np.zeros(times.size, np.float32), y_mm=np.zeros(times.size, np.float32), t_ns=times.astype(np.float32),
    )  # fmt: skip
    return Batch.of([train])


def cumulants_of(batch: Batch, setup: Setup) -> dict[str, tuple[float, float]]:
    """True rates with errors; without a search for coincidences, which is not asked for."""
    hits = accept(batch, setup)
    values, _ = accumulate(
        batch, hits, identify(hits, setup), [found_nothing(len(each.channel.ions)) for each in setup.channels], setup
    )
    total = Delta(setup_hash=setup.hash, values=values, trains=np.array([[1, 1]], np.uint64))
    return {each.name: (each.true_per_pulse, each.error_per_pulse) for each in ion_cumulants(total, setup)}


def found_nothing(size: int) -> Coincidences:
    none = np.empty((0, size), np.int64)
    return Coincidences(pulse=np.empty(0, np.int64), ion=none, ion_momentum_au=np.empty((0, 3)), pulses_cut=0)


@pytest.mark.parametrize(("molecules", "seen"), [(0.0, 0.0), (0.5, 0.6)], ids=["independent ions", "molecules"])
def test_rates_are_the_true_ones_within_their_errors(water: Setup, molecules: float, seen: float) -> None:
    random = np.random.default_rng(3)
    truth = {
        "O+": molecules * seen + 0.3, "H+": 2 * molecules * seen + 0.6, "O+/H+": 2 * molecules * seen**2,
        "H+/H+": molecules * seen**2, "O+/H+/H+": molecules * seen**3,
    }  # fmt: skip
    pulls: dict[str, list[float]] = {name: [] for name in truth}
    for _ in range(60):
        for name, (value, error) in cumulants_of(poisson_batch(water, random, 3000, molecules, seen), water).items():
            pulls[name].append((value - truth[name]) / error)
    for name, values in pulls.items():
        assert abs(np.mean(values)) < 4 / np.sqrt(60), name
        assert 0.75 < np.std(values) < 1.3, name


def test_channels_ask_for_their_own_parts(water: Setup, water_batch: Batch) -> None:
    total = analyse(water_batch, water)
    two = [each.name for each in ion_cumulants(total, water, water.channels[1])]
    assert two == ["O+", "H+", "O+/H+"]
    assert Counter(each.pulses for each in ion_cumulants(total, water)) == {600: 5}


def test_without_pulses_or_with_one_there_is_no_error(water: Setup, train_of: Callable) -> None:
    for found in ion_cumulants(nothing(water), water):
        assert found.pulses == 0
        assert np.isnan([found.combinations_per_pulse, found.true_per_pulse, found.error_per_pulse]).all()
    one = ion_cumulants(analyse(train_of([[(0.0, 0.0, 1500.0)]]), water), water)
    assert all(found.pulses == 1 and np.isnan(found.error_per_pulse) for found in one)
    bare = Setup.from_toml('[molecule]\nformula = "H2O"\n[spectrometer]\nacceleration_mm = 95.0\nfield_v_per_mm = 22.0')
    assert ion_cumulants(nothing(bare), bare) == ()

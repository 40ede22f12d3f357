"""Cumulant maps: raw sums equal to a count by hand, and the same numbers as without a map when added up."""

from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onlinecei.analysis import analyse, analyse_all, nothing
from onlinecei.centroids import Layout, cumulant_maps, ion_cumulants
from onlinecei.errors import SetupError
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup

IONS = (("O+", "H+", "H+"), ("H+", "H+", "C+"), ("O+", "C+", "H+", "H+"), ("H+", "H+", "O+", "C+"), ("C+", "O+", "H+"))
BARE = """
[molecule]
formula = "CH4O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 22.0
[[ions]]
name = "C+"
momentum_max_au = 300.0
[[ions]]
name = "O+"
momentum_max_au = 300.0
[[ions]]
name = "H+"
momentum_max_au = 80.0
[[channels]]
ions = ["O+", "C+", "H+", "H+"]
[histograms]
image_bins = 10
pipico_bins = 10
"""


def sections(chosen: tuple[tuple[str, ...], ...]) -> str:
    return "".join(f"[[cumulants]]\nions = {list(ions)}\nbins = 10\n" for ions in chosen)


@pytest.fixture(scope="module")
def mapped() -> Setup:
    """Windows of C+ and O+ overlap."""
    return Setup.from_toml(BARE + sections(IONS))


def by_hand(batch: Batch, setup: Setup, number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every ordered choice of hits for the first two ions, for one of them or none, and of each set of the others."""
    section, layout = setup.cumulants[number], Layout.of(setup)
    kinds = [[window.ion for window in setup.ions].index(ion) for ion in section.parsed]
    size = 2 ** (len(kinds) - 2)
    pairs, times, others = np.zeros((size, 10, 10), int), np.zeros((2, size, 10), int), np.zeros(size, int)
    edges = [axis.edges for axis in layout.blocks[f"{section.name}:cumulant_pairs"].axes]
    for pulse in range(batch.pulses):
        found = batch.t_ns[int(batch.first_hit[pulse]) : int(batch.first_hit[pulse + 1])].astype(np.float64)
        windows = layout.windows_ns[kinds]
        for row in range(size):
            rest = [ion for ion in range(2, len(kinds)) if row >> (ion - 2) & 1]
            for timed in ((0, 1), (0,), (1,), ()):
                slots = [*timed, *rest]
                for chosen in permutations(found, len(slots)):
                    if not all(windows[k, 0] <= t <= windows[k, 1] for k, t in zip(slots, chosen, strict=True)):
                        continue
                    bins = [min(int(np.searchsorted(edges[k], t, "right")) - 1, 9) for k, t in zip(timed, chosen)]  # noqa: B905
                    if len(timed) == 2:
                        pairs[row, bins[0], bins[1]] += 1
                    elif timed:
                        times[timed[0], row, bins[0]] += 1
                    else:
                        others[row] += 1
    return pairs, times, others


@settings(max_examples=30)
@given(pulses=st.lists(st.lists(st.integers(0, 8), max_size=5), max_size=3))
def test_raw_sums_are_those_of_a_count_by_hand(mapped: Setup, train_of: Callable, pulses: list[list[int]]) -> None:
    layout = Layout.of(mapped)
    (c_low, c_high), (o_low, o_high), (h_low, h_high) = layout.windows_ns
    assert c_low < o_low < c_high < o_high
    h = (h_high - h_low) / 10
    places = [
        h_low + 0.4 * h,
        h_low + 3.3 * h,
        h_high - 0.4 * h,
        c_low + 5,
        o_low + 3,
        (o_low + c_high) / 2,
        o_high - 9,
        9,
        1e5,
    ]
    batch = Batch.of([train_of([[(0.0, 0.0, places[k]) for k in pulse] for pulse in pulses])])
    values = analyse(batch, mapped).values
    for number, section in enumerate(mapped.cumulants):
        for piece, sums in zip(("pairs", "times", "others"), by_hand(batch, mapped, number), strict=True):
            assert np.array_equal(layout.view(values, f"{section.name}:cumulant_{piece}"), sums), (section.name, piece)


def molecules(setup: Setup, random: np.random.Generator, pulses: int, rate: float) -> Train:
    """O+, C+ and two H+ of each molecule, each seen or not, C+ and O+ apart from their overlap; and single ions."""
    windows = Layout.of(setup).windows_ns
    (c_low, _), (o_low, o_high), (h_low, h_high) = windows
    ranges = np.array([(o_low + 0.6 * (o_high - o_low), o_high), (c_low, o_low), (h_low, h_high)])
    number = random.poisson(rate, pulses)
    counts = np.stack([random.binomial(k * number, 0.7) for k in (1, 1, 2)], axis=1) + random.poisson(0.8, (pulses, 3))
    pulse = np.repeat(np.arange(pulses), counts.sum(axis=1))
    kinds = np.repeat(np.tile(np.arange(3), pulses), counts.ravel())
    times = random.uniform(ranges[kinds, 0] + 0.5, ranges[kinds, 1] - 0.5).astype(np.float32)
    return Train(
        train_id=int(random.integers(1, 2**40)), pulse_id=np.arange(pulses, dtype=np.uint32), delay_fs=np.zeros(pulses),
        energy_uj=np.ones(pulses, np.float32), x_mm=np.zeros_like(times), y_mm=np.zeros_like(times), t_ns=times,
        first_hit=np.searchsorted(pulse, np.arange(pulses + 1)).astype(np.uint32),
    )  # fmt: skip


def test_added_up_a_map_is_the_cumulant_of_the_numbers(mapped: Setup) -> None:
    total = analyse(molecules(mapped, np.random.default_rng(1), 2000, 0.4), mapped)
    numbers = {tuple(sorted(each.name.split("/"))): each for each in ion_cumulants(total, mapped)}
    for found in cumulant_maps(total, mapped):
        own = numbers[tuple(sorted(ion.name for ion in found.ions))]
        twice = 2 if found.name.count("H+") == 2 else 1
        assert found.values.sum() == pytest.approx(twice * own.true_per_pulse, rel=1e-9, abs=1e-12), found.name
        assert found.pulses == 2000


@pytest.mark.parametrize("rate", [0.0, 0.4], ids=["independent ions", "molecules"])
def test_values_are_the_true_ones_within_their_errors(mapped: Setup, rate: float) -> None:
    random = np.random.default_rng(2)
    runs = [cumulant_maps(analyse(molecules(mapped, random, 1500, rate), mapped), mapped) for _ in range(40)]
    for number, section in enumerate(mapped.cumulants):
        values = np.array([run[number].values for run in runs])
        errors = np.array([run[number].errors for run in runs])
        filled = errors.mean(axis=0) > 0.3 * errors.max()
        truth = rate * 0.7 ** len(section.ions) * (2 if section.name.count("H+") == 2 else section.name.count("H+") * 2)
        sums = values.sum(axis=(1, 2))
        assert abs(sums.mean() - truth) < 4.5 * sums.std() / np.sqrt(40) + 1e-12, section.name
        width = np.sqrt(np.mean(((values - values.mean(axis=0)) / np.where(errors > 0, errors, 1.0))[:, filled] ** 2))
        assert 0.75 < width < (1.6 if rate else 1.15), section.name


def test_any_split_gives_the_same_bits(mapped: Setup) -> None:
    random = np.random.default_rng(3)
    trains = [molecules(mapped, random, 40, 0.5) for _ in range(5)]
    whole = analyse(Batch.of(trains), mapped)
    parts = analyse_all([Batch.of(trains[3:]), Batch.of(trains[:1]), Batch.of(trains[1:3])], mapped)
    assert np.array_equal(whole.values, parts.values)


def test_without_pulses_there_are_no_numbers(mapped: Setup, train_of: Callable) -> None:
    for found in cumulant_maps(nothing(mapped), mapped):
        assert found.pulses == 0
        assert np.isnan(found.values).all()
        assert np.isnan(found.errors).all()
    for found in cumulant_maps(analyse(train_of([[]]), mapped), mapped):
        assert not found.values.any()
        assert [axis.size for axis in found.axes] == [10, 10]


@pytest.mark.parametrize(
    ("ions", "words"),
    [
        ((("O+", "H+"),), "cumulants.0.ions"),
        ((("O+", "H+", "H+", "H+", "H+"),), "cumulants.0.ions"),
        ((("O+", "H+", "N+"),), "'N\\+', which has no window"),
        ((("O+", "O+", "H+"),), "more O than the molecule"),
        ((("O+", "H+", "H+"), ("O+", "H+", "H+")), "more than once"),
        ((("O+", "H+", "x"),), "'x'"),
    ],
)
def test_sections_that_make_no_sense_are_an_error(ions: tuple[tuple[str, ...], ...], words: str) -> None:
    with pytest.raises(SetupError, match=words):
        Setup.from_toml(BARE + sections(ions))

"""Pulses kept beside the sums: the same whatever the order, bounded, fair, and a small run in themselves."""

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.analysis import analyse, analyse_all, nothing
from onlinecei.centroids import Layout, SampleCeiling, as_batch, merge, merge_pulses, no_pulses, pulse_hash
from onlinecei.centroids.chosen_pulses import MOST_HITS
from onlinecei.centroids.kept_pulses import MOST_WAITING, NO_CEILING, settled
from onlinecei.errors import ResultError, WireError
from onlinecei.files.pulse_columns import pulses_from_columns, pulses_to_columns
from onlinecei.files.result import read_result, write_result
from onlinecei.records import Batch, Delta, KeptPulses, Snapshot, State, Train
from onlinecei.setup import Setup
from onlinecei.stream.wire import Kind, Message, decode, delta_message, delta_of, encode

SMALL = "[limits]\nkept_hits = 300\n"


@pytest.fixture(scope="module")
def small(water_text: str) -> Setup:
    return Setup.from_toml(water_text + SMALL)


@pytest.fixture(scope="module")
def total(small: Setup, water_trains: list[Train]) -> Delta:
    return analyse(Batch.of(water_trains), small)


def same(a: KeptPulses | None, b: KeptPulses | None) -> bool:
    ours, theirs = pulses_to_columns(a), pulses_to_columns(b)
    return ours.keys() == theirs.keys() and all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


def numbers(pulses: KeptPulses) -> list[tuple[int, int]]:
    return list(zip(pulses.train_id.tolist(), pulses.pulse.tolist(), strict=True))


def usable(train: Train, place: int, radius: float) -> np.ndarray:
    """Hits (H, 3) of a pulse that an ion may have made, in order of time."""
    hits = slice(train.first_hit[place], train.first_hit[place + 1])
    rows = np.stack([train.x_mm[hits], train.y_mm[hits], train.t_ns[hits]], axis=1)
    with np.errstate(invalid="ignore"):
        rows = rows[np.isfinite(rows).all(axis=1) & (rows[:, 2] > 0) & (np.hypot(rows[:, 0], rows[:, 1]) <= radius)]
    return rows[np.argsort(rows[:, 2], kind="stable")]


def test_the_pulses_of_the_smallest_hashes_stay(small: Setup, water_trains: list[Train], total: Delta) -> None:
    rows = [(train, place) for train in water_trains for place in range(train.pulse_id.size)]
    ids, places = np.array([(train.train_id, place) for train, place in rows]).T
    found, kept = pulse_hash(ids.astype("u8"), places.astype("u4")), settled(total.pulses)
    order, cost = np.argsort(found), 0
    for count, row in enumerate(order):
        hits = usable(*rows[row], small.detector.radius_mm)
        cost += 1 + len(hits)
        if cost > 300:
            break
        assert numbers(kept)[count] == (ids[row], places[row])
        own = slice(int(kept.first_hit[count]), int(kept.first_hit[count + 1]))
        np.testing.assert_array_equal(np.stack([kept.x_mm[own], kept.y_mm[own], kept.t_ns[own]], axis=1), hits)
    assert (kept.pulses, kept.ceiling) == (count, int(found[row]))
    assert np.any(np.diff(kept.first_hit) == 0), "pulses without hits are kept too"


def test_any_split_order_and_grouping_gives_the_same_bits(
    small: Setup, water_trains: list[Train], total: Delta
) -> None:
    random = np.random.default_rng(1)
    assert same(analyse_all([Batch.of(water_trains[::-1])], small).pulses, total.pulses)
    for _ in range(6):
        cuts = np.sort(random.choice(np.arange(1, 12), 5, replace=False))
        parts = [[water_trains[k] for k in part] for part in np.split(random.permutation(12), cuts)]
        deltas = [analyse(Batch.of(part), small) for part in parts]
        assert same(reduce(merge, deltas).pulses, total.pulses)
        assert same(merge(merge(deltas[0], deltas[1]), reduce(merge, deltas[2:])).pulses, total.pulses)
        assert same(analyse_all([Batch.of(part) for part in parts], small).pulses, total.pulses)
    assert same(merge(total, nothing(small)).pulses, total.pulses)
    assert same(merge(nothing(small), total).pulses, total.pulses)


def made(random: np.random.Generator, trains: range, limit: int) -> KeptPulses:
    """Pulses of very different sizes, so that small ones could slip in behind large ones."""
    ids = np.array([train for train in trains for _ in range(4)], np.uint64)
    places = np.tile(np.arange(4, dtype=np.uint32), len(trains))
    order = np.argsort(pulse_hash(ids, places))
    sizes = random.choice([0, 1, 30], ids.size)
    hits = np.arange(sizes.sum(), dtype=np.float32)
    whole = KeptPulses(
        limit=limit, ceiling=NO_CEILING, train_id=ids[order], pulse=places[order], delay_fs=np.zeros(ids.size),
        energy_uj=np.zeros(ids.size, np.float32), first_hit=np.cumsum([0, *sizes]).astype(np.uint64),
        x_mm=hits, y_mm=hits, t_ns=hits,
    )  # fmt: skip
    return settled(replace(whole, later=(no_pulses(limit),)))


def test_merging_is_exact_where_large_pulses_do_not_fit() -> None:
    random = np.random.default_rng(2)
    for _ in range(50):
        parts = [made(random, range(start, start + 5), 80) for start in range(0, 40, 5)]
        one = settled(reduce(merge_pulses, parts))
        mixed = [parts[k] for k in random.permutation(8)]
        assert same(reduce(merge_pulses, mixed), one)
        assert same(merge_pulses(reduce(merge_pulses, mixed[:3]), reduce(merge_pulses, mixed[3:])), one)
        assert one.pulses + one.t_ns.size <= 80
        assert np.all(pulse_hash(one.train_id, one.pulse) < np.uint64(one.ceiling))


def test_many_small_samples_do_not_pile_up() -> None:
    random = np.random.default_rng(5)
    parts = [made(random, range(k, k + 1), 100_000) for k in range(300)]
    merged = reduce(merge_pulses, parts)
    assert len(merged.later) <= MOST_WAITING
    pairs = [merge_pulses(*pair) for pair in zip(parts[::2], parts[1::2], strict=True)]
    assert same(settled(merged), settled(reduce(merge_pulses, reversed(pairs))))


def test_a_ceiling_of_others_saves_work_and_changes_nothing(
    small: Setup, water: Setup, water_trains: list[Train], total: Delta
) -> None:
    first, second = Batch.of(water_trains[:9]), Batch.of(water_trains[9:])
    sample = SampleCeiling()
    assert sample.of(small) == NO_CEILING
    earlier = analyse(first, small, sample.of(small))
    sample.add(earlier)
    assert sample.of(small) == earlier.pulses.ceiling < NO_CEILING
    late = analyse(second, small, sample.of(small))
    assert late.pulses.pulses < analyse(second, small).pulses.pulses
    assert same(merge(earlier, late).pulses, total.pulses)
    assert same(merge(late, earlier).pulses, total.pulses)
    sample.add(late)
    assert sample.of(small) >= total.pulses.ceiling
    assert sample.of(water) == NO_CEILING, "another setup"


def test_crowded_pulses_are_never_kept(small: Setup, train_of: Callable) -> None:
    crowd = np.column_stack([np.zeros(MOST_HITS + 1), np.zeros(MOST_HITS + 1), np.arange(1.0, MOST_HITS + 2)])
    large = small.model_copy(update={"limits": small.limits.model_copy(update={"kept_hits": 10_000})})
    delta = analyse(train_of([crowd, crowd[:-1], []]), large)
    assert sorted(numbers(delta.pulses)) == [(1, 1), (1, 2)]
    assert delta.pulses.ceiling == NO_CEILING


def test_nothing_is_kept_where_the_setup_says_so(water_text: str, water_trains: list[Train], total: Delta) -> None:
    none = Setup.from_toml(water_text + "[limits]\nkept_hits = 0\n")
    assert analyse_all([Batch.of([train]) for train in water_trains], none).pulses is None
    with pytest.raises(ResultError, match="different numbers of pulses"):
        merge_pulses(total.pulses, None)
    with pytest.raises(ResultError, match="different numbers of pulses"):
        merge_pulses(total.pulses, no_pulses(301))


def test_the_sample_is_a_run_in_itself(small: Setup, water_text: str, water_trains: list[Train]) -> None:
    """Analysed again, a sample that holds everything gives every histogram of the run."""
    setup = Setup.from_toml(water_text)
    whole = analyse(Batch.of(water_trains), setup)
    again = analyse(as_batch(whole.pulses), setup)
    layout = Layout.of(setup)
    for name in layout.blocks:
        if name != "counters":
            np.testing.assert_array_equal(layout.view(again.values, name), layout.view(whole.values, name), name)
    np.testing.assert_array_equal(again.trains, whole.trains)
    part = as_batch(analyse(Batch.of(water_trains), small).pulses)
    assert part.pulses < 600
    assert analyse(part, small).train_count == 12
    assert as_batch(no_pulses(5)).pulses == 0


def message_with(delta: Delta, **changes: np.ndarray | None) -> Message:
    message = delta_message(delta, Message(kind=Kind.BATCH, sequence=1))
    buffers = {name: column for name, column in {**message.buffers, **changes}.items() if column is not None}
    return decode([bytes(frame) for frame in encode(replace(message, buffers=buffers))])


def test_kept_pulses_come_back_from_the_wire(total: Delta) -> None:
    assert same(delta_of(message_with(total)).pulses, total.pulses)
    names = pulses_to_columns(total.pulses)
    assert delta_of(message_with(total, **dict.fromkeys(names))).pulses is None


def test_columns_that_do_not_fit_are_refused(total: Delta) -> None:
    columns = pulses_to_columns(total.pulses)
    first, x = columns["pulses_first_hit"], columns["pulses_x_mm"].copy()
    x[3] = np.nan
    spoilt = {
        "pulses_ceiling": [np.array([5], "u8"), np.array([], "u8"), None],
        "pulses_first_hit": [first + np.uint64(1), first[::-1], first[:-1], first.astype("<i8")],
        "pulses_train_id": [columns["pulses_train_id"][::-1], columns["pulses_train_id"][1:]],
        "pulses_pulse": [columns["pulses_pulse"][:, None], None],
        "pulses_delay_fs": [columns["pulses_delay_fs"].astype("<f4")],
        "pulses_x_mm": [x, x[:-1], None],
    }
    for name, changes in spoilt.items():
        for change in changes:
            with pytest.raises(WireError):
                delta_of(message_with(total, **{name: change}))
    for limit in (-1, 0, 10, 2**40):
        with pytest.raises(ResultError):
            pulses_from_columns(columns, limit)


@pytest.fixture
def result(tmp_path: Path, total: Delta, water_text: str) -> Path:
    path = tmp_path / "result.h5"
    write_result(path, Snapshot(run="run.h5", setup_text=water_text + SMALL, state=State(total=total)))
    return path


def test_kept_pulses_come_back_from_a_file(result: Path, total: Delta) -> None:
    assert same(read_result(result).state.total.pulses, total.pulses)


def test_a_result_without_pulses_is_read(result: Path, total: Delta) -> None:
    with h5py.File(result, "r+") as file:
        for name in pulses_to_columns(total.pulses):
            del file[f"entry/analysis/{name}"]
    assert read_result(result).state.total.pulses is None


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("pulses_x_mm", np.zeros(3, np.float32)),
        ("pulses_t_ns", np.zeros(5_000_000, np.float32)),
        ("pulses_train_id", np.array(["a"], dtype="S1")),
        ("pulses_ceiling", np.zeros(1, np.uint64)),
    ],
)
def test_pulses_that_do_not_fit_a_file_are_refused(result: Path, name: str, column: np.ndarray) -> None:
    with h5py.File(result, "r+") as file:
        del file[f"entry/analysis/{name}"]
        file[f"entry/analysis/{name}"] = column
    with pytest.raises(ResultError):
        read_result(result)

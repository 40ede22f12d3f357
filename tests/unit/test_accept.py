"""Hits that cannot be used are left out and counted; the rest is sorted."""

from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.detector import accept
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup


def test_every_useless_hit_is_counted_once_with_its_reason(water: Setup, train_of: Callable) -> None:
    pulse = [
        (0, 0, 900.0), (60, 0, 10.0), (-3, 4, 10.5),
        (np.nan, 0, 5), (0, np.inf, -5), (99, 0, -np.inf),
        (0, 0, 0.0), (0, 0, -1.0), (99, 0, -1.0),
        (60.001, 0, 5), (43, 43, 5),
    ]  # fmt: skip
    hits = accept(Batch.of([train_of([pulse, [], pulse])]), water)
    assert (hits.not_finite, hits.before_trigger, hits.outside) == (6, 6, 4)
    assert hits.first_hit.tolist() == [0, 3, 3, 6]
    assert hits.t_ns.tolist() == [10.0, 10.5, 900.0] * 2
    assert hits.x_mm.tolist() == [60.0, -3.0, 0.0] * 2
    assert hits.y_mm.tolist() == [0.0, 4.0, 0.0] * 2


@pytest.mark.parametrize("number", [2, 7, 48, 49, 500])
def test_the_order_of_hits_does_not_matter_even_at_equal_times(water: Setup, train_of: Callable, number: int) -> None:
    random = np.random.default_rng(number)
    rows = random.integers((-9, -9, 1), (9, 9, max(number // 4, 2)), size=(number, 3))
    expected = rows[np.lexsort(rows.T[[1, 0, 2]])]
    for _ in range(3):
        hits = accept(Batch.of([train_of([random.permutation(rows)])]), water)
        assert np.column_stack([hits.x_mm, hits.y_mm, hits.t_ns]).tolist() == expected.tolist()


def test_only_pulses_out_of_order_are_sorted(water: Setup, train_of: Callable) -> None:
    random = np.random.default_rng(4)
    times = [np.sort(random.integers(1, 50, random.integers(0, 5))).tolist() for _ in range(200)]
    mixed = [random.permutation(own).tolist() if k % 9 == 0 else own for k, own in enumerate(times)]
    hits = accept(Batch.of([train_of([[(0, 0, t) for t in own] for own in mixed])]), water)
    assert hits.t_ns.tolist() == [t for own in times for t in own]
    assert hits.first_hit.tolist() == np.cumsum([0, *map(len, times)]).tolist()


def test_no_hits_and_no_pulses(water: Setup, train_of: Callable) -> None:
    assert accept(Batch.of([train_of([[], []])]), water).first_hit.tolist() == [0, 0, 0]
    assert accept(Batch.of([]), water).first_hit.tolist() == [0]


def test_a_batch_comes_apart_into_its_trains(water_trains: list[Train], water_batch: Batch) -> None:
    for before, after in zip(water_trains, water_batch.trains(), strict=True):
        assert before.train_id == after.train_id
        for name in ("pulse_id", "delay_fs", "energy_uj", "first_hit", "x_mm", "y_mm", "t_ns"):
            first, second = getattr(before, name), getattr(after, name)
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second)

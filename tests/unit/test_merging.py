"""Merging is exact, in any order and grouping; no train counts twice."""

from functools import reduce
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onlinecei.analysis import analyse, nothing
from onlinecei.centroids import coalesced, merge
from onlinecei.errors import ResultError
from onlinecei.records import Delta, Train
from onlinecei.setup import Setup


def same(a: Delta, b: Delta) -> bool:
    return a.setup_hash == b.setup_hash and np.array_equal(a.values, b.values) and np.array_equal(a.trains, b.trains)


def test_order_and_grouping_change_nothing(water: Setup, water_trains: list[Train]) -> None:
    deltas = [analyse(train, water) for train in water_trains]
    a, b, c = deltas[:3]
    assert same(merge(merge(a, b), c), merge(a, merge(b, c)))
    assert same(merge(a, b), merge(b, a))
    assert same(merge(a, nothing(water)), a)
    forward = reduce(merge, deltas)
    random = np.random.default_rng(0)
    assert all(same(reduce(merge, [deltas[k] for k in random.permutation(12)]), forward) for _ in range(5))
    assert forward.trains.tolist() == [[0, 11]]
    assert forward.train_count == 12


def test_a_train_counts_once(water: Setup, water_trains: list[Train]) -> None:
    first = analyse(water_trains[3], water)
    with pytest.raises(ResultError, match="train 3"):
        merge(first, first)
    with pytest.raises(ResultError, match="train 3"):
        merge(Delta(setup_hash=first.setup_hash, values=first.values, trains=np.array([[1, 8]], np.uint64)), first)


def test_setups_do_not_mix(water: Setup, water_text: str) -> None:
    other = Setup.from_toml(water_text.replace("22.0", "23.0"))
    with pytest.raises(ResultError, match=water.hash[:12]):
        merge(nothing(water), nothing(other))


def test_a_sum_near_its_end_is_an_error(water: Setup) -> None:
    full = nothing(water)
    full.values[5] = -(2**62)
    one = nothing(water)
    one.values[5] = -1
    with pytest.raises(ResultError, match="64 bits"):
        merge(full, one)


@given(st.sets(st.integers(0, 60) | st.integers(2**64 - 5, 2**64 - 1), max_size=40), st.randoms())
def test_ranges_hold_exactly_the_trains(trains: set[int], random: Random) -> None:
    shuffled = random.sample(sorted(trains), len(trains))
    ranges = coalesced(np.array([[train, train] for train in shuffled], dtype=np.uint64).reshape(-1, 2))
    assert ranges.dtype == np.uint64
    held = [train for first, last in ranges.tolist() for train in range(first, last + 1)]
    assert held == sorted(trains)
    assert all(after - last > 1 for (_, last), (after, _) in pairwise(ranges.tolist()))
    assert np.array_equal(coalesced(ranges), ranges)

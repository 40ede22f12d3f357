"""Sets of trains as ranges give what sets of numbers give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onlinecei.errors import WireError
from onlinecei.stream import ranges
from onlinecei.stream.wire import Kind, Message

numbers = st.sets(st.integers(0, 40), max_size=20)


def of(trains: set[int]) -> np.ndarray:
    return ranges.ranges_of(np.array(sorted(trains), np.uint64))


@given(numbers, numbers)
def test_they_are_sets(one: set[int], other: set[int]) -> None:
    a, b = of(one), of(other)
    assert ranges.count(a) == len(one)
    assert np.array_equal(ranges.union(a, b), of(one | other))
    assert np.array_equal(ranges.difference(a, b), of(one - other))
    assert ranges.covers(a, b) == (other <= one)
    assert ranges.touches(a, b) == bool(one & other)
    assert [ranges.count_up_to(a, last) for last in range(45)] == [sum(k <= last for k in one) for last in range(45)]
    trains = np.arange(45, dtype=np.uint64)
    assert ranges.within(trains, a).tolist() == [train in one for train in range(45)]
    assert np.all(a[1:, 0] - a[:-1, 1] > 1), "neighbours are one range"


def test_they_go_to_the_end_of_the_numbers() -> None:
    last = np.array([[2**64 - 2, 2**64 - 1]], np.uint64)
    assert ranges.count(ranges.union(last, of({0}))) == 3
    assert ranges.covers(last, ranges.ranges_of(np.array([2**64 - 1], np.uint64)))


@pytest.mark.parametrize("rows", [[[2, 1]], [[0, 3], [3, 4]], [[5, 6], [0, 1]]])
def test_ranges_out_of_order_are_refused(rows: list[list[int]]) -> None:
    message = Message(kind=Kind.STANDING, buffers={"seen": np.array(rows, np.uint64)})
    with pytest.raises(WireError, match="not in order"):
        ranges.set_of(message, "seen")
    with pytest.raises(WireError, match="needs a buffer 'safe'"):
        ranges.set_of(message, "safe")

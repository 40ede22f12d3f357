"""Sums of the last minutes, in bounded memory."""

import numpy as np
import pytest

from onlinecei.centroids.recent import Recent


def sums(second: float) -> np.ndarray:
    """A counter that has counted the seconds, and one that stands."""
    return np.array([int(second), 7], dtype=np.int64)


def test_what_came_last_is_exact() -> None:
    recent = Recent(span_s=60.0, kept=6)
    for second in range(1000):
        recent.arrived("run", sums(second), float(second))
        found, seconds = recent.since(sums(second), float(second))
        assert found.tolist() == [seconds, 0]
        assert seconds == second if second < 60 else 60 <= seconds <= 70
    assert recent.bytes <= 8 * sums(0).nbytes


def test_large_sums_are_kept_less_often() -> None:
    recent = Recent(span_s=60.0, kept=6, max_bytes=3 * sums(0).nbytes)
    for second in range(300):
        recent.arrived("run", sums(second), float(second))
        assert recent.bytes <= 3 * sums(0).nbytes
    assert 60 <= recent.since(sums(299), 299.0)[1] <= 90


@pytest.mark.parametrize(("of", "start"), [("another", 500), ("run", 0)])
def test_another_run_or_a_reset_begins_anew(of: str, start: int) -> None:
    recent = Recent(span_s=60.0)
    for second in range(100):
        recent.arrived("run", sums(second), float(second))
    recent.arrived(of, sums(start), 100.0)
    recent.arrived(of, sums(start + 5), 105.0)
    found, seconds = recent.since(sums(start + 5), 105.0)
    assert (found.tolist(), seconds) == ([5, 0], 5.0)


def test_before_anything_came_all_is_recent() -> None:
    found, seconds = Recent().since(sums(3), 1.0)
    assert (found.tolist(), seconds) == ([3, 7], 0.0)


def test_a_result_that_stands_still_is_shown_whole() -> None:
    recent, result = Recent(), sums(3)
    recent.arrived("result", result, 0.0)
    assert recent.since(result, 1000.0) == (result, 0.0)

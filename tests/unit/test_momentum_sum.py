"""Where the peak of the momentum sum stands, and whether that means another calibration."""

import numpy as np
import pytest

from onlinecei.centroids.momentum_sum import FEWEST, SumPeak, sum_peaks

EDGES = np.linspace(-45.0, 45.0, 121)


def counted(rng: np.random.Generator, offset: float, width: float, events: int, background: int = 0) -> np.ndarray:
    """One component: a peak on a background that is higher at the right."""
    flat = 45 * (2 * np.sqrt(rng.random(background)) - 1)
    return np.histogram(np.append(rng.normal(offset, width, events), flat), EDGES)[0]


def peak(row: np.ndarray) -> SumPeak:
    found = sum_peaks(np.array([row, row * 0, row * 0]), EDGES)
    assert [each.axis for each in found] == ["x"]
    return found[0]


@pytest.mark.parametrize(("offset", "width"), [(0.0, 0.9), (-3.2, 1.4), (6.0, 4.0), (-24.0, 2.0)])
def test_a_peak_on_a_background_is_measured_within_its_errors(offset: float, width: float) -> None:
    rng = np.random.default_rng(7)
    found = [peak(counted(rng, offset, width, 2000, 4000)) for _ in range(40)]
    pulls = np.array([(each.offset_au - offset) / each.error_au for each in found])
    assert abs(pulls.mean()) < 0.6
    assert 0.6 < pulls.std() < 1.4
    assert np.mean([each.width_au for each in found]) == pytest.approx(np.hypot(width, 0.75 / np.sqrt(12)), rel=0.05)
    assert np.mean([each.events for each in found]) == pytest.approx(0.9876 * 2000, rel=0.05)


def test_too_few_events_are_no_peak() -> None:
    rng = np.random.default_rng(1)
    assert sum_peaks(np.array([counted(rng, 0.0, 1.0, FEWEST // 2)] * 3), EDGES) == ()
    assert sum_peaks(np.zeros((3, 120), np.int64), EDGES) == ()
    assert sum_peaks(np.array([counted(rng, 0.0, 1.0, 0, 20_000) for _ in range(3)]), EDGES) == ()


@pytest.mark.parametrize(
    ("offset", "error", "drifted"), [(0.2, 0.01, False), (0.6, 0.02, True), (-0.6, 0.02, True), (0.6, 0.15, False)]
)
def test_only_an_offset_that_matters_and_is_sure_is_drift(offset: float, error: float, *, drifted: bool) -> None:
    assert SumPeak(axis="z", offset_au=offset, error_au=error, width_au=1.3, events=500).drifted is drifted

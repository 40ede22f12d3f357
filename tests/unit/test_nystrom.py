"""The coefficients of the integration: its order, and that of its error estimate, on an orbit that is known."""

import math

import numpy as np
import pytest

from onlinecei.explosion._nystrom import ORDER, STAGES, TIMES, accept, advance, step_error


def orbit(steps: int) -> tuple[float, float]:
    """Error after one turn on a circle under ``a = -r / r^3``, and the estimate for the first step."""
    x, v = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    trial, slopes = np.empty(3), np.empty((STAGES, 3))
    step, estimate = 2 * math.pi / steps, 0.0
    for turn in range(steps):
        for stage in range(STAGES):
            advance(x, v, slopes, 3, stage, step, trial)
            slopes[stage] = -trial / np.linalg.norm(trial) ** 3
        if turn == 0:
            estimate = step_error(slopes, np.ones(1), 1, step, 1.0, 1.0)
        accept(x, v, trial, slopes, 3, step)
    return float(np.linalg.norm(x - [1, 0, 0]) + np.linalg.norm(v - [0, 1, 0])), estimate


def test_steps_are_of_order_eight_and_their_estimate_of_order_six() -> None:
    (coarse, _), (_, estimate), (fine, finer) = orbit(4), orbit(16), orbit(32)
    assert math.log2(coarse / fine) / 3 > 7.5
    assert math.log2(estimate / finer) == pytest.approx(ORDER, abs=0.2)


def test_stages_are_ordered_and_the_last_is_the_end() -> None:
    assert TIMES[0] == 0
    assert TIMES[-1] == 1
    assert np.all(np.diff(TIMES) >= 0)

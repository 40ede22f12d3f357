"""Levenberg-Marquardt: downhill to the geometries that agree best, from several starts in step."""

from typing import Final

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.molexa.refine.points import Points
from onlinecei.molexa.refine.posterior import Posterior

ROUGH: Final = 0.05
"""A step that would lower the cost by no more does not decide to which geometry a start leads: it is a fifth of the
standard error."""
FINE: Final = 1e-3
"""One that would lower it by no more changes nothing: it is a thirtieth of the standard error."""
_MOST_STEPS = 40
"""Usual are four to ten."""
_FIRST_DAMPING = 0.1
"""In units of the prior: a first step where momenta say little goes almost as far as they ask."""
_LATER_DAMPING = 1e-3
"""Of those that are roughly there."""


class Descent:
    """K geometries that go downhill, damped as Nielsen (1999) does; steps are short where the prior is narrow.

    The slopes are not computed anew at each point but follow what the momenta did (Broyden 1965), as they cost much
    more than momenta do.
    """

    def __init__(self, posterior: Posterior, points: Points, slopes: F8, *, near: float) -> None:
        self.posterior, self.points, self.slopes, self.near = posterior, points, slopes, near
        damping = _FIRST_DAMPING if near == ROUGH else _LATER_DAMPING
        self.damping, self.growth = np.full(len(points.cost), damping), np.full(len(points.cost), 2.0)

    def run(self) -> None:
        """Go down until every one is near its end."""
        rows = np.arange(len(self.points.cost))
        for _ in range(_MOST_STEPS):
            rows = self._step(rows)
            if not rows.size:
                break

    def _step(self, rows: I8) -> I8:
        """Move those that are not near their end, and say which they are."""
        here = self.points.at(rows)
        step, expected = _steps(self.posterior, here, self.slopes[rows], self.damping[rows])
        going = expected > self.near
        rows, here, step, expected = rows[going], here.at(np.flatnonzero(going)), step[going], expected[going]
        if not rows.size:
            return rows
        there = self.posterior.moved(here, step)
        self.slopes[rows] = followed(self.slopes[rows], here, there)
        gain = (here.cost - there.cost) / expected
        better = gain > 0  # not so where the model gave no momenta
        self.points.put(rows[better], there.at(np.flatnonzero(better)))
        eased = np.maximum(1 / 3, 1 - (2 * np.minimum(gain, 1.0) - 1) ** 3)
        self.damping[rows] *= np.where(better, eased, self.growth[rows])
        self.growth[rows] = np.where(better, 2.0, 2 * self.growth[rows])
        return rows


def _steps(posterior: Posterior, points: Points, slopes: F8, damping: F8) -> tuple[F8, F8]:
    """Damped steps (K, D), and by how much (K,) each should lower the cost."""
    hessian, gradient = posterior.normal(points, slopes)
    damped = damping[:, None, None] * posterior.precision
    step: F8 = np.asarray(np.linalg.solve(hessian + damped, -gradient[..., None]), np.float64)
    expected = (step * (damped @ step - gradient[..., None])).sum(axis=(1, 2))
    return step[..., 0], expected


def followed(slopes: F8, here: Points, there: Points) -> F8:
    """Slopes (K, C, 3 N, 3 N) changed as little as can be so that they give what the momenta did on the way."""
    count, channels = slopes.shape[:2]
    way = (there.position_au - here.position_au).reshape(count, 1, -1, 1)
    done = (there.momentum_au - here.momentum_au).reshape(count, channels, -1, 1)
    lacking = (done - slopes @ way) * np.swapaxes(way, 2, 3) / np.maximum((way**2).sum(axis=2, keepdims=True), 1e-30)
    return np.asarray(slopes + np.where(np.isfinite(lacking).all(axis=(1, 2, 3), keepdims=True), lacking, 0.0))

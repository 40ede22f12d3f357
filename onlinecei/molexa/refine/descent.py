"""Levenberg-Marquardt: downhill to the geometry that agrees best."""

import numpy as np

from onlinecei.arrays import F8
from onlinecei.molexa.refine.posterior import Point, Posterior

_MOST_STEPS = 40
"""Usual are four to ten."""
_NEAR = 1e-3
"""A step that would lower the cost by no more changes nothing: it is a thirtieth of the standard error."""
_FIRST_DAMPING = 0.1
"""In units of the prior: a first step where momenta say little goes almost as far as they ask."""


def descend(posterior: Posterior, start: Point) -> tuple[Point, F8] | None:
    """Go downhill, damped as Nielsen (1999) does; steps are short where the prior is narrow.

    Returns
    -------
    point, hessian
        Where it ends, and half the second derivative (D, D) of the cost there; None where the model gives no momenta
        for the start.
    """
    if not np.isfinite(start.cost):
        return None
    here, damping, growth = start, _FIRST_DAMPING, 2.0
    hessian, gradient = posterior.normal(here)
    for _ in range(_MOST_STEPS):
        damped = damping * posterior.precision
        step: F8 = np.linalg.solve(hessian + np.diag(damped), -gradient).astype(np.float64, copy=False)
        expected = float(step @ (damped * step - gradient))
        if expected < _NEAR:
            break
        there = posterior.moved(here, step)
        gain = (here.cost - there.cost) / expected
        if not gain > 0:  # also where the model gave no momenta
            damping, growth = damping * growth, 2 * growth
            continue
        here, damping, growth = there, damping * max(1 / 3, 1 - (2 * gain - 1) ** 3), 2.0
        hessian, gradient = posterior.normal(here)
    return here, hessian

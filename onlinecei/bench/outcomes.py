"""Numbers that sum up trajectories: energies, spreads, angles, each with its standard error."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I1
from onlinecei.explosion.monte_carlo import Trajectories

FEWEST = 10
"""Trajectories below which nothing is said."""
NEGLIGIBLE = 1e-3
"""Errors below this share of the value are not shown."""


class Value(NamedTuple):
    """A number and its standard error; NaN: too few trajectories to say."""

    value: float
    error: float = math.nan

    def __str__(self) -> str:
        """As a table shows it."""
        if math.isnan(self.value):
            return "too few"
        sharp = math.isnan(self.error) or self.error < NEGLIGIBLE * abs(self.value)
        return f"{self.value:.3g}" if sharp else f"{self.value:.3g} ± {self.error:.1g}"


TOO_FEW = Value(math.nan)


def with_charges(trajectories: Trajectories, *wanted: Sequence[int]) -> F8:
    """Momenta (M, N, 3) of the trajectories whose atoms all came free with one of the wanted charges (N,)."""
    free = np.isfinite(trajectories.momenta_au).all(axis=(1, 2))
    fits = [np.all(trajectories.charges == charges, axis=1) for charges in wanted]
    return np.asarray(trajectories.momenta_au[free & np.any(fits, axis=0)])


def mean_energy(momenta: F8, masses: F8) -> Value:
    """Mean KER in eV of momenta (M, N, 3)."""
    return mean(_energy(momenta, masses))


def energy_of_mean(momenta: F8, masses: F8) -> Value:
    """KER in eV of the mean momenta; its error is that of the part of each KER that is linear in its momenta."""
    if len(momenta) < FEWEST:
        return TOO_FEW
    middle = momenta.mean(axis=0)
    along = np.einsum("mni,ni,n->m", momenta, middle, 1.0 / masses) / units.ELECTRONVOLT
    return Value(float(_energy(middle, masses)), mean(along).error)


def spread(momenta: F8) -> Value:
    """Root of the mean squared deviation of the momenta from their means, over that of the means."""
    if len(momenta) < FEWEST:
        return TOO_FEW
    middle = momenta.mean(axis=0)
    squares = np.sum((momenta - middle) ** 2, axis=(1, 2))
    whole = mean(squares)
    ratio = math.sqrt(whole.value / float(np.sum(middle**2)))
    return Value(ratio, 0.5 * ratio * whole.error / whole.value if whole.value else 0.0)


def angle_of_means(momenta: F8, first: int, second: int) -> Value:
    """Angle in degrees between the mean momenta of two atoms."""
    if len(momenta) < FEWEST:
        return TOO_FEW
    a, b = momenta[:, first].mean(axis=0), momenta[:, second].mean(axis=0)
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    cosine = float(a @ b / (lengths[0] * lengths[1]))
    sine = math.sqrt(max(1.0 - cosine**2, 1e-12))
    turn_a, turn_b = (cosine * a / lengths[0] - b / lengths[1]), (cosine * b / lengths[1] - a / lengths[0])
    turned = (momenta[:, first] @ turn_a / lengths[0] + momenta[:, second] @ turn_b / lengths[1]) / sine
    return Value(math.degrees(math.acos(max(-1.0, min(1.0, cosine)))), math.degrees(mean(turned).error))


def excess(momenta: F8, atom: int, others: Sequence[int]) -> Value:
    """How much larger the momentum of one atom is than the mean of that of others, in percent."""
    if len(momenta) < FEWEST:
        return TOO_FEW
    sizes = np.linalg.norm(momenta, axis=2)
    like = sizes[:, list(others)].mean(axis=1)
    difference = mean(sizes[:, atom] - like)
    scale = 100.0 / float(like.mean())
    return Value(difference.value * scale, difference.error * scale)


def along_means(momenta: F8) -> F8:
    """Components (M, N) of momenta (M, N, 3) along the mean of each atom; their means are the sizes of those means."""
    if len(momenta) == 0:
        return np.empty(momenta.shape[:2])
    middle = momenta.mean(axis=0)
    directions = middle / np.linalg.norm(middle, axis=1, keepdims=True)
    return np.asarray(np.einsum("mni,ni->mn", momenta, directions))


def largest_gap(columns: F8) -> Value:
    """Largest mean of columns (M, K) less the smallest: not much above its error where three columns are equivalent."""
    if len(columns) < FEWEST:
        return TOO_FEW
    middle = columns.mean(axis=0)
    return mean(columns[:, middle.argmax()] - columns[:, middle.argmin()])


def unlikeness(charges: I1) -> Value:
    """How far the mean charges of K like atoms lie apart in standard errors; about 1 where they are equivalent.

    Root of chi squared per degree of freedom of charges (M, K), with the covariance of the atoms of a trajectory.
    """
    if len(charges) < FEWEST:
        return TOO_FEW
    atoms = charges.shape[1]
    # differences to the last atom are free of what the atoms of a trajectory have in common
    apart = charges[:, :-1].astype(np.float64) - charges[:, -1:]
    middle = apart.mean(axis=0)
    covariance = np.atleast_2d(np.cov(apart.T)) / len(charges)
    return Value(math.sqrt(float(middle @ np.linalg.solve(covariance, middle)) / (atoms - 1)))


def best_factor(lengths: F8, inverses: F8) -> tuple[Value, float]:
    """Give the c for which ``c x`` comes nearest to lengths R in the mean absolute, and that mean deviation.

    The median of R/x, weighted with x; beside it, half of what the middle 68 % of the weight span.
    """
    if len(lengths) == 0:
        return TOO_FEW, math.nan
    factors = lengths / inverses
    order = np.argsort(factors)
    share = (np.cumsum(inverses[order]) - 0.5 * inverses[order]) / inverses.sum()
    low, middle, high = np.interp([0.16, 0.5, 0.84], share, factors[order])
    return Value(float(middle), float(high - low) / 2.0), deviation(lengths, float(middle) * inverses)


def deviation(lengths: F8, guesses: F8) -> float:
    """Mean absolute deviation."""
    return float(np.mean(np.abs(lengths - guesses)))


def mean(values: F8) -> Value:
    """Mean and its standard error."""
    if len(values) < FEWEST:
        return TOO_FEW
    return Value(float(values.mean()), float(values.std(ddof=1)) / math.sqrt(len(values)))


def _energy(momenta: F8, masses: F8) -> F8:
    return np.asarray(np.sum(momenta**2 / (2.0 * masses[:, None]), axis=(-2, -1)) / units.ELECTRONVOLT)

"""The spectrometer under which the hits are likeliest, by Newton's method on a mixture of isotropic explosions."""

import math
from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.spectrometer.calibration.mixture import Mixture, leaning, log_density_at, maximise
from onlinecei.spectrometer.calibration.model import STEPS, T0, Fixed, X, Y
from onlinecei.spectrometer.calibration.readings import Kinds, Readings, Sample, read
from onlinecei.spectrometer.calibration.scores import gathered, scores

ROUNDS = 25
"""Newton's steps at most; five to ten are usual."""
SETTLED = 0.05
"""Of an error: a smaller step changes nothing that matters."""
LONGEST = 20.0
"""Longest step, in `STEPS`: the curvature far from the maximum is not that of the maximum."""
SMALLEST = 0.1
"""Share of Newton's step that is taken at least, after steps that went to and fro."""
EM_STEPS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refined:
    """A maximum of the likelihood."""

    parameters: F8
    """(7,)"""
    gradient: F8
    """(7,) scores of all hits, per `STEPS`."""
    information: F8
    """(7, 7) outer products of the scores of hits; zero for what was held."""
    kinds: Kinds
    readings: Readings
    mixture: Mixture
    settled: bool = False


def refine(
    sample: Sample, kinds: Kinds, start: F8, fixed: Fixed, free: Bool, bins: int = 48, rounds: int = ROUNDS
) -> Refined:
    """Climb to the nearest maximum of the likelihood.

    Parameters
    ----------
    sample, kinds
        The hits, and what they may be.
    start
        (7,) parameters, in atomic units.
    fixed
        What is given.
    free
        (7,) which of them may move.
    bins
        Of |p|, for the density of each kind.
    rounds
        Steps at most.
    """
    parameters, share, before = start.copy(), 1.0, np.zeros_like(start)
    now = _looked(sample, kinds, parameters, fixed, free, bins, None)
    for _ in range(rounds):
        step, error = newton_step(now.gradient, now.information, free)
        back = float(step @ now.information @ before) < 0  # beyond the maximum: blurred densities make steps too long
        share = max(0.5 * share, SMALLEST) if back else min(1.5 * share, 1.0)
        parameters, before = parameters + share * step * STEPS, step
        now = _looked(sample, kinds, parameters, fixed, free, bins, now.mixture)
        if np.all(np.abs(step) <= SETTLED * error):
            return replace(now, settled=True)
    return now


def _looked(
    sample: Sample, kinds: Kinds, parameters: F8, fixed: Fixed, free: Bool, bins: int, mixture: Mixture | None
) -> Refined:
    """Densities, gradient and information at some parameters."""
    readings = read(sample, kinds, parameters, fixed)
    found = maximise(readings, kinds, sample, bins, EM_STEPS if mixture else 4 * EM_STEPS, mixture)
    score = scores(sample, kinds, readings, found, parameters, fixed)
    gradient, information = gathered(readings, found, score, kinds)
    information[~free] = information[:, ~free] = 0.0
    return Refined(
        parameters=parameters, gradient=gradient, information=information, kinds=kinds, readings=readings, mixture=found
    )


def newton_step(gradient: F8, information: F8, free: Bool) -> tuple[F8, F8]:
    """Step (7,) to the maximum and its errors, both in `STEPS`; zero for what is held or cannot be told."""
    step, error = np.zeros_like(gradient), np.zeros_like(gradient)
    rows = np.flatnonzero(free & (np.diag(information) > 0))
    if rows.size:
        covariance = np.linalg.pinv(information[np.ix_(rows, rows)], hermitian=True)
        step[rows] = covariance @ gradient[rows]
        error[rows] = np.sqrt(np.maximum(np.diag(covariance), 0))
    return step * min(1.0, LONGEST / max(float(np.abs(step).max()), LONGEST)), error


def hit_log_likelihood(sample: Sample, refined: Refined, parameters: F8, fixed: Fixed) -> F8:
    """Logarithm of each hit's density (H,) under other parameters, the densities of the kinds held."""
    readings = read(sample, refined.kinds, parameters, fixed)
    mixture, dark = refined.mixture, max(refined.mixture.background_hits, 1.0) * sample.background
    return np.asarray(
        _log_likelihood(
            readings.first, readings.kind, readings.momentum, readings.cosine, readings.jacobian, mixture.log_density,
            refined.kinds.largest, dark, mixture.lean,
        )
    )  # fmt: skip


@compiled
def _log_likelihood(
    first: I8, kind: I8, momentum: F8, cosine: F8, jacobian: F8, table: F8, largest: F8, dark: float, lean: F8
) -> F8:
    out = np.empty(first.size - 1)
    for i in range(out.size):
        total = dark
        for r in range(first[i], first[i + 1]):
            k = kind[r]
            density = math.exp(log_density_at(momentum[r], largest[k], table, k) + jacobian[r])
            total += density * leaning(cosine[r], k, lean)
        out[i] = math.log(total)
    return out


def own_shifts(sample: Sample, refined: Refined, fixed: Fixed) -> tuple[F8, F8]:
    """How far each kind, left to itself, would move along t0, x and y, and the errors of that.

    Returns
    -------
    tuple[F8, F8]
        (K, 3) and (K, 3), in atomic units.
    """
    readings, share = refined.readings, refined.mixture.share
    score = scores(sample, refined.kinds, readings, refined.mixture, refined.parameters, fixed)
    number, places = refined.kinds.mass.size, (T0, X, Y)
    weighted = share[:, None] * score[:, places]
    gradient = np.stack([np.bincount(readings.kind, weighted[:, p], number) for p in range(3)], axis=1)
    squares = np.stack([np.bincount(readings.kind, weighted[:, p] ** 2, number) for p in range(3)], axis=1)
    unit, known = STEPS[list(places)], np.maximum(squares, 1e-12)
    return gradient / known * unit, unit / np.sqrt(known)

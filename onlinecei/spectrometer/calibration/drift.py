"""What moves through a run: t0 and the field, from how the scores of hits change from slice to slice."""

from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.spectrometer.calibration.model import FIELD, STEPS, T0, Fixed
from onlinecei.spectrometer.calibration.readings import Sample
from onlinecei.spectrometer.calibration.refine import Refined, hit_log_likelihood, refine
from onlinecei.spectrometer.calibration.shells import BINS, Shells, refitted

MOVING = (T0, FIELD)
STRIDE = 2.0
"""Steps of the derivatives, in `STEPS`."""
SIGNIFICANT = 4.5
"""Standard deviations from which a drift is believed and taken out of the hits."""
TURNS, ROUNDS = 8, 8
SETTLED = 0.3
"""Of an error."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drift:
    """Changes against the mean of the run, in atomic units and relative."""

    alone: F8
    """(S, 2) of t0 with the field held, and of the logarithm of the field with t0 held."""
    alone_error: F8
    """(S, 2)"""
    change: F8
    """(2,) over the run, of straight lines of both, fitted together."""
    covariance: F8
    """(2, 2) of it."""

    @property
    def significance(self) -> float:
        """How far from no change at all, in standard deviations."""
        unit = STEPS[list(MOVING)]
        steps, covariance = self.change / unit, self.covariance / np.outer(unit, unit)
        return float(np.sqrt(max(float(steps @ np.linalg.pinv(covariance, hermitian=True) @ steps), 0.0)))


def follow(refined: Refined, sample: Sample, part: I8, place: F8, fixed: Fixed, applied: F8 | None = None) -> Drift:
    """Follow t0 and the field through the run.

    Parameters
    ----------
    refined
        The fit to the whole run.
    sample
        Its hits.
    part
        (H,) slice of the run that each hit belongs to, counted from 0.
    place
        (S,) where each slice lies in the run, from -1/2 to 1/2.
    fixed
        What is given.
    applied
        (2,) change over the run that was taken out of the hits before; it is added to what is left.
    """
    gradient, information = _curvature(refined, sample, part, place.size, fixed)
    unit = STEPS[list(MOVING)]
    if applied is not None:
        gradient += np.einsum("spq,q->sp", information, applied / unit) * place[:, None]
    diagonal = np.maximum(np.diagonal(information, axis1=1, axis2=2), 1e-12)
    design = np.stack([np.ones_like(place), place], axis=1)
    normal = np.einsum("sa,sb,spq->apbq", design, design, information).reshape(4, 4)
    covariance = np.linalg.pinv(normal, hermitian=True)
    line = covariance @ np.einsum("sa,sp->ap", design, gradient).reshape(4)
    return Drift(
        alone=gradient / diagonal * unit,
        alone_error=unit / np.sqrt(diagonal),
        change=line[2:] * unit,
        covariance=covariance[2:, 2:] * np.outer(unit, unit),
    )


def _curvature(refined: Refined, sample: Sample, part: I8, slices: int, fixed: Fixed) -> tuple[F8, F8]:
    """Gradient (S, 2) and curvature (S, 2, 2) of the likelihood of each slice, per `STEPS`, by differences.

    The outer products of the scores would be smaller than the curvature, since densities from histograms are blurred.
    """

    def of_slices(first: float, second: float) -> F8:
        moved = refined.parameters.copy()
        moved[list(MOVING)] += STRIDE * STEPS[list(MOVING)] * (first, second)
        return np.bincount(part, hit_log_likelihood(sample, refined, moved, fixed), slices).astype(np.float64)

    here, cells = of_slices(0, 0), {(a, b): of_slices(a, b) for a in (-1, 0, 1) for b in (-1, 0, 1) if a or b}
    gradient = np.stack([cells[1, 0] - cells[-1, 0], cells[0, 1] - cells[0, -1]], axis=1) / (2 * STRIDE)
    own = [2 * here - cells[1, 0] - cells[-1, 0], 2 * here - cells[0, 1] - cells[0, -1]]
    mixed = 0.25 * (cells[1, -1] + cells[-1, 1] - cells[1, 1] - cells[-1, -1])
    matrix = np.stack([own[0], mixed, mixed, own[1]], axis=1).reshape(-1, 2, 2) / STRIDE**2
    return gradient, matrix


def steadied(t: F8, place: F8, change: F8, t0: float) -> F8:
    """Flight times (H,) as they would have been with the spectrometer of the middle of the run.

    A relative change of the field changes the flight time of an ion at rest by minus half as much.
    """
    return np.asarray(t - place * change[0] + 0.5 * (t - t0) * place * change[1])


def without_drift(shells: Shells, train: F8, slices: int, fixed: Fixed) -> tuple[Shells, Drift]:
    """Follow t0 and the field, and fit again to hits without their drift where there is one.

    Parameters
    ----------
    shells
        The first estimate.
    train
        (H,) where in the run each of its hits is, from -1/2 to 1/2.
    slices
        Of the run.
    fixed
        What is given.
    """
    part = np.minimum(((train + 0.5) * slices).astype(np.int64), slices - 1)
    place = (np.arange(slices) + 0.5) / slices - 0.5
    drift = follow(shells.refined, shells.sample, part, place, fixed)
    if drift.significance < SIGNIFICANT:
        return shells, drift
    refined, sample, every = shells.refined, shells.sample, np.ones(STEPS.size, dtype=np.bool_)
    for _ in range(TURNS):
        applied = drift.change
        t = steadied(shells.sample.t, train, applied, float(refined.parameters[T0]))
        sample = replace(shells.sample, t=t)
        refined = refine(sample, refined.kinds, refined.parameters, fixed, every, BINS, ROUNDS)
        drift = follow(refined, sample, part, place, fixed, applied)
        if np.all(np.abs(drift.change - applied) < SETTLED * np.sqrt(np.diag(drift.covariance))):
            break
    return refitted(replace(shells, refined=refined), sample, fixed), drift

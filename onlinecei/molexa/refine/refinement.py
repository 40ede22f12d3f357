"""Geometries refined through a model of the explosion, with the network's answer as prior."""

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from scipy.special import softmax

from onlinecei.arrays import F8
from onlinecei.explosion import distinct
from onlinecei.molexa.network import Sample
from onlinecei.molexa.refine.checks import RIVALS, check, doubts_about, doubts_of_answer, doubts_of_starts
from onlinecei.molexa.refine.descent import FINE, ROUGH, Descent, followed
from onlinecei.molexa.refine.forward import Forward
from onlinecei.molexa.refine.points import Points
from onlinecei.molexa.refine.posterior import Posterior
from onlinecei.molexa.refine.records import Prior, Solution

RIVAL = 0.1
"""Weight of a second geometry from which on momenta and prior do not decide between the two."""


def refine(sample: Sample, covariance_au2: F8, forward: Forward, prior: Prior, starts_au: F8) -> list[Solution]:
    """Find the geometries that agree with the momenta of all channels and with the prior, the likeliest first.

    Each start goes downhill to the maximum of the posterior next to it. The positions are those of the first channel's
    frame; every further channel has a rotation of its own, found with them. Ions that were not detected add nothing to
    the deviations, but their charges push the others.

    The covariance of the positions is ``(J^T S^-1 J + P^-1)^-1``, with the Jacobian J of the model, the prior P, and S
    the covariance of the measured means plus the squares of the model's errors. Where momenta and prior disagree, the
    model is at fault more often than not: with chi2 per degree of freedom above one its error is taken to be chi2 times
    as large, and the descent goes on. The answer then stays near the prior, and says so.

    Parameters
    ----------
    sample
        A molecule of N atoms in C channels.
    covariance_au2
        Of the measured means, not of single events: (C, 3 N, 3 N), or (C, N, 3, 3) for each ion alone. That of ions
        not detected is not looked at.
    forward
        Gives the momenta of a geometry.
    prior
        What the network says.
    starts_au
        (K, N, 3) geometries in bohr to start from, as the network draws them.

    Returns
    -------
    list of Solution
        Empty where the model gives no momenta for any start.

    Raises
    ------
    CEIError
        Something is wrong with the input, see `onlinecei.molexa.refine.checks.check`.
    """
    check(sample, covariance_au2, prior, starts_au)
    plain = used = Posterior(sample, covariance_au2, forward, prior)
    ends = _ends(plain, _begin(plain, starts_au), ROUGH)
    if ends and (chi2 := min(float(end.point.cost[0]) for end in ends) / plain.freedom) > 1:
        used = Posterior(sample, covariance_au2, forward, prior, doubt=chi2)
        ends = _ends(used, ends, ROUGH)
    ends = _ends(used, _anew(used, ends), FINE)
    doubts = (*doubts_about(sample, covariance_au2), *doubts_of_starts(prior, starts_au))
    weights = softmax([end.evidence for end in ends]) if ends else []
    if sum(weight > RIVAL for weight in weights) > 1:
        doubts += (RIVALS,)
    solutions = [_solution(plain, end, float(weight), doubts) for end, weight in zip(ends, weights, strict=True)]
    return sorted(solutions, key=lambda solution: -solution.weight)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _End:
    """Where starts ended, or where they are."""

    point: Points
    """One."""
    slopes: F8
    """(1, C, 3 N, 3 N)"""
    position_au: F8
    """(N, 3) about the centre of mass."""
    starts: int
    hessian: F8
    """Half the second derivative (D, D) of the cost."""

    @property
    def evidence(self) -> float:
        """Logarithm of the posterior's volume around it, after Laplace."""
        return float(-0.5 * (self.point.cost[0] + np.linalg.slogdet(self.hessian)[1]))


def _begin(posterior: Posterior, starts: F8) -> list[_End]:
    """Take up the starts that explode; the slopes of the first serve for all, followed to where these are."""
    points = posterior.start(starts)
    points = points.at(np.flatnonzero(np.isfinite(points.cost)))
    if not points.cost.size:
        return []
    first = points.at(np.zeros_like(points.cost, dtype=np.int64))
    slopes = np.repeat(posterior.slopes(points.at(np.array([0]))), points.cost.size, axis=0)
    return _taken(posterior, points, followed(slopes, first, points), [1] * points.cost.size)


def _ends(posterior: Posterior, begun: list[_End], near: float) -> list[_End]:
    """Go downhill to the different ends, the best first."""
    if not begun:
        return []
    points = posterior.judged(_joined([each.point for each in begun]))
    descent = Descent(posterior, points, np.concatenate([each.slopes for each in begun]), near=near)
    descent.run()
    ends = _taken(posterior, descent.points, descent.slopes, [each.starts for each in begun])
    return _merged(ends, posterior)


def _anew(posterior: Posterior, ends: list[_End]) -> list[_End]:
    """Compute the slopes at the ends: those followed there may have missed a way that led on."""
    return [replace(each, slopes=posterior.slopes(each.point)) for each in ends]


def _taken(posterior: Posterior, points: Points, slopes: F8, starts: list[int]) -> list[_End]:
    hessian, _ = posterior.normal(points, slopes)
    return [
        _End(
            point=points.at(np.array([row])),
            slopes=slopes[[row]],
            position_au=_centred(points.position_au[row], posterior.sample.mass_au),
            starts=many,
            hessian=hessian[row],
        )
        for row, many in enumerate(starts)
    ]


def _joined(points: list[Points]) -> Points:
    columns: dict[str, Any] = {
        each.name: np.concatenate([getattr(point, each.name) for point in points]) for each in fields(Points)
    }
    return Points(**columns)


def _merged(ends: list[_End], posterior: Posterior) -> list[_End]:
    """Keep the best of those that are the same."""
    found = sorted(ends, key=lambda end: float(end.point.cost[0]))
    groups = distinct([end.position_au for end in found], _length(posterior.sample))
    return [replace(found[group[0]], starts=sum(found[index].starts for index in group)) for group in groups]


def _solution(plain: Posterior, end: _End, weight: float, doubts: tuple[str, ...]) -> Solution:
    size = end.position_au.size
    covariance = np.linalg.inv(end.hessian)[:size, :size]
    centring = _centred(np.eye(size).reshape(-1, 3, size), plain.sample.mass_au).reshape(size, size)
    chi2 = float(plain.judged(end.point).cost[0]) / plain.freedom
    return Solution(
        positions_au=end.position_au,
        covariance_au2=centring @ covariance @ centring.T,
        round_trip_au=end.point.turned_au[0],
        misfit=plain.misfit(end.point)[0],
        chi2=chi2,
        weight=weight,
        starts=end.starts,
        flags=(*doubts, *doubts_of_answer(chi2)),
    )


def _centred(rows: F8, masses: F8) -> F8:
    """Rows (N, ...) less their average with the masses (N,)."""
    return np.asarray(rows - np.average(rows, axis=0, weights=masses))


def _length(sample: Sample) -> float:
    """Physics length of the first channel, from the ions that were detected."""
    known, charge = sample.known[0], sample.charge[0].astype(np.float64)
    energy = np.sum(sample.momentum_au[0, known] ** 2 / (2 * sample.mass_au[known, None])) / known.mean()
    return float((charge.sum() ** 2 - np.sum(charge**2)) / 2 / energy)

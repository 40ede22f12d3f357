"""Fits to a sharp peak on a flat background: a line through it, or a plane.

Each point belongs to the peak (a Gaussian about the line or plane) or to a background, with a probability that
is found along with the fit (expectation maximisation), so that no cut has to be chosen and none shifts the result.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from onlinecei.arrays import F8

STEPS = 300
NARROWEST_NS = 0.005
"""No converter tells less; keeps the width from vanishing where signals are exact."""
SETTLED = 0.02
"""The fit is done when no number moves by more than this share of its error."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """Numbers with their covariance, and the width of the peak about them."""

    values: F8
    """(M,)"""
    covariance: F8
    """(M, M)"""
    sigma: float
    """Standard deviation about the fit."""
    weight: F8
    """(N,) probability of each point to belong to the peak."""

    @property
    def errors(self) -> F8:
        """(M,) standard errors."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance), 0.0)))

    @property
    def points(self) -> float:
        """How many points the peak has."""
        return float(self.weight.sum())


def fit_line(y: F8, terms: F8, gate: float, sigma: float) -> Fit:
    """Fit ``y = terms @ values`` (N, M) within a gate of +-`gate` that the background fills evenly on either side.

    There is more background below the peak than above: where hits overlap, the dead time lets the earlier signal
    through in place of the right one. `sigma` is where the width starts: wide enough to cover what the values do not
    yet describe.
    """
    values, shares = np.zeros(terms.shape[1]), np.array([0.25, 0.5, 0.25])
    weight: F8 = np.ones(y.size)
    covariance: F8 = np.zeros((terms.shape[1],) * 2)
    distance = y
    columns = np.ascontiguousarray(terms.T)
    for _ in range(STEPS):
        below, weight, above = _memberships(distance, shares, sigma, gate)
        weighted = columns * weight
        # Sums by einsum: a BLAS that shares out such thin products to threads is slower than the sum itself.
        inverse: F8 = np.asarray(np.linalg.pinv(np.einsum("in,jn->ij", weighted, columns)), dtype=np.float64)
        moved, values = values, np.asarray(inverse @ np.einsum("in,n->i", weighted, y))
        distance = y - np.einsum("i,in->n", values, columns)
        wider, sigma = sigma, _width(distance, weight)
        shares = np.array([below.mean(), weight.mean(), above.mean()])
        covariance = sigma**2 * inverse
        errors = np.sqrt(np.abs(np.diag(covariance)))
        if abs(wider - sigma) <= SETTLED * errors[0] and np.all(np.abs(values - moved) <= SETTLED * errors):
            break
    return Fit(values=values, covariance=covariance, sigma=sigma, weight=weight)


def fit_plane(points: F8, normal: F8, height: float, gate: float, sigma: float) -> tuple[F8, float, Fit]:
    """Fit the plane ``normal . point = height`` to points (N, 3) with equal errors in all three coordinates.

    Returns the unit normal, the height, and the same plane solved for the first coordinate,
    ``p0 = values . (p1, p2, 1)``, whose errors follow from the width. Orthogonal regression: unlike that of one
    coordinate on the others it is not drawn towards zero by their errors.
    """
    weight = np.ones(len(points))
    share = 0.8
    for _ in range(STEPS):
        weight = _probability(points @ normal - height, share, sigma, gate)
        weight[np.abs(points @ normal - height) > gate] = 0.0
        mean = np.average(points, axis=0, weights=weight)
        spread = (points - mean) * np.sqrt(weight)[:, None]
        turned = np.linalg.eigh(np.einsum("ni,nj->ij", spread, spread))[1][:, 0]
        turned *= np.sign(turned @ normal) or 1.0
        moved = float(np.abs(turned - normal).max())
        normal, height = turned, float(turned @ mean)
        sigma, share = _width(points @ normal - height, weight), float(weight.sum() / max((weight > 0).sum(), 1))
        if moved < 1e-7:
            break
    return normal, height, _solved(points, normal, height, weight, sigma)


def _solved(points: F8, normal: F8, height: float, weight: F8, sigma: float) -> Fit:
    values = np.array([-normal[1], -normal[2], height]) / normal[0]
    terms = np.column_stack([points[:, 1:], np.ones(len(points))])
    along = sigma / abs(normal[0])
    inverse = np.linalg.pinv(np.einsum("ni,n,nj->ij", terms, weight, terms))
    return Fit(values=values, covariance=along**2 * inverse, sigma=along, weight=weight)


def _memberships(distance: F8, shares: F8, sigma: float, gate: float) -> tuple[F8, F8, F8]:
    """Probabilities of each point to be background below the peak, peak, and background above it."""
    above = ndtr(distance / sigma)
    below = shares[0] * (1.0 - above) / gate
    peak = shares[1] * np.exp(-0.5 * (distance / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
    above *= shares[2] / gate
    total = below + peak + above + 1e-9 / gate
    return below / total, peak / total, above / total


def _probability(distance: F8, share: float, sigma: float, gate: float) -> F8:
    peak = share * np.exp(-0.5 * (distance / sigma) ** 2) / (np.sqrt(2 * np.pi) * sigma)
    return np.asarray(peak / (peak + (1.0001 - share) / (2 * gate)))


def _width(distance: F8, weight: F8) -> float:
    return max(float(np.sqrt((weight * distance**2).sum() / max(weight.sum(), 1e-9))), NARROWEST_NS)

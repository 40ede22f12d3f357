"""Hits as a mixture: ions of each kind that fly apart in all directions alike, and an even background.

Molecules lie at random, so that an ion of some momentum is found with equal density all over a sphere about zero. The
density of a kind is then a function of |p| alone, whatever that function is; it is estimated along with everything else
(expectation maximisation). Where the centre, t0 or the field are wrong the spheres are not round or not about zero,
and the hits are less likely.

Dead time breaks this: of two like ions that land together the later one is lost. Kinds of which a molecule has several
may therefore lean: their density is multiplied by 1 + a P1(cos) + b P2(cos) of the angle with the flight.
"""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.spectrometer.calibration.readings import Kinds, Readings, Sample

MOST, WIDER = 0.995, 1.15
"""Share of the hits of a kind that tells how far its momenta reach, and room beyond."""
BIN_POWER = 1.5
"""Edges of |p| lie at pmax (k / B)^1.5: fine near zero, where bound ions are, and with events enough farther out."""
LEAST_LEAN = 0.05
"""A density that leans stays positive."""
ENOUGH_TO_LEAN = 200.0
"""Hits of a kind below which its lean would be noise."""
FLOOR = 1e-3
"""Hits in an empty bin, so that its logarithm is finite."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """What the expectation maximisation finds."""

    hits: F8
    """(K,) hits of each kind."""
    log_density: F8
    """(K, B) logarithm of hits per d^3p."""
    background_hits: float
    log_likelihood: float
    share: F8
    """(R,) probability of each reading."""
    lean: F8
    """(K, 2) a and b."""


@compiled
def log_density_at(momentum: float, largest: float, table: F8, kind: int) -> float:
    """Interpolated between the middles of bins."""
    bins = table.shape[1]
    place = bins * (momentum / largest) ** (1.0 / BIN_POWER) - 0.5
    low = min(max(math.floor(place), 0), bins - 2)
    part = min(max(place - low, 0.0), 1.0)
    value: float = (1.0 - part) * table[kind, low] + part * table[kind, low + 1]
    return value


@compiled
def leaning(cosine: float, kind: int, lean: F8) -> float:
    """1 + a P1 + b P2, never quite zero."""
    first, second = float(lean[kind, 0]), float(lean[kind, 1])
    tilted: float = 1.0 + first * cosine + second * (1.5 * cosine * cosine - 0.5)
    return max(tilted, LEAST_LEAN)


@compiled
def _expect(
    first: I8, kind: I8, momentum: F8, cosine: F8, jacobian: F8, table: F8, largest: F8, background: float, lean: F8,
    share: F8, counts: F8, moments: F8,
) -> tuple[float, float]:  # fmt: skip
    """Fill the probability of each reading and the hits per bin; returns the likelihood and the background hits."""
    likelihood = dark = 0.0
    bins = table.shape[1]
    counts[:] = 0.0
    moments[:] = 0.0
    for i in range(first.size - 1):
        total = background
        for r in range(first[i], first[i + 1]):
            k = kind[r]
            share[r] = math.exp(log_density_at(momentum[r], largest[k], table, k) + jacobian[r])
            share[r] *= leaning(cosine[r], k, lean)
            total += share[r]
        likelihood += math.log(total)
        dark += background / total
        for r in range(first[i], first[i + 1]):
            k = kind[r]
            share[r] /= total
            slot = min(int(bins * (momentum[r] / largest[k]) ** (1.0 / BIN_POWER)), bins - 1)
            counts[k, slot] += share[r]
            moments[k, 0] += share[r] * 3.0 * cosine[r]
            moments[k, 1] += share[r] * 5.0 * (1.5 * cosine[r] * cosine[r] - 0.5)
    return likelihood, dark


def bin_volumes(largest: F8, bins: int) -> F8:
    """Volume (K, B) of the spherical shells of the bins."""
    edges = largest[:, None] * (np.arange(bins + 1) / bins) ** BIN_POWER
    return np.asarray(np.diff(4 / 3 * math.pi * edges**3, axis=1))


def smoothed_log_density(counts: F8, volumes: F8) -> F8:
    """Logarithm of hits per volume, smoothed over neighbouring bins with equal weight for equal numbers of hits."""
    return np.log((_blurred(counts) + FLOOR) / _blurred(volumes))


def _blurred(rows: F8) -> F8:
    padded = np.pad(rows, ((0, 0), (1, 1)))
    return np.asarray(padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:])


def maximise(
    readings: Readings, kinds: Kinds, sample: Sample, bins: int, steps: int, start: Mixture | None = None
) -> Mixture:
    """Expectation maximisation of the densities of all kinds and the background.

    Parameters
    ----------
    readings, kinds, sample
        The hits, as each kind.
    bins
        Of |p|.
    steps
        Of the maximisation.
    start
        An earlier result with as many bins; omitted: every reading equally likely.
    """
    volumes = bin_volumes(kinds.largest, bins)
    hits = readings.first.size - 1
    if start is None:
        even = np.full((kinds.mass.size, bins), 0.5 * hits / kinds.mass.size) * volumes / volumes.sum(1, keepdims=True)
        table, dark, lean = smoothed_log_density(even, volumes), 0.5 * hits, np.zeros((kinds.mass.size, 2))
    else:
        table, dark, lean = start.log_density, start.background_hits, start.lean
    share, counts, moments = np.empty(readings.kind.size), np.empty_like(volumes), np.empty_like(lean)
    likelihood = -math.inf
    for _ in range(steps):
        likelihood, dark = _expect(
            readings.first, readings.kind, readings.momentum, readings.cosine, readings.jacobian, table, kinds.largest,
            max(dark, 1.0) * sample.background, lean, share, counts, moments,
        )  # fmt: skip
        table = smoothed_log_density(counts, volumes)
        lean = _leans(moments, counts.sum(1), kinds.leans)
    return Mixture(
        hits=counts.sum(1), log_density=table, background_hits=dark, log_likelihood=likelihood, share=share,
        lean=lean,
    )  # fmt: skip


def _leans(moments: F8, hits: F8, leans: Bool) -> F8:
    """Legendre moments of the cosine: (2 l + 1) <P_l>; zero for kinds that do not lean."""
    rows = moments / np.maximum(hits, 1.0)[:, None]
    return np.where(leans[:, None] & (hits[:, None] >= ENOUGH_TO_LEAN), rows, 0.0)


def extents(mixture: Mixture, kinds: Kinds, sample: Sample, slowness: F8) -> F8:
    """How far the momenta of each kind reach (K,): as far as its hits are denser than the background's.

    Parameters
    ----------
    mixture, kinds, sample
        What was fitted.
    slowness
        (K,) logarithm of d^3p over dx dy dt of an ion at rest.
    """
    bins = mixture.log_density.shape[1]
    edges = kinds.largest[:, None] * (np.arange(1, bins + 1) / bins) ** BIN_POWER
    dark = math.log(max(mixture.background_hits, 1.0) * sample.background)
    dense = mixture.log_density + slowness[:, None] > dark
    hits = np.exp(mixture.log_density) * bin_volumes(kinds.largest, bins)
    inner = np.cumsum(hits, axis=1) / hits.sum(axis=1, keepdims=True) < MOST
    reach = np.where(dense & inner, edges, edges[:, :1]).max(axis=1)
    return np.asarray(np.minimum(WIDER * reach + edges[:, 1], kinds.largest))

"""Averages over trajectories that ended with the same charges."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I1
from onlinecei.explosion.monte_carlo import Trajectories


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Combination:
    """Trajectories whose atoms ended with the same charges."""

    charges: I1
    """(N,)"""
    count: int
    momentum_au: F8
    """(N, 3) mean."""
    covariance_au2: F8
    """(N, 3, 3) of the momentum of each atom in one trajectory; of the mean: over `count`."""


def combinations(trajectories: Trajectories, *, minimum: int = 2) -> list[Combination]:
    """Average trajectories by their final charges, the most frequent first.

    Only those count in which every atom came free, and charges that occur `minimum` times or more (at least twice, for
    the covariance).
    """
    free = np.isfinite(trajectories.momenta_au).all(axis=(1, 2))
    charges, momenta = trajectories.charges[free], trajectories.momenta_au[free]
    kinds, which, counts = np.unique(charges, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    kept = [kind for kind in order if counts[kind] >= max(minimum, 2)]
    return [_averaged(kinds[kind], momenta[which.reshape(-1) == kind]) for kind in kept]


def _averaged(charges: I1, momenta: F8) -> Combination:
    mean = momenta.mean(axis=0)
    off = momenta - mean
    covariance = np.einsum("mni,mnj->nij", off, off) / (len(momenta) - 1)
    return Combination(charges=charges, count=len(momenta), momentum_au=mean, covariance_au2=covariance)

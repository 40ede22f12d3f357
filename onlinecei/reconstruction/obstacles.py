"""Why centroids may tell of no geometry."""

from itertools import pairwise

import numpy as np

from onlinecei.errors import CEIError
from onlinecei.records import Centroids, Reconstruction

MIN_EVENTS = 30
"""Events below which mean momenta are too rough for a geometry: errors of a fifth of the spread, and a covariance of
3 N coordinates that is hardly determined."""
MIXED = 0.6
"""Spread between two identical ions, over the rms momentum, from which on they sit in different places. Simulated water
has 0.1 to 0.2, false coincidences included; the two N of N2O have 1.3."""


def obstacle(measured: Centroids) -> str:
    """Give the reason why these centroids have no geometry, whatever the method; empty if nothing stands in the way.

    Raises
    ------
    CEIError
        They hold numbers that are not finite.
    """
    if not measured.complete:
        return "the channel lacks atoms of the molecule; every ion is needed"
    if measured.events < MIN_EVENTS:
        return f"{measured.events} events, at least {MIN_EVENTS} are needed"
    if len(measured.channel.ions) > 3 and measured.channel.has_identical_ions:
        return "identical ions are not told apart in channels of more than three ions, their mean momenta are mixtures"
    if _sites_are_mixed(measured):
        return "the identical ions sit in different places of the molecule and are not told apart yet"
    if not np.all(np.isfinite(measured.momentum_au)) or not np.all(np.isfinite(measured.covariance_au2)):
        raise CEIError(f"the centroids of {measured.channel} hold numbers that are not finite")
    return ""


def _sites_are_mixed(measured: Centroids) -> bool:
    """Whether two identical ions exchange different roles from event to event, as the two N of N2O do.

    Their labels are random, so equivalent ions differ along the first ion by the spread of the molecule alone, and
    inequivalent ones by the distance of their sites.
    """
    rms = np.sqrt(np.mean(np.sum(measured.momentum_au**2, axis=1)))
    for k, (first, second) in enumerate(pairwise(measured.channel.ions)):
        i, j = 3 * k, 3 * k + 3
        spread = measured.covariance_au2[i, i] + measured.covariance_au2[j, j] - 2 * measured.covariance_au2[i, j]
        if first == second and spread > (MIXED * rms) ** 2:
            return True
    return False


def without_geometry(measured: Centroids, method: str, reason: str) -> Reconstruction:
    """Say why there is none."""
    missing = np.full(measured.momentum_au.shape, np.nan)
    return Reconstruction(
        centroids=measured, method=method, positions_au=missing, uncertainty_au=missing, round_trip_au=missing,
        misfit=float("nan"), solutions=0, reason=reason,
    )  # fmt: skip

"""Why centroids may tell of no geometry."""

import numpy as np

from onlinecei.centroids import sites_are_mixed
from onlinecei.errors import CEIError
from onlinecei.records import Centroids, Reconstruction

MIN_EVENTS = 30
"""Events below which mean momenta are too rough for a geometry: errors of a fifth of the spread, and a covariance of
3 N coordinates that is hardly determined."""


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
    if measured.true_events < MIN_EVENTS and not measured.labelled:
        return f"{measured.true_events:.0f} of {measured.events} events are true, at least {MIN_EVENTS} are needed"
    if sites_are_mixed(measured):
        why = measured.unresolved or "no single events were kept that would tell them"
        return f"the identical ions sit in different places of the molecule and are not told apart: {why}"
    if measured.explained_by_chance and not measured.labelled:
        return (
            f"false coincidences explain the events: {measured.events} were counted, "
            f"{measured.false_events:.0f} ± {measured.false_error:.0f} are expected by chance"
        )
    if not np.all(np.isfinite(measured.momentum_au)) or not np.all(np.isfinite(measured.covariance_au2)):
        raise CEIError(f"the centroids of {measured.channel} hold numbers that are not finite")
    return ""


def without_geometry(measured: Centroids, method: str, reason: str) -> Reconstruction:
    """Say why there is none."""
    missing = np.full(measured.momentum_au.shape, np.nan)
    return Reconstruction(
        centroids=measured, method=method, positions_au=missing, uncertainty_au=missing, round_trip_au=missing,
        misfit=float("nan"), solutions=0, reason=reason, doubts=measured.flags,
    )  # fmt: skip

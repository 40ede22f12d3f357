"""Every event a geometry of its own, then the mean: averages in real space.

The mean of momenta is not the momentum of the mean geometry. Where the ensemble is broad, averaging geometries is right
(MOLEXA, on the nuclear ground state); where single momenta are noisy, it has a bias of its own, which the doubts name.
"""

from dataclasses import replace

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids import SingleEvents
from onlinecei.geometry.matching import MOST_ORDERS, Laid, lay, number_of_orders
from onlinecei.reconstruction.interface import Reconstructor
from onlinecei.reconstruction.obstacles import MIN_EVENTS
from onlinecei.records import EventAverage, Reconstruction

FAR = 9.0
"""Mean square distance from the geometry of the mean momenta, over that of the median event, from which on an event is
left out: three times as far as usual. Nearly all of these are false coincidences."""
MOST_ORDERED = 2_000_000
"""Events times orders of like atoms: some seconds."""
RESOLUTION = "the momenta of single events carry the detector's resolution: it widens the spread and may shift the mean"
FALSE = "false coincidences that look like the molecule count as events"


def with_average(found: Reconstruction, events: SingleEvents, method: Reconstructor) -> Reconstruction:
    """Add the average over single events to a geometry, or a doubt why there is none."""
    if not found.found:
        return found
    measured = found.centroids
    kept = events.get((measured.name, measured.delay_bin), np.empty((0, len(measured.channel.ions), 3)))
    if len(kept) < MIN_EVENTS:
        return _without(found, f"{len(kept)} single events were kept, at least {MIN_EVENTS} are needed")
    if (orders := number_of_orders(_names(found))) > MOST_ORDERS:
        return _without(found, f"its like atoms have {orders} orders, at most {MOST_ORDERS} are gone through")
    most = min(method.most_events, max(MOST_ORDERED // orders, MIN_EVENTS))
    average = _average(found, kept[:most], method)
    if average.events < MIN_EVENTS:
        return _without(found, f"{average.events} single events agree, at least {MIN_EVENTS} are needed")
    return replace(found, per_event=replace(average, doubts=_doubts(found, len(kept), most)))


def _average(found: Reconstruction, momenta: F8, method: Reconstructor) -> EventAverage:
    geometries = method.single(found.centroids.channel, momenta)
    there = geometries[np.isfinite(geometries).all(axis=(1, 2))]
    laid = lay(found.positions_au, there, _names(found), found.centroids.channel.masses_au)
    near = laid.distance2 <= FAR * np.median(laid.distance2) if len(there) else np.empty(0, np.bool_)
    mean, covariance = _moments(laid, near)
    return EventAverage(
        method=method.single_name,
        events=int(near.sum()),
        left_out=len(momenta) - int(near.sum()),
        positions_au=mean.reshape(-1, 3),
        covariance_au2=covariance,
    )


def _moments(laid: Laid, near: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> tuple[F8, F8]:
    """Mean (3 N,) and covariance (3 N, 3 N) of those geometries that are near."""
    rows = near[laid.event]
    share, flat = laid.share[rows], laid.positions_au[rows].reshape(int(rows.sum()), -1)
    number = max(int(near.sum()), 2)
    mean = share @ flat / number
    off = flat - mean
    return mean, np.asarray((share[:, None] * off).T @ off / (number - 1))


def _names(found: Reconstruction) -> list[str]:
    return [ion.name for ion in found.centroids.channel.ions]


def _doubts(found: Reconstruction, kept: int, most: int) -> tuple[str, ...]:
    said = [RESOLUTION, FALSE]
    if share := found.centroids.background_share:
        said[1] = f"{FALSE}, about {share:.0%} of them"
    if kept > most:
        said.append(f"the first {most} of {kept} kept events were taken")
    return tuple(said)


def _without(found: Reconstruction, reason: str) -> Reconstruction:
    return replace(found, doubts=(*found.doubts, f"no average over single events: {reason}"))

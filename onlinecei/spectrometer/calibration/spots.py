"""Where the middle of the hits lies as a function of flight time, before any ion has a name."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8

SLICE_NS = 10.0
"""A tenth of the width of a usual peak."""
SIGNIFICANT = 6.0
"""Standard deviations above the even background for a slice to hold ions."""
QUIET = 20.0
"""Percentile of the slices' hits that is taken for the background: most runs leave a fifth of the time to it."""
FEWEST = 30
"""Hits of a slice from which a middle is worth computing."""
REACH = 2.5
"""Circle about the middle, in median distances: nearly all ions, and no more background than need be."""
TURNS = 12
FLOOR_MM = 0.3
"""Least error of a middle: gas at rest lies beside ions of the jet, and its narrow spots must not decide alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spots:
    """Middles of the hits of slices of flight time that hold ions, and a straight line through them."""

    t_ns: F8
    """(S,)"""
    place_mm: F8
    """(S, 2)"""
    error_mm: F8
    """(S,)"""
    hits: F8
    """(S,) above the background."""
    origin_mm: tuple[float, float]
    """Where the line starts, at time zero."""
    velocity_mm_per_ns: tuple[float, float]


def find_spots(x_mm: F8, y_mm: F8, t_ns: F8) -> Spots | None:
    """Find the slices of flight time that hold ions, and how the middle of their hits moves.

    Parameters
    ----------
    x_mm, y_mm, t_ns
        (H,) hits, all finite.

    Returns
    -------
    Spots | None
        None where no slice stands out of the background.
    """
    if t_ns.size < FEWEST:
        return None
    slot = (t_ns / SLICE_NS).astype(np.int64)
    counts = np.bincount(slot).astype(np.float64)
    quiet = float(np.percentile(counts, QUIET))
    excess = counts - quiet
    chosen = np.flatnonzero((excess > SIGNIFICANT * np.sqrt(quiet + 1.0)) & (excess > FEWEST))
    if not chosen.size:
        return None
    order = np.argsort(slot, kind="stable")
    ends = np.cumsum(np.bincount(slot))
    middles = [_middle(x_mm, y_mm, order[ends[k] - int(counts[k]) : ends[k]]) for k in chosen]
    place, error = np.array([each[:2] for each in middles]), np.array([each[2] for each in middles])
    t: F8 = np.asarray(SLICE_NS * (chosen + 0.5), dtype=np.float64)
    origin, velocity = _line(t, place, 1.0 / (error**2 + FLOOR_MM**2))
    return Spots(
        t_ns=t, place_mm=place, error_mm=error, hits=excess[chosen], origin_mm=origin, velocity_mm_per_ns=velocity
    )


def _middle(x_mm: F8, y_mm: F8, rows: I8) -> tuple[float, float, float]:
    """Mean within a circle about itself, so that an even background does not pull at it, and its error."""
    x, y = x_mm[rows], y_mm[rows]
    cx, cy = float(np.median(x)), float(np.median(y))
    for _ in range(TURNS):
        distance = np.hypot(x - cx, y - cy)
        near = distance <= REACH * np.median(distance)
        cx, cy = float(x[near].mean()), float(y[near].mean())
    spread = float(np.hypot(x[near] - cx, y[near] - cy).std())
    return cx, cy, spread / float(np.sqrt(near.sum()))


def _line(t: F8, place: F8, weight: F8) -> tuple[tuple[float, float], tuple[float, float]]:
    """Weighted straight line of x and y; level where the times are too close together to tell a slope."""
    mean_t, mean = np.average(t, weights=weight), np.average(place, axis=0, weights=weight)
    spread = float(np.sum(weight * (t - mean_t) ** 2))
    steep = (weight * (t - mean_t)) @ (place - mean) / spread if np.ptp(t) > 0.25 * t.max() else np.zeros(2)
    start = mean - steep * mean_t
    return (float(start[0]), float(start[1])), (float(steep[0]), float(steep[1]))

"""Curves and images out of numbers, free of widgets."""

import numpy as np

from onlinecei.arrays import F8, I8

PLANES = {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}
"""Projections of the momentum maps, in the order in which they are kept."""

TOGETHER = (1, 2)
"""Pixels of sparse pictures that may be one, each way."""


def ellipse(centre: F8, covariance: F8, points: int = 73) -> F8:
    """One-sigma ellipse (points, 2) about a centre (2,)."""
    scale, axes = np.linalg.eigh(covariance)
    turn = np.linspace(0.0, 2.0 * np.pi, points)
    circle = np.stack([np.cos(turn), np.sin(turn)])
    return np.asarray(centre + (axes @ (np.sqrt(np.maximum(scale, 0.0))[:, None] * circle)).T)


def plane_of(covariance: F8, ion: int, plane: str) -> F8:
    """Covariance (2, 2) of one ion in a plane, out of that of all (3 N, 3 N)."""
    rows = [3 * ion + axis for axis in PLANES[plane]]
    return covariance[np.ix_(rows, rows)]


def log_image(counts: F8 | I8) -> F8:
    """Decadic logarithm of counts; NaN where there are none, which is drawn as nothing."""
    return np.log10(np.where(counts > 0, counts, np.nan))


def filled_end(edges: F8, counts: I8, share: float = 0.998) -> float:
    """Upper edge of the bins that hold this share of the counts, with a margin; the last edge where all are empty."""
    total = counts.sum()
    if not total:
        return float(edges[-1])
    last = int(np.searchsorted(np.cumsum(counts), share * total))
    return float(min(edges[0] + 1.25 * (edges[last + 1] - edges[0]), edges[-1]))


def bin_of(edges: F8, value: float) -> int | None:
    """Give the bin that holds a value; None outside."""
    found = int(np.searchsorted(edges, value, side="right")) - 1
    return found if 0 <= found < edges.size - 1 else None


def filled_reach(edges: F8, counts: F8 | I8, share: float = 0.995) -> float:
    """Half side of the square about zero that holds this share of the counts (..., B, B); all of it where none are."""
    places = np.abs(0.5 * (edges[1:] + edges[:-1]))
    far = np.maximum.outer(places, places).ravel()
    order = np.argsort(far)
    sums = np.cumsum(counts.reshape(-1, far.size).sum(axis=0)[order])
    return float(far[order[np.searchsorted(sums, share * sums[-1])]]) if sums[-1] > 0 else float(edges[-1])


def fitting_bins(counts: I8, most: float = 4.0) -> int:
    """How many neighbouring bins of a histogram (B,) to take together: few events are seen in few bins.

    The width that is left is that of `most` cubic roots of the events in the range of nearly all of them, after the
    rule of Rice.
    """
    events = int(counts.sum())
    if not events:
        return 1
    first, last = np.searchsorted(np.cumsum(counts), [0.025 * events, 0.975 * events])
    return max(round(float(last - first + 1) / (most * float(np.cbrt(events)))), 1)


def summed(counts: F8 | I8, together: int) -> F8 | I8:
    """Sum so many neighbours along each axis; what is left over at the end is one bin of its own."""
    for axis, size in enumerate(counts.shape if together > 1 else ()):
        counts = np.add.reduceat(counts, np.arange(0, size, together), axis=axis)
    return counts


def every(edges: F8, together: int) -> F8:
    """Edges of bins that were taken together by `summed`."""
    kept = edges[:-1:together]
    return np.append(kept, edges[-1])


def fitting_pixels(pictures: I8) -> int:
    """How many pixels of pictures (..., B, B) to take together each way, so that those that are hit are hit twice."""
    flat = pictures.reshape(-1, *pictures.shape[-2:])
    possible = [k for k in TOGETHER if pictures.shape[-1] % k == 0]
    enough = (k for k in possible if all(_hit_twice(summed(each, k)) for each in flat))
    return next(enough, possible[-1])


def _hit_twice(counts: F8 | I8) -> bool:
    return bool(counts.sum() >= 2 * np.count_nonzero(counts))

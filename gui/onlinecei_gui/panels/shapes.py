"""Curves and images out of numbers, free of widgets."""

import numpy as np

from onlinecei.arrays import F8, I8

PLANES = {"xy": (0, 1), "xz": (0, 2), "yz": (1, 2)}
"""Projections of the momentum maps, in the order in which they are kept."""


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


def log_image(counts: I8) -> F8:
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

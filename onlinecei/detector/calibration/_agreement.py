"""The plane u = v + w in the half differences of three wires."""

from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8

TRIALS, SAMPLE = 600, 3000
CLOSE_NS = 1.5
"""From a plane through three points with their errors."""
STEEPEST = 2.5
"""Largest ratio of two scale factors: layers of one detector are much alike."""
FEWEST = 30
"""Points on the plane; and as many of those tried that the rest may be wrong pairs."""
SHARE = 0.25
CLEARER = 1.3
"""Over the best plane with other signs: all planes pass through an image that is a mere spot."""


def rough_plane(points: F8) -> tuple[F8, float] | None:
    """Find the plane on which most of the points (N, 3) lie: unit normal and height, or None where there is none.

    Planes through three points drawn at random; wrong pairs, which fill space, do not matter.
    """
    if len(points) < FEWEST:
        return None
    random = np.random.default_rng(0)
    sample = points[random.permutation(len(points))[:SAMPLE]]
    corners = sample[random.integers(0, len(sample), (TRIALS, 3))]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normals, axis=1)
    fine = (length > 0) & (STEEPEST * np.abs(normals).min(axis=1) > np.abs(normals).max(axis=1))
    if not fine.any():
        return None
    normals, corners = normals[fine] / length[fine, None], corners[fine]
    heights = np.einsum("ij,ij->i", normals, corners[:, 0])
    near = np.array(
        [np.count_nonzero(np.abs(sample @ n - h) < CLOSE_NS) for n, h in zip(normals, heights, strict=True)]
    )
    best = int(np.argmax(near))
    signs = np.sign(normals) * np.sign(normals[:, :1])
    rival = near[(signs != signs[best]).any(axis=1)].max(initial=0)
    if near[best] < max(FEWEST, SHARE * len(sample), CLEARER * rival):
        return None
    return normals[best], float(heights[best])


def unevenness(residual: F8, x: F8, y: F8, cells: int = 8) -> float:
    """Rms of the mean residual over cells of the image, beyond chance: how far the layers are from straight rulers.

    0 where the scatter of the cell means is explained by that of the points.
    """
    if residual.size < 20 * cells**2:
        return 0.0
    across, along = (np.searchsorted(_quantiles(values, cells), values) for values in (x, y))
    cell = across * cells + along
    number = np.bincount(cell, minlength=cells**2)
    mean = np.bincount(cell, residual, cells**2) / np.maximum(number, 1)
    full = number >= 10
    error2 = residual.var() / number[full]
    excess = float(np.mean(mean[full] ** 2 - error2))
    chance = float(np.mean(mean[full] ** 2 / error2))
    return float(np.sqrt(excess)) if chance > 2 and excess > 0 else 0.0


def _quantiles(values: F8, cells: int) -> F8:
    edges = np.quantile(values, np.linspace(0, 1, cells + 1))
    return np.array([low for low, _ in pairwise(edges)][1:])

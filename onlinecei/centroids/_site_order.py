"""One order and one frame for solutions that differ by names only, and whether two solutions are the same."""

from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_anchors import lie
from onlinecei.centroids._site_model import MODES, Columns, Model, new_room
from onlinecei.centroids._site_rotation import frame_of
from onlinecei.centroids._site_steps import model_of
from onlinecei.centroids._site_symmetry import turn_onto

WIDE = 0.15
"""Width at which solutions are laid on each other, over the rms momentum."""
TIE = 1e-9
"""Momenta nearer to each other than this, over the rms momentum, are equal but for rounding."""


def canonical(first_site: I8, mean: F8, *, mirror: bool) -> tuple[I8, F8]:
    """Choose the order of the sites (S,) and the rotation (3, 3) into the molecular frame.

    Identical sites stand in falling order of their momenta. x is along the first site, y in the half-plane of the next
    one that is not along x; of mirror images that with a positive z at the first site off that plane.

    Returns
    -------
    order, rotation
        ``mean[order] @ rotation.T`` are the sites in the frame. With `mirror` the rotation may hold a reflection.
    """
    unit = np.sqrt(np.mean(np.sum(mean**2, axis=1)))
    size = np.round(np.linalg.norm(mean, axis=1) / (TIE * unit)) if unit > 0 else np.zeros(len(mean))
    order = np.concatenate([a + np.argsort(-size[a:b], kind="stable") for a, b in pairwise(first_site)])
    order = order.astype(np.int64)
    rotation = _frame(mean[order], unit)
    framed = np.round(mean @ rotation.T / (TIE * max(unit, 1e-300)))
    off = framed[order, 2][np.abs(framed[order, 2]) > 1]
    if mirror and off.size and off[0] < 0:
        rotation = np.diag([1.0, 1.0, -1.0]) @ rotation
    return order, rotation


def _frame(mean: F8, unit: float) -> F8:
    axes = np.eye(3)[None].copy()
    size = np.linalg.norm(mean, axis=1)
    moving = np.flatnonzero(size > 0.1 * unit)
    for i, first in enumerate(moving):
        for second in moving[i + 1 :]:
            across = np.linalg.norm(np.cross(mean[first], mean[second])) / (size[first] * size[second])
            if across > 0.05 and frame_of(mean, int(first), int(second), axes, 0):
                return np.asarray(axes[0])
    return np.eye(3)


def distance(model: Model, other: F8, *, mirror: bool) -> float:
    """Rms distance of the sites of another solution (S, 3) from those of a model, laid on them the best way.

    Identical sites may change places.
    """
    return min((apart for apart, _ in matches(model, other, mirror=mirror)), default=np.inf)


def matches(model: Model, other: F8, *, mirror: bool) -> list[tuple[float, I8]]:
    """Every way in which other sites (S, 3) lie on those of a model: rms distance, and which other one lies on each."""
    first = model.first_site
    species = np.repeat(np.arange(first.size - 1), np.diff(first)).astype(np.int64)
    columns = Columns(
        first_ion=np.array([0, len(other)]), momentum=np.ascontiguousarray(other), species=species,
        broad=np.full(len(other), -1e3), kind=np.zeros(1, np.int64),
    )  # fmt: skip
    variance = np.full(len(other), (WIDE**2 * np.mean(np.sum(model.mean**2, axis=1))) / 3)
    even = model_of(
        first, model.mean, variance[:, None, None] * np.eye(3), model.spread, np.full(first.size - 1, 1e-6),
        np.full(1, 0.5),
    )  # fmt: skip
    rotations = np.empty((MODES, 3, 3))
    ways = lie(columns, even, new_room(len(other)), 0, mirror, rotations)
    return [_apart(first, model.mean, other, turn, mirror=mirror) for turn in rotations[:ways]]


def _apart(first: I8, mean: F8, other: F8, turn: F8, *, mirror: bool) -> tuple[float, I8]:
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  a quarter of a second, which readers do without

    order = np.empty(len(mean), dtype=np.int64)
    for a, b in pairwise(first):
        square = np.sum((mean[a:b, None] - other[None, a:b] @ turn.T) ** 2, axis=2)
        order[a:b] = a + linear_sum_assignment(square)[1]
    laid = other[order] @ turn_onto(other[order], mean, mirror=mirror).T
    return float(np.sqrt(np.mean(np.sum((mean - laid) ** 2, axis=1)))), order


def rms(mean: F8) -> float:
    """Rms momentum of sites (S, 3)."""
    return float(np.sqrt(np.mean(np.sum(mean**2, axis=1))))

"""Molecules that look alike from several sides: permutations of identical sites that amount to a turn."""

import numpy as np

from onlinecei.arrays import F8, I8

LARGEST = 60
"""Elements of a group, that of the rotations of an icosahedron."""


def turn_onto(mean: F8, target: F8, *, mirror: bool) -> F8:
    """Rotation (3, 3) that lays momenta (S, 3) nearest to others (Kabsch 1976); a reflection only with `mirror`."""
    u, _, v = np.linalg.svd(target.T @ mean)
    hand = 1.0 if mirror else np.sign(np.linalg.det(u @ v))
    return np.asarray(u @ np.diag([1.0, 1.0, hand]) @ v)


def symmetrised(mean: F8, covariance: F8, group: I8, *, mirror: bool) -> tuple[F8, F8]:
    """Average means (S, 3) and covariances (S, 3, 3) over a group (G, S) of permutations, each with its best turn."""
    turns = [turn_onto(mean[each], mean, mirror=mirror) for each in group]
    means = [mean[each] @ turn.T for each, turn in zip(group, turns, strict=True)]
    covariances = [turn @ covariance[each] @ turn.T for each, turn in zip(group, turns, strict=True)]
    return np.mean(means, axis=0), np.mean(covariances, axis=0)


def closed(permutations: list[tuple[int, ...]]) -> I8 | None:
    """Group (G, S) that permutations make; None where it is larger than any group of turns of a molecule."""
    found = set(permutations)
    fresh = list(found)
    while fresh and len(found) <= LARGEST:
        made = {tuple(a[k] for k in b) for a in fresh for b in permutations}
        fresh = sorted(made - found)
        found |= made
    return np.array(sorted(found), dtype=np.int64) if len(found) <= LARGEST else None

"""One geometry laid onto another for the eye: like atoms exchanged, turned, and mirrored where that fits better."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.geometry.matching import best_fit

MUCH_BETTER = 0.5
"""Rms distance of the mirror image over that of the geometry itself, below which the image is taken."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit:
    """A geometry as it lies on another."""

    positions: F8
    """(N, 3) about the centre of the other."""
    order: I8
    """(N,) which of its atoms stands in each place."""
    rms: float
    """Root mean square distance of the atoms."""
    mirrored: bool
    """Whether it is the mirror image that lies there."""


def fit(onto: F8, positions: F8, names: Sequence[str], weights: F8 | None = None, *, mirror: bool = False) -> Fit:
    """Lay a geometry onto another: least squares after Kabsch (1976), over all orders of like atoms.

    Parameters
    ----------
    onto, positions
        (N, 3) in any unit of length, anywhere.
    names
        (N,) of the places; atoms of one name are alike. Those of `positions` come in the same order of names.
    weights
        (N,) of the squared distances, such as the masses; equal ones if omitted.
    mirror
        Whether the mirror image may be taken, where it fits much better.

    Raises
    ------
    CEIError
        There are too many orders of like atoms.
    """
    weights = np.ones(len(onto)) if weights is None else weights
    centre = np.average(onto, axis=0, weights=weights)
    about = positions - np.average(positions, axis=0, weights=weights)
    images = [about, -about] if mirror else [about]
    laid = [best_fit(onto - centre, image, names, weights) for image in images]
    apart = [math.sqrt(float(np.average(np.sum((each + centre - onto) ** 2, axis=1)))) for each, _ in laid]
    taken = int(mirror and apart[1] < MUCH_BETTER * apart[0])
    return Fit(positions=laid[taken][0] + centre, order=laid[taken][1], rms=apart[taken], mirrored=bool(taken))

"""The molecular frame in which coordinates are compared: that of the paper."""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.molexa.network.noise import any_across

_PARALLEL = 1e-6


def molecular_frame(momentum_au: F8, atomic_number: I8) -> F8:
    """Give the rotation (3, 3) into the molecular frame: x along the heaviest ion, y in the half-plane of a second one.

    The second one is that which flies most nearly across the first (MOLEXA, section on training). Where all fly along
    one line, y is across it, in a direction that means nothing.

    Parameters
    ----------
    momentum_au
        (N, 3) without gaps.
    atomic_number
        (N,); of several heaviest atoms, the first counts.
    """
    x = _unit(momentum_au[int(np.argmax(atomic_number))])
    sizes = np.maximum(np.linalg.norm(momentum_au, axis=1), 1e-12)
    second = momentum_au[int(np.argmin(np.abs(momentum_au @ x) / sizes))]
    across = second - (second @ x) * x
    y = _unit(across) if np.linalg.norm(across) >= _PARALLEL * np.linalg.norm(second) else any_across(x)
    return np.stack([x, y, np.cross(x, y)])


def _unit(vector: F8) -> F8:
    return np.asarray(vector / np.linalg.norm(vector))

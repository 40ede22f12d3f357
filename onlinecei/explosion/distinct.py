"""Which geometries are the same."""

from collections.abc import Sequence

import numpy as np

from onlinecei.arrays import F8

SAME = 0.02
"""Rms difference, in units of the physics length, below which two geometries are one solution."""


def distinct(positions_au: Sequence[F8], length_au: float) -> list[list[int]]:
    """Group geometries by what they nearly equal.

    Parameters
    ----------
    positions_au
        Each (N, 3) about the centre of mass. The first of a group speaks for it.
    length_au
        Physics length of the molecule, ``sum q_i q_j / KER``.

    Returns
    -------
    list of list of int
        Indices of the geometries of each group, both in the order given.
    """
    groups: list[list[int]] = []
    for index, new in enumerate(positions_au):
        for group in groups:
            if np.sqrt(np.mean((positions_au[group[0]] - new) ** 2)) < SAME * length_au:
                group.append(index)
                break
        else:
            groups.append([index])
    return groups

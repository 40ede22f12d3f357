"""Lengths and angles of a geometry with first-order errors. Any unit of length; angles in degrees."""

import math

import numpy as np

from onlinecei.arrays import F8

ALMOST_STRAIGHT = 1e-6
"""Sine below which the plane of an angle is not defined."""


def distance(positions: F8, covariance: F8, i: int, j: int) -> tuple[float, float]:
    """Give the distance of two atoms and its standard error.

    Parameters
    ----------
    positions
        (N, 3)
    covariance
        (3 N, 3 N) of the positions; a diagonal one where nothing is known of how errors hang together.
    """
    apart = positions[i] - positions[j]
    length = float(np.linalg.norm(apart))
    slope = np.zeros_like(positions)
    slope[i] = apart / length
    slope[j] -= apart / length
    return length, _error(slope, covariance)


def angle(positions: F8, covariance: F8, i: int, centre: int, j: int) -> tuple[float, float]:
    """Give the angle of two atoms about a third and its standard error; the rest as in `distance`."""
    a, b = positions[i] - positions[centre], positions[j] - positions[centre]
    la, lb = np.linalg.norm(a), np.linalg.norm(b)
    cosine = float(np.clip(a @ b / (la * lb), -1.0, 1.0))
    sine = max(math.sqrt(1.0 - cosine**2), ALMOST_STRAIGHT)
    slope = np.zeros_like(positions)
    slope[i] = (cosine * a / la - b / lb) / (la * sine)
    slope[j] = (cosine * b / lb - a / la) / (lb * sine)
    slope[centre] = -slope[i] - slope[j]
    return math.degrees(math.acos(cosine)), math.degrees(_error(slope, covariance))


def _error(slope: F8, covariance: F8) -> float:
    flat = slope.ravel()
    variance = float(flat @ covariance @ flat)
    return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan

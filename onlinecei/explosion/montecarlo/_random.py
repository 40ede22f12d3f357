"""Random numbers of a trajectory: a stream of its own, so that neither threads nor batches change it.

SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
"""

import math

import numpy as np
from numpy.typing import NDArray

from onlinecei.compiled import compiled

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_TO_UNIT = 2.0**-53


@compiled
def _mixed(value: np.uint64) -> np.uint64:
    value = (value ^ (value >> np.uint64(30))) * _FIRST
    value = (value ^ (value >> np.uint64(27))) * _SECOND
    return value ^ (value >> np.uint64(31))


@compiled
def seed_stream(stream: NDArray[np.uint64], seed: int, trajectory: int) -> None:
    """Start the stream (1,) of a trajectory."""
    stream[0] = _mixed(_mixed(np.uint64(seed) + _GOLDEN) ^ (np.uint64(trajectory) * _GOLDEN + _GOLDEN))


@compiled
def uniform(stream: NDArray[np.uint64]) -> float:
    """Draw from (0, 1)."""
    stream[0] += _GOLDEN
    return (float(_mixed(stream[0]) >> np.uint64(11)) + 0.5) * _TO_UNIT


@compiled
def exponential(stream: NDArray[np.uint64]) -> float:
    """Draw from the exponential distribution of mean one."""
    return -math.log(uniform(stream))

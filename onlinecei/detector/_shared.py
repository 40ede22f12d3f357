"""Which signals candidates share."""

import numpy as np

from onlinecei.compiled import compiled
from onlinecei.detector._memory import MAX_CANDIDATES, Candidates, Packing
from onlinecei.detector._sets import CHANNELS

ROUND = CHANNELS * MAX_CANDIDATES + 1
"""More than any number noted in a round."""
BITS_OF_A_CHANNEL = 9
"""Seven times this is 63."""


@compiled
def bit_of(channel: int, signal: int) -> np.uint64:
    """Bit of a signal, its own where its channel has up to nine."""
    return np.uint64(1) << np.uint64(channel * BITS_OF_A_CHANNEL + signal & 63)


@compiled
def shared(found: Candidates, n: int, m: int) -> int:
    """Give the set of channels whose signals two candidates share."""
    if found.signals[n] & found.signals[m] == np.uint64(0):
        return 0
    same = 0
    for c in range(CHANNELS):
        same |= (found.pick[n, c] == found.pick[m, c]) << c
    return int(same & found.channels[n] & found.channels[m])


@compiled
def new_round(memory: Packing) -> None:
    """Forget what is noted of the signals."""
    memory.round += ROUND


@compiled
def noted(memory: Packing, channel: int, signal: int) -> int:
    """Number noted of a signal in this round, or less than zero."""
    return int(memory.owner[channel, signal] - memory.round)


@compiled
def note(memory: Packing, channel: int, signal: int, number: int) -> None:
    """Note a number of a signal."""
    memory.owner[channel, signal] = memory.round + number

"""Sets of channels: numbers with one bit for each channel."""

import numpy as np

from onlinecei.arrays import I8, U1
from onlinecei.compiled import compiled
from onlinecei.records import MCP

CHANNELS = MCP + 1
SETS = 1 << CHANNELS
NUMBER: I8 = np.array([channels.bit_count() for channels in range(SETS)])
"""(128,) channels in a set."""


def _every_member() -> U1:
    members = np.zeros((SETS, CHANNELS), np.uint8)
    for channels in range(SETS):
        there = [channel for channel in range(CHANNELS) if channels >> channel & 1]
        members[channels, : len(there)] = there
    return members


_MEMBERS = _every_member()
"""(128, 7) the channels of each set, then zeros."""


@compiled
def member(channels: int, k: int) -> int:
    """Channel number `k` of a set: a loop over them needs no branch for each channel that there might be."""
    return int(np.int64(_MEMBERS[channels, k]))

"""What the memory of the machine allows: the speed of a copy."""

import time
from functools import lru_cache

import numpy as np

from onlinecei.bench.timing import timed

COPY_BYTES = 256 * 2**20
"""Far larger than any cache."""


@lru_cache(maxsize=1)
def copy_gb_per_s(repeats: int) -> float:
    """Bytes read and written by a copy in one thread, in GB/s of processor time; measured once."""
    source = np.ones(COPY_BYTES // 8)
    target = np.empty_like(source)
    best, _ = timed(lambda: np.copyto(target, source), repeats, time.thread_time)
    return 2 * COPY_BYTES / 1e9 / best

"""Branch and bound over the signals of a cluster: each is of one of its candidates or of none."""

import numpy as np

from onlinecei.compiled import compiled
from onlinecei.detector._memory import Packing

LEAST_GAIN = 1e-9
"""Explanations closer than this are the same."""
MAX_NODES = 4000
"""Steps of the search in one cluster; the best explanation found until then is taken, and the pulse counted."""


@compiled
def search(memory: Packing, signals: int, number: int, best: float) -> tuple[int, bool]:
    """Leave what beats `best` in `chosen`, from `number` on; returns its size or 0, and whether all was searched."""
    size, depth, nodes = 0, int(np.int64(0)), 0
    _begin(memory, depth, signals)
    while depth >= 0 and nodes < MAX_NODES:
        nodes += 1
        k, end = memory.next[depth], memory.start[memory.at[depth] + 1]
        while k < end and memory.set[k] & memory.taken[depth]:
            k += 1
        memory.next[depth] = k + 1
        if k > end:
            depth -= 1
            continue
        memory.choice[depth] = k if k < end else -1
        _descend(memory, depth, signals)
        if memory.sum[depth + 1] > best + LEAST_GAIN:
            best, size = memory.sum[depth + 1], _remember(memory, depth, number)
        if memory.at[depth + 1] < signals and memory.sum[depth + 1] + memory.bound[depth + 1] > best + LEAST_GAIN:
            depth += 1
    return size, depth < 0


@compiled
def _begin(memory: Packing, depth: int, signals: int) -> None:
    memory.taken[depth], memory.sum[depth], memory.bound[depth], memory.at[depth] = np.uint64(0), 0.0, 0.0, -1
    for s in range(signals):
        memory.bound[depth] += memory.share[s]
    _to_next_signal(memory, depth, signals)


@compiled
def _descend(memory: Packing, depth: int, signals: int) -> None:
    """Take the candidate chosen, or leave the signal without one."""
    k, below = memory.choice[depth], depth + 1
    memory.at[below] = s = memory.at[depth]
    memory.sum[below], memory.bound[below], memory.taken[below] = (
        memory.sum[depth], memory.bound[depth], memory.taken[depth],
    )  # fmt: skip
    if k < 0:
        memory.bound[below] -= memory.share[s]
    else:
        memory.sum[below] += memory.gain[k]
        memory.bound[below] -= memory.cost[k]
        memory.taken[below] |= memory.set[k]
    _to_next_signal(memory, below, signals)


@compiled
def _to_next_signal(memory: Packing, depth: int, signals: int) -> None:
    """Go on to the next free signal that is the first of some candidate."""
    s = memory.at[depth] + 1
    while s < signals:
        if not memory.taken[depth] >> np.uint64(s) & np.uint64(1):
            if memory.start[s] < memory.start[s + 1]:
                break
            memory.bound[depth] -= memory.share[s]
        s += 1
    memory.at[depth] = s
    if s < signals:
        memory.next[depth] = memory.start[s]


@compiled
def _remember(memory: Packing, depth: int, number: int) -> int:
    size = 0
    for level in range(depth + 1):
        if memory.choice[level] >= 0:
            memory.chosen[number + size] = memory.sorted[memory.choice[level]]
            size += 1
    return size

"""The best explanation: of the candidates that share signals those that together score most, each signal used once."""

import numpy as np

from onlinecei.arrays import I8
from onlinecei.compiled import compiled
from onlinecei.detector._lines import CHANNELS
from onlinecei.detector._memory import MAX_SIGNALS, Candidates, Packing

LEAST_GAIN = 1e-9
"""Explanations closer than this are the same."""
MAX_NODES = 4000
"""Steps of the search in one cluster; the best explanation found until then is taken, and the pulse counted."""


@compiled
def best_explanation(found: Candidates, memory: Packing) -> tuple[int, bool]:
    """Leave the rows of the best candidates in `chosen`; returns their number, and whether the search was complete."""
    count = found.count
    _join(found, memory)
    _by_cluster(found, memory, count)
    stop, number, complete = 0, 0, True
    while stop < count:
        start = stop
        first = memory.cluster[memory.rows[start]]
        while stop < count and memory.cluster[memory.rows[stop]] == first:
            stop += 1
        if stop == start + 1:
            memory.chosen[number] = memory.rows[start]
            number += 1
            continue
        chosen, whole = _of_cluster(found, memory, start, stop, number)
        number += chosen
        complete &= whole
    return number, complete


@compiled
def _root(cluster: I8, n: int) -> int:
    while cluster[n] != n:
        cluster[n] = cluster[cluster[n]]
        n = cluster[n]
    return n


@compiled
def _join(found: Candidates, memory: Packing) -> None:
    """Candidates that share a signal are of one cluster; lesser ones are of that of their whole."""
    for n in range(found.whole):
        memory.cluster[n] = n
        for c in range(CHANNELS):
            if found.channels[n] >> c & 1:
                k = found.pick[n, c]
                other = memory.owner[c, k]
                if other < 0:
                    memory.owner[c, k] = n
                else:
                    one, two = _root(memory.cluster, other), _root(memory.cluster, n)
                    memory.cluster[max(one, two)] = min(one, two)
    for n in range(found.count):
        memory.cluster[n] = _root(memory.cluster, found.parent[n])
    for n in range(found.whole):
        _forget_one(found, memory, n)


@compiled
def _forget_one(found: Candidates, memory: Packing, n: int) -> None:
    for c in range(CHANNELS):
        if found.channels[n] >> c & 1:
            memory.owner[c, found.pick[n, c]] = -1


@compiled
def _by_cluster(found: Candidates, memory: Packing, count: int) -> None:
    """Order the candidates by cluster, and within each the best first."""
    rows = memory.rows
    for n in range(count):
        rows[n] = n
    if count > 100:
        rows[:count] = np.argsort(-found.score[:count], kind="mergesort")
        rows[:count] = rows[:count][np.argsort(memory.cluster[rows[:count]], kind="mergesort")]
        return
    for n in range(1, count):
        k = n
        while k > 0 and (memory.cluster[rows[k - 1]], -found.score[rows[k - 1]]) > (memory.cluster[n], -found.score[n]):
            rows[k] = rows[k - 1]
            k -= 1
        rows[k] = n


@compiled
def _of_cluster(found: Candidates, memory: Packing, start: int, stop: int, number: int) -> tuple[int, bool]:
    """Choose among candidates rows[start:stop]; returns the number chosen, and whether the search was complete."""
    signals = _set_bits(found, memory, start, stop)
    if signals > MAX_SIGNALS:
        return _greedy(found, memory, start, stop, number), False
    greedy, best = _greedy_of_sets(found, memory, start, stop, number)
    _into_buckets(found, memory, start, stop, signals)
    better, complete = _search(memory, signals, number, best)
    return better or greedy, complete


@compiled
def _greedy(found: Candidates, memory: Packing, start: int, stop: int, number: int) -> int:
    """The best first, then the best of those left."""
    chosen = 0
    for row in range(start, stop):
        n, free = memory.rows[row], True
        for c in range(CHANNELS):
            free &= not found.channels[n] >> c & 1 or memory.owner[c, found.pick[n, c]] < 0
        if not free:
            continue
        memory.chosen[number + chosen] = n
        chosen += 1
        for c in range(CHANNELS):
            if found.channels[n] >> c & 1:
                memory.owner[c, found.pick[n, c]] = n
    for row in range(start, stop):
        _forget_one(found, memory, memory.rows[row])
    return chosen


@compiled
def _greedy_of_sets(found: Candidates, memory: Packing, start: int, stop: int, number: int) -> tuple[int, float]:
    chosen, total, taken = 0, 0.0, np.uint64(0)
    for row in range(start, stop):
        bits = memory.bits[row - start]
        if not bits & taken:
            memory.chosen[number + chosen] = memory.rows[row]
            total += found.score[memory.rows[row]]
            taken |= bits
            chosen += 1
    return chosen, total


@compiled
def _set_bits(found: Candidates, memory: Packing, start: int, stop: int) -> int:
    """Number the signals as they come, those of the best candidates first; returns how many there are."""
    signals = 0
    for row in range(start, stop):
        n, bits, first = memory.rows[row], np.uint64(0), MAX_SIGNALS
        for c in range(CHANNELS):
            if found.channels[n] >> c & 1:
                s = memory.owner[c, found.pick[n, c]]
                if s < 0:
                    s = memory.owner[c, found.pick[n, c]] = signals
                    signals += 1
                    if signals <= MAX_SIGNALS:
                        memory.share[s], memory.start[s + 1] = 0.0, 0
                if s < MAX_SIGNALS:
                    memory.share[s] = max(memory.share[s], found.score[n] / found.members[n])
                bits |= np.uint64(1) << np.uint64(s)
                first = min(first, s)
                memory.rank[row - start, c] = s
        memory.bits[row - start], memory.first[row - start] = bits, first
        if first < MAX_SIGNALS:
            memory.start[first + 1] += 1
    for row in range(start, stop):
        _forget_one(found, memory, memory.rows[row])
    return signals


@compiled
def _into_buckets(found: Candidates, memory: Packing, start: int, stop: int, signals: int) -> None:
    """Sort candidates by their first signal; those with the same keep their order, the best first."""
    memory.start[0] = 0
    for s in range(signals):
        memory.start[s + 1] += memory.start[s]
        memory.stack[0, s] = memory.start[s]
    for row in range(start, stop):
        n, first = memory.rows[row], memory.first[row - start]
        k = memory.stack[0, first]
        memory.stack[0, first] += 1
        share = 0.0
        for c in range(CHANNELS):
            if found.channels[n] >> c & 1:
                share += memory.share[memory.rank[row - start, c]]
        memory.sorted[k], memory.set[k], memory.gain[k] = n, memory.bits[row - start], found.score[n]
        memory.cost[k] = share


@compiled
def _search(memory: Packing, signals: int, number: int, best: float) -> tuple[int, bool]:
    """Branch and bound over the signals: each is of one of its candidates or of none; beats `best` or returns 0."""
    at, following, choice = memory.stack[0], memory.stack[1], memory.stack[2]
    gain, bound, taken = memory.sums[0], memory.sums[1], memory.taken
    size, depth, nodes = 0, 0, 0
    taken[0], gain[0], bound[0], at[0] = np.uint64(0), 0.0, memory.share[:signals].sum(), -1
    _to_next_signal(memory, 0, signals)
    while depth >= 0 and nodes < MAX_NODES:
        nodes += 1
        k, end = following[depth], memory.start[at[depth] + 1]
        while k < end and memory.set[k] & taken[depth]:
            k += 1
        following[depth] = k + 1
        if k > end:
            depth -= 1
            continue
        choice[depth] = k if k < end else -1
        _descend(memory, depth, signals)
        if gain[depth + 1] > best + LEAST_GAIN:
            best, size = gain[depth + 1], _remember(memory, depth, number)
        if at[depth + 1] < signals and gain[depth + 1] + bound[depth + 1] > best + LEAST_GAIN:
            depth += 1
    return size, depth < 0


@compiled
def _descend(memory: Packing, depth: int, signals: int) -> None:
    """Take the candidate chosen, or leave the signal without one."""
    gain, bound, taken, k = memory.sums[0], memory.sums[1], memory.taken, memory.stack[2, depth]
    gain[depth + 1], bound[depth + 1], taken[depth + 1] = gain[depth], bound[depth], taken[depth]
    memory.stack[0, depth + 1] = s = memory.stack[0, depth]
    if k < 0:
        bound[depth + 1] -= memory.share[s]
    else:
        gain[depth + 1] += memory.gain[k]
        bound[depth + 1] -= memory.cost[k]
        taken[depth + 1] |= memory.set[k]
    _to_next_signal(memory, depth + 1, signals)


@compiled
def _to_next_signal(memory: Packing, depth: int, signals: int) -> None:
    """Go on to the next free signal that is the first of some candidate."""
    s = memory.stack[0, depth] + 1
    while s < signals:
        if not memory.taken[depth] >> np.uint64(s) & np.uint64(1):
            if memory.start[s] < memory.start[s + 1]:
                break
            memory.sums[1, depth] -= memory.share[s]
        s += 1
    memory.stack[0, depth] = s
    if s < signals:
        memory.stack[1, depth] = memory.start[s]


@compiled
def _remember(memory: Packing, depth: int, number: int) -> int:
    size = 0
    for level in range(depth + 1):
        if memory.stack[2, level] >= 0:
            memory.chosen[number + size] = memory.sorted[memory.stack[2, level]]
            size += 1
    return size

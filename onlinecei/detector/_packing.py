"""The best explanation: of the candidates that share signals those that together score most, each signal used once."""

import numpy as np

from onlinecei.compiled import compiled
from onlinecei.detector._memory import MAX_SIGNALS, Candidates, Packing
from onlinecei.detector._search import search
from onlinecei.detector._sets import NUMBER, member
from onlinecei.detector._shared import new_round, note, noted


@compiled
def best_explanation(found: Candidates, memory: Packing) -> tuple[int, bool]:
    """Leave the rows of the best candidates in `chosen`; returns their number, and whether the search was complete."""
    _join(found, memory)
    _list_clusters(found, memory)
    number, complete = int(np.int64(0)), True
    for n in range(found.whole):
        if memory.cluster[n] != n:
            continue
        if memory.following[n] < 0:
            memory.chosen[number] = n
            number += 1
            continue
        chosen, whole = _of_cluster(found, memory, n, number)
        number += chosen
        complete &= whole
    return number, complete


@compiled
def _root(memory: Packing, n: int) -> int:
    while memory.cluster[n] != n:
        memory.cluster[n] = memory.cluster[memory.cluster[n]]
        n = memory.cluster[n]
    return n


@compiled
def _join(found: Candidates, memory: Packing) -> None:
    """Candidates that share a signal are of one cluster, that of the first of them."""
    new_round(memory)
    for n in range(found.whole):
        memory.cluster[n] = own = n
        channels = found.channels[n]
        for k in range(NUMBER[channels]):
            c = member(channels, k)
            other = noted(memory, c, found.pick[n, c])
            note(memory, c, found.pick[n, c], n)
            if other >= 0:
                other = _root(memory, other)
                memory.cluster[max(own, other)] = own = min(own, other)


@compiled
def _list_clusters(found: Candidates, memory: Packing) -> None:
    """Chain the candidates of each cluster; lesser ones are of that of their whole."""
    for n in range(found.count):
        memory.following[n] = -1
        memory.cluster[n] = root = _root(memory, found.parent[n])
        if root != n:
            memory.following[memory.last[root]] = n
        memory.last[root] = n


@compiled
def _of_cluster(found: Candidates, memory: Packing, first: int, number: int) -> tuple[int, bool]:
    """Choose among the candidates of a cluster; returns how many are chosen, and whether the search was complete."""
    size = _best_first(found, memory, first)
    signals = _number_signals(found, memory, size)
    if signals > MAX_SIGNALS:
        return _greedy(found, memory, size, number), False
    greedy, best = _greedy_of_sets(found, memory, size, number)
    _by_first_signal(found, memory, size, signals)
    better, complete = search(memory, signals, number, best)
    return better or greedy, complete


@compiled
def _best_first(found: Candidates, memory: Packing, first: int) -> int:
    """List the candidates of a cluster, the best first; returns their number."""
    size, n = 0, first
    while n >= 0:
        k = size
        while k > 0 and found.score[memory.rows[k - 1]] < found.score[n]:
            memory.rows[k] = memory.rows[k - 1]
            k -= 1
        memory.rows[k] = n
        size += 1
        n = memory.following[n]
    return size


@compiled
def _number_signals(found: Candidates, memory: Packing, size: int) -> int:
    """Number the signals as they come, those of the best candidates first; returns how many there are."""
    new_round(memory)
    signals = int(np.int64(0))
    for row in range(size):
        n = memory.rows[row]
        channels, bits, first = found.channels[n], np.uint64(0), MAX_SIGNALS
        share = found.score[n] / NUMBER[channels]
        for k in range(NUMBER[channels]):
            c = member(channels, k)
            s = noted(memory, c, found.pick[n, c])
            if s < 0:
                s, signals = signals, signals + 1
                note(memory, c, found.pick[n, c], s)
                memory.share[s], memory.start[s + 1] = 0.0, 0
            memory.share[s] = max(memory.share[s], share)
            bits |= np.uint64(1) << np.uint64(s)
            first = min(first, s)
            memory.rank[row, k] = s
        if signals > MAX_SIGNALS:
            break
        memory.bits[row], memory.first[row] = bits, first
        memory.start[first + 1] += 1
    return signals


@compiled
def _greedy(found: Candidates, memory: Packing, size: int, number: int) -> int:
    """The best first, then the best of those left."""
    new_round(memory)
    chosen = 0
    for row in range(size):
        n, free = memory.rows[row], True
        channels = found.channels[n]
        for k in range(NUMBER[channels]):
            c = member(channels, k)
            free &= noted(memory, c, found.pick[n, c]) < 0
        if free:
            memory.chosen[number + chosen] = n
            chosen += 1
            for k in range(NUMBER[channels]):
                c = member(channels, k)
                note(memory, c, found.pick[n, c], n)
    return chosen


@compiled
def _greedy_of_sets(found: Candidates, memory: Packing, size: int, number: int) -> tuple[int, float]:
    """Do the same with sets of bits; returns the sum of the scores as well."""
    chosen, total, taken = 0, 0.0, np.uint64(0)
    for row in range(size):
        if not memory.bits[row] & taken:
            memory.chosen[number + chosen] = memory.rows[row]
            total += found.score[memory.rows[row]]
            taken |= memory.bits[row]
            chosen += 1
    return chosen, total


@compiled
def _by_first_signal(found: Candidates, memory: Packing, size: int, signals: int) -> None:
    """Sort candidates by their first signal; those with the same keep their order, the best first."""
    memory.start[0] = 0
    for s in range(signals):
        memory.start[s + 1] += memory.start[s]
        memory.next[s] = memory.start[s]
    for row in range(size):
        n, first, cost = memory.rows[row], memory.first[row], 0.0
        for k in range(NUMBER[found.channels[n]]):
            cost += memory.share[memory.rank[row, k]]
        at = memory.next[first]
        memory.next[first] += 1
        memory.sorted[at], memory.set[at] = n, memory.bits[row]
        memory.gain[at], memory.cost[at] = found.score[n], cost

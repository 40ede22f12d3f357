"""The loop over pulses: what is clear first, then the best explanation of the rest."""

from typing import NamedTuple

import numpy as np

from onlinecei.arrays import F4, F8, I8, U1, U4, U8, AnyArray
from onlinecei.compiled import compiled
from onlinecei.detector._candidates import find_candidates
from onlinecei.detector._fit import place
from onlinecei.detector._lesser import add_lesser
from onlinecei.detector._lines import Lines, lines_of
from onlinecei.detector._memory import CANDIDATES, PACKING, PULSE, Candidates, Packing, Pulse
from onlinecei.detector._packing import best_explanation
from onlinecei.detector._pulse import fill, keep_free_pairs, pair_up
from onlinecei.detector._sets import NUMBER, member
from onlinecei.detector._sure import clear, keep_free, keep_unambiguous, sure
from onlinecei.records import Edges
from onlinecei.setup import DelayLinesSection

EDGES_OF_A_HIT = 4
"""The least that one is made of."""
USABLE, USED, LEFT_OUT, CUT_SHORT, SCORE = range(5)
SCORE_QUANTA = 2.0**20
"""Scores are summed as whole multiples of the inverse."""


class Sorted(NamedTuple):
    """What a call makes."""

    first_hit: U8
    """(P + 1,)"""
    columns: F4
    """(3, H) x, y, t."""
    method: U1
    """(H,)"""
    counts: I8
    """(5,) edges usable, edges used, hits left out, pulses whose search was cut short, score in quanta."""


def sort_edges(edges: Edges, section: DelayLinesSection, radius_mm: float) -> Sorted:
    """Sort the edges of every pulse into hits."""
    return _sort(
        edges.first_edge, edges.channel, edges.t_ns, section.method_max, lines_of(section, radius_mm),
        np.zeros(1, PULSE), np.zeros(1, CANDIDATES), np.zeros(1, PACKING),
    )  # fmt: skip


def scores_of(edges: Edges, section: DelayLinesSection, radius_mm: float) -> float:
    """Sum of the scores of the hits chosen, those left out for their method included."""
    return float(sort_edges(edges, section, radius_mm).counts[SCORE] / SCORE_QUANTA)


@compiled
def _sort(
    first_edge: U4, channel: U1, t: F8, method_max: int, lines_: AnyArray, pulse_: AnyArray, found_: AnyArray,
    memory_: AnyArray,
) -> Sorted:  # fmt: skip
    lines, pulse, found, memory = lines_[0], pulse_[0], found_[0], memory_[0]
    pulses, room = first_edge.size - 1, channel.size // EDGES_OF_A_HIT + 1
    first_hit, counts = np.zeros(pulses + 1, np.uint64), np.zeros(5, np.int64)
    hits, method = np.empty((room, 3)), np.empty(room, np.uint8)
    count = int(np.int64(0))
    for p in range(pulses):
        begin, end = int(np.int64(first_edge[p])), int(np.int64(first_edge[p + 1]))
        counts[USABLE] += fill(lines, pulse, channel, t, begin, end)
        start = count
        count = _explain(lines, pulse, found, memory, method_max, hits, method, count, counts)
        _in_time_order(hits, method, start, count)
        first_hit[p + 1] = count
    return Sorted(first_hit, _columns(lines, hits, count), method[:count].copy(), counts)


@compiled
def _explain(
    lines: Lines, pulse: Pulse, found: Candidates, memory: Packing, method_max: int, hits: F8, method: U1, count: int,
    counts: I8,
) -> int:  # fmt: skip
    """Find the hits of one pulse; returns how many there are now."""
    complete = pair_up(lines, pulse)
    complete &= find_candidates(lines, pulse, found, lines.layers)  # three checks, two of a quad
    certain = clear(found, memory)
    for k in range(certain):
        count = _take(lines, pulse, found, memory.chosen[k], method_max, hits, method, count, counts)
    if certain:
        keep_free_pairs(lines, pulse)
    if pulse.pairs[0] + pulse.pairs[1] + pulse.pairs[2] == 0:
        counts[CUT_SHORT] += not complete
        return count
    complete &= find_candidates(lines, pulse, found, int(np.int64(1)))
    if lines.layers == 2:
        keep_unambiguous(lines, found)
    certain = sure(lines, found, memory)
    for k in range(certain):
        count = _take(lines, pulse, found, memory.chosen[k], method_max, hits, method, count, counts)
    if certain:
        keep_free(lines, pulse, found)
    if lines.layers == 3:
        complete &= add_lesser(lines, pulse, found, memory)
    number, whole = best_explanation(found, memory)
    for k in range(number):
        count = _take(lines, pulse, found, memory.chosen[k], method_max, hits, method, count, counts)
    counts[CUT_SHORT] += not (complete and whole)
    return count


@compiled
def _take(
    lines: Lines, pulse: Pulse, found: Candidates, n: int, method_max: int, hits: F8, method: U1, count: int,
    counts: I8,
) -> int:  # fmt: skip
    """Use the signals of a candidate, and write its hit unless it needed too much rebuilding."""
    channels = found.channels[n]
    counts[SCORE] += np.int64(np.round(found.score[n] * SCORE_QUANTA))
    for k in range(NUMBER[channels]):
        c = member(channels, k)
        pulse.used[c, found.pick[n, c]] = True
    if lines.method[channels] > method_max:
        counts[LEFT_OUT] += 1
        return count
    counts[USED] += NUMBER[channels]
    for k in range(3):
        hits[count, k] = found.hit[n, k]
    method[count] = lines.method[channels]
    return count + 1


@compiled
def _in_time_order(hits: F8, method: U1, start: int, stop: int) -> None:
    for k in range(start + 1, stop):
        u, v, t, code, j = hits[k, 0], hits[k, 1], hits[k, 2], method[k], k
        while j > start and (hits[j - 1, 2], hits[j - 1, 0], hits[j - 1, 1]) > (t, u, v):
            hits[j, 0], hits[j, 1], hits[j, 2], method[j] = (
                hits[j - 1, 0],
                hits[j - 1, 1],
                hits[j - 1, 2],
                method[j - 1],
            )
            j -= 1
        hits[j, 0], hits[j, 1], hits[j, 2], method[j] = u, v, t, code


@compiled
def _columns(lines: Lines, hits: F8, count: int) -> F4:
    columns = np.empty((3, count), np.float32)
    for k in range(count):
        columns[0, k], columns[1, k] = place(lines, hits[k, 0], hits[k, 1])
        columns[2, k] = hits[k, 2]
    return columns

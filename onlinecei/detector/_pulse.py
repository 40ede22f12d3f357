"""The signals of one pulse by channel, and the pairs of them that may be whole layers."""

import math

import numpy as np

from onlinecei.arrays import F8, U1
from onlinecei.compiled import compiled
from onlinecei.detector._lines import Lines
from onlinecei.detector._memory import FEW, INDEX_BITS, MAX_EDGES, MAX_PAIRS, Pulse
from onlinecei.detector._sets import CHANNELS
from onlinecei.records import MCP

MARGIN_MM = 1.0
"""A single layer may place a hit this much outside the detector."""
ROUNDING_NS = 1e-9
"""Far more than times are rounded by, far less than digitisers resolve: a pair at the edge of its window is inside."""
NEVER = 1e300
"""Time of what follows the last signal: loops end there. It is finite, as products with zero weight must be zero."""


@compiled
def fill(lines: Lines, pulse: Pulse, channel: U1, t: F8, start: int, stop: int) -> int:
    """Lay edges out by channel, each in time order; returns how many are usable."""
    for c in range(CHANNELS):
        pulse.size[c] = 0
    usable = 0
    for edge in range(start, stop if stop - start <= MAX_EDGES else start):
        end = int(np.int64(channel[edge]))
        if end > MCP or (end != MCP and end >= 2 * lines.layers) or not math.isfinite(t[edge]):
            continue
        _insert(pulse, end, t[edge] - lines.shift[end])
        usable += 1
    for c in range(CHANNELS):
        after = np.uint64(pulse.size[c])
        for k in range(np.uint64(FEW)):
            pulse.signals[c, after + k] = NEVER
    return usable


@compiled
def _insert(pulse: Pulse, end: int, time: float) -> None:
    size = pulse.size[end]
    k = size
    while k > 0 and pulse.signals[end, k - 1] > time:
        pulse.signals[end, k] = pulse.signals[end, k - 1]
        k -= 1
    pulse.signals[end, k] = time
    pulse.used[end, size] = False
    pulse.size[end] = size + 1


@compiled
def pair_up(lines: Lines, pulse: Pulse) -> bool:
    """List the pairs of signals of each layer that lie on the detector, by time; False if they are too many."""
    for layer in range(3):
        pulse.pairs[layer] = 0
    for layer in range(lines.layers):
        a, b, from_b = 2 * layer, 2 * layer + 1, 0
        span = 2 * (lines.radius + MARGIN_MM) / lines.scale[layer]
        for i in range(pulse.size[a]):
            first = pulse.signals[a, i]
            while pulse.signals[b, from_b] < first - span:
                from_b += 1
            j = from_b
            while pulse.signals[b, j] <= first + span:
                if pulse.pairs[layer] == MAX_PAIRS:
                    _end_pairs(pulse, layer)
                    return False
                _list(lines, pulse, layer, i, j)
                j += 1
        _end_pairs(pulse, layer)
    return True


@compiled
def _list(lines: Lines, pulse: Pulse, layer: int, i: int, j: int) -> None:
    first, second = pulse.signals[2 * layer, i], pulse.signals[2 * layer + 1, j]
    time = first + second
    if lines.bent:
        time -= bend(lines, layer, (first - second) * lines.scale[layer] / 2)
    time /= 2
    k = pulse.pairs[layer]
    while k > 0 and pulse.time[layer, k - 1] > time:
        pulse.time[layer, k], pulse.pair[layer, k] = pulse.time[layer, k - 1], pulse.pair[layer, k - 1]
        k -= 1
    pulse.time[layer, k], pulse.pair[layer, k] = time, i << INDEX_BITS | j
    pulse.pairs[layer] += 1


@compiled
def _end_pairs(pulse: Pulse, layer: int) -> None:
    after = np.uint64(pulse.pairs[layer])
    for k in range(np.uint64(FEW)):
        pulse.time[layer, after + k] = NEVER


@compiled
def pairs_between(pulse: Pulse, layer: int, start: int, early: float, late: float) -> tuple[int, int]:
    """First pair from `start` on that is not before a time, and first after another."""
    first = _pair_from(pulse, layer, start, early)
    return first, _pair_from(pulse, layer, first, late + ROUNDING_NS)


@compiled
def _pair_from(pulse: Pulse, layer: int, k: int, time: float) -> int:
    """First pair from `k` on that is not before a time.

    Few are compared all at once, without a branch. The processor does so only where no index may be negative.
    """
    before = FEW
    while before == FEW:
        first, before = np.uint64(k), 0
        for i in range(np.uint64(FEW)):
            before += pulse.time[layer, first + i] < time
        k += before
    return k


@compiled
def ends(pulse: Pulse, layer: int, p: int) -> tuple[int, int]:
    """Give the signals of the two ends of a pair."""
    return pulse.pair[layer, p] >> INDEX_BITS, pulse.pair[layer, p] & ((1 << INDEX_BITS) - 1)


@compiled
def keep_free_pairs(lines: Lines, pulse: Pulse) -> None:
    """Drop the pairs with a used signal."""
    for layer in range(lines.layers):
        kept = int(np.int64(0))
        for p in range(pulse.pairs[layer]):
            pulse.pair[layer, kept], pulse.time[layer, kept] = pulse.pair[layer, p], pulse.time[layer, p]
            i, j = ends(pulse, layer, kept)
            kept += 1 - (pulse.used[2 * layer, i] | pulse.used[2 * layer + 1, j])
        pulse.pairs[layer] = kept
        _end_pairs(pulse, layer)


@compiled
def bend(lines: Lines, layer: int, place: float) -> float:
    """How much the time sum at a place differs from that in the middle of the wires."""
    across = place - lines.offset[layer]
    return float((lines.slope[layer] + lines.curvature[layer] * across) * across)


@compiled
def first_from(pulse: Pulse, channel: int, time: float) -> int:
    """First signal of a channel that is not before a time; few are compared all at once, without a branch."""
    low, high = 0, pulse.size[channel]
    if high <= FEW:
        for k in range(FEW):
            low += pulse.signals[channel, k] < time
        return low
    while low < high:
        middle = (low + high) // 2
        if pulse.signals[channel, middle] < time:
            low = middle + 1
        else:
            high = middle
    return low

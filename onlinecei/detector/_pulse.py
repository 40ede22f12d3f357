"""The signals of one pulse by channel, and the pairs of them that may be whole layers."""

import math

import numpy as np

from onlinecei.arrays import F8, U1
from onlinecei.compiled import compiled
from onlinecei.detector._lines import Lines
from onlinecei.detector._memory import MAX_EDGES, MAX_PAIRS, Pulse
from onlinecei.records import MCP

MARGIN_MM = 1.0
"""A single layer may place a hit this much outside the detector."""


FEW = 12
"""So many signals are counted faster than a search by halves branches."""


@compiled
def fill(lines: Lines, pulse: Pulse, channel: U1, t: F8, start: int, stop: int) -> int:
    """Lay edges out by channel, each in time order; returns how many are usable."""
    signals, size = pulse.signals, pulse.size
    size[:] = 0
    if stop - start > MAX_EDGES:
        return 0
    usable = 0
    for edge in range(start, stop):
        end = np.int64(channel[edge])
        if end > MCP or (end != MCP and end >= 2 * lines.layers) or not math.isfinite(t[edge]):
            continue
        time = t[edge] - lines.shift[end]
        k = size[end]
        while k > 0 and signals[end, k - 1] > time:
            signals[end, k] = signals[end, k - 1]
            k -= 1
        signals[end, k] = time
        pulse.used[end, size[end]] = False
        size[end] += 1
        usable += 1
    return usable


@compiled
def pair_up(lines: Lines, pulse: Pulse) -> bool:
    """List the pairs of free signals of each layer that lie on the detector, by time; False if they are too many."""
    pulse.pairs[:] = 0
    for layer in range(lines.layers):
        a, b, from_b = 2 * layer, 2 * layer + 1, 0
        span = 2 * (lines.radius + MARGIN_MM) / lines.scale[layer]
        for i in range(pulse.size[a]):
            while from_b < pulse.size[b] and pulse.signals[b, from_b] < pulse.signals[a, i] - span:
                from_b += 1
            if pulse.used[a, i]:
                continue
            for j in range(from_b, pulse.size[b]):
                if pulse.signals[b, j] > pulse.signals[a, i] + span:
                    break
                if pulse.used[b, j]:
                    continue
                if pulse.pairs[layer] == MAX_PAIRS:
                    return False
                _list(lines, pulse, layer, i, j)
    return True


@compiled
def _list(lines: Lines, pulse: Pulse, layer: int, i: int, j: int) -> None:
    first, second = pulse.signals[2 * layer, i], pulse.signals[2 * layer + 1, j]
    place = (first - second) * lines.scale[layer] / 2
    time = (first + second - (bend(lines, layer, place) if lines.bent else 0.0)) / 2
    k = pulse.pairs[layer]
    while k > 0 and pulse.time[layer, k - 1] > time:
        pulse.time[layer, k], pulse.place[layer, k] = pulse.time[layer, k - 1], pulse.place[layer, k - 1]
        pulse.pair[layer, k, 0], pulse.pair[layer, k, 1] = pulse.pair[layer, k - 1, 0], pulse.pair[layer, k - 1, 1]
        k -= 1
    pulse.time[layer, k], pulse.place[layer, k] = time, place
    pulse.pair[layer, k, 0], pulse.pair[layer, k, 1] = i, j
    pulse.pairs[layer] += 1


@compiled
def bend(lines: Lines, layer: int, place: float) -> float:
    """How much the time sum at a place differs from that in the middle of the wires."""
    across = place - lines.offset[layer]
    return float((lines.slope[layer] + lines.curvature[layer] * across) * across)


@compiled
def first_from(pulse: Pulse, channel: int, time: float) -> int:
    """First signal of a channel that is not before a time."""
    low, high = 0, pulse.size[channel]
    if high <= FEW:
        for k in range(high):
            low += pulse.signals[channel, k] < time
        return low
    while low < high:
        middle = (low + high) // 2
        if pulse.signals[channel, middle] < time:
            low = middle + 1
        else:
            high = middle
    return low

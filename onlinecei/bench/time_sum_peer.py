"""The peer of the sorter: every signal of the plate takes the pairs that fit its time sums best, the earliest first.

Signals that a layer lost are not rebuilt, and two complete layers are needed. Exact and fast where hits are apart.
"""

import math
from typing import NamedTuple, Protocol

import numpy as np

from onlinecei.arrays import F4, F8, I8, U1, U4, U8
from onlinecei.compiled import compiled
from onlinecei.detector import delay_lines_of
from onlinecei.records import MCP, Edges
from onlinecei.setup import Setup

AGREE_MM = 1.0
"""Largest |u - v - w| of one hit: several times the resolution of a wire, far less than the distance of two hits."""
MAX_EDGES = 7000
"""Edges of one pulse; more is damage: with a dead time of 10 ns a wire end gives a thousand at most in 10 us."""


class Placed(Protocol):
    """Hits, by whatever sorter."""

    @property
    def first_hit(self) -> U8:
        """First hit of each pulse, and the end (P + 1,)."""

    @property
    def x_mm(self) -> F4:
        """Place (H,)."""

    @property
    def y_mm(self) -> F4:
        """Place (H,)."""

    @property
    def t_ns(self) -> F4:
        """Time (H,)."""


class PlainHits(NamedTuple):
    """Hits of the peer."""

    first_hit: U8
    x_mm: F4
    y_mm: F4
    t_ns: F4


def plain_hits_of(edges: Edges, setup: Setup) -> PlainHits:
    """Sort edges into hits the plain way."""
    lines = delay_lines_of(setup)
    first, columns, _, _ = _sort_edges(
        edges.first_edge, edges.channel, edges.t_ns, np.array(lines.mm_per_ns), np.array(lines.time_sum_ns),
        np.array([0.0, 0.0, lines.w_offset_mm]), lines.time_sum_half_width_ns, setup.detector.radius_mm,
    )  # fmt: skip
    return PlainHits(first, columns[0], columns[1], columns[2])


@compiled
def _sort_edges(
    first_edge: U4, channel: U1, t: F8, scale: F8, time_sum: F8, offset: F8, half: float, radius: float
) -> tuple[U8, F4, int, int]:
    """Sort the edges of every pulse; returns first hits, (x, y, t) of hits, edges not usable and edges unused."""
    layers, pulses = scale.size, first_edge.size - 1
    first_hit = np.zeros(pulses + 1, np.uint64)
    columns = np.empty((3, np.count_nonzero(channel == MCP)), np.float32)
    signals, size = np.empty((MCP + 1, MAX_EDGES)), np.zeros(MCP + 1, np.int64)
    pair, position, residual = np.zeros((layers, 2), np.int64), np.zeros(layers), np.zeros(layers)
    count = usable = used = 0
    for pulse in range(pulses):
        usable += _fill(first_edge, channel, t, pulse, layers, signals, size)
        for k in range(size[MCP]):
            time = signals[MCP, k]
            for layer in range(layers):
                residual[layer] = _closest_pair(
                    signals, size, layer, time, time_sum[layer], scale[layer], offset[layer], half, radius,
                    pair, position,
                )  # fmt: skip
            complete = _agreeing(position, residual)
            if complete < 2:
                continue
            columns[0, count], columns[1, count] = _place(position, residual)
            columns[2, count] = time
            _take(signals, size, pair, residual)
            used += 2 * complete + 1
            count += 1
        first_hit[pulse + 1] = count
    return first_hit, columns[:, :count].copy(), t.size - usable, usable - used


@compiled
def _fill(first_edge: U4, channel: U1, t: F8, pulse: int, layers: int, signals: F8, size: I8) -> int:
    """Lay the signals of a pulse out by channel, each in time order; returns how many are usable."""
    start, stop = np.int64(first_edge[pulse]), np.int64(first_edge[pulse + 1])
    size[:] = 0
    if stop - start > MAX_EDGES:
        return 0
    for edge in range(start, stop):
        end, time = np.int64(channel[edge]), t[edge]
        if not math.isfinite(time) or (end != MCP and end >= 2 * layers):
            continue
        k = size[end]
        while k > 0 and signals[end, k - 1] > time:
            signals[end, k] = signals[end, k - 1]
            k -= 1
        signals[end, k] = time
        size[end] += 1
    return int(size.sum())


@compiled
def _closest_pair(
    signals: F8, size: I8, layer: int, time: float, time_sum: float, scale: float, offset: float, half: float,
    radius: float, pair: I8, position: F8,
) -> float:  # fmt: skip
    """Find the pair of a layer that is closest to the time sum; returns its distance, infinite where there is none."""
    a, b, best = 2 * layer, 2 * layer + 1, math.inf
    middle, reach = time + time_sum / 2, (radius + abs(offset)) / scale + half / 2
    for i in range(_first_from(signals, a, size[a], middle - reach), size[a]):
        if size[b] == 0 or signals[a, i] > middle + reach:
            break
        wanted = 2 * middle - signals[a, i]
        j = _first_from(signals, b, size[b], wanted)
        if j == size[b] or (j > 0 and wanted - signals[b, j - 1] <= signals[b, j] - wanted):
            j -= 1
        distance = abs(signals[b, j] - wanted)
        place = (signals[a, i] - signals[b, j]) * scale / 2 + offset
        if distance <= half and distance < best and abs(place) <= radius:
            best, position[layer] = distance, place
            pair[layer, 0], pair[layer, 1] = i, j
    return best


@compiled
def _first_from(signals: F8, end: int, size: int, time: float) -> int:
    """First signal of a wire end that is not before a time."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if signals[end, middle] < time:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _agreeing(position: F8, residual: F8) -> int:
    """Count the complete layers; of three that do not meet in one point the worst is given up."""
    complete = 0
    for layer in range(residual.size):
        complete += residual[layer] < math.inf
    if complete == 3 and not abs(position[0] - position[1] - position[2]) <= AGREE_MM:
        residual[np.argmax(residual)] = math.inf
        complete = 2
    return complete


@compiled
def _place(position: F8, residual: F8) -> tuple[float, float]:
    """Give x and y from the layers that are complete; of three, the least squares."""
    root3 = math.sqrt(3.0)
    if residual.size == 2:
        return position[0], position[1]
    u, v, w = position[0], position[1], position[2]
    if residual[2] == math.inf:
        return u, (u - 2 * v) / root3
    if residual[1] == math.inf:
        return u, (2 * w - u) / root3
    if residual[0] == math.inf:
        return v + w, (w - v) / root3
    return (2 * u + v + w) / 3, (w - v) / root3


@compiled
def _take(signals: F8, size: I8, pair: I8, residual: F8) -> None:
    """Take the signals of a hit away, so that no other hit uses them."""
    for layer in range(residual.size):
        if residual[layer] == math.inf:
            continue
        for side in range(2):
            end = 2 * layer + side
            size[end] -= 1
            for k in range(pair[layer, side], size[end]):
                signals[end, k] = signals[end, k + 1]

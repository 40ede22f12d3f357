"""How well signals make one hit: least squares, and the score that explanations are compared by."""

import math

from onlinecei.compiled import compiled
from onlinecei.detector._lines import CHANNELS, Lines
from onlinecei.detector._memory import Candidates, Pulse
from onlinecei.detector._pulse import bend, first_from
from onlinecei.records import MCP

MISSING_COST = 2.5
"""Logarithm of how much rarer a signal is lost than there, where no dead time explains it: one of twelve."""
DEAD_NS = 20.0
"""A signal may be lost in the dead time of one that came less than this before; dead times are 10 to 20 ns."""
LATE_NS = 1.0
"""A signal that much after the expected time may still have taken its place."""


@compiled
def fit(lines: Lines, pulse: Pulse, found: Candidates, channels: int) -> float:
    """Give chi2 of the signals under trial, infinite where too large; otherwise (u, v, t) is fitted to them.

    Signals of other channels are in the sums as well, with a weight of zero.
    """
    for c in range(CHANNELS):
        found.z[c] = pulse.signals[c, found.trial[c]]
    if lines.bent:
        _straighten(lines, found, channels)
    checks, total = lines.checks[channels], 0.0
    for k in range(checks):
        off = 0.0
        for c in range(CHANNELS):
            off += lines.check[channels, k, c] * found.z[c]
        total += off * off
    if total > lines.most[channels]:
        return math.inf
    _solve(lines, found, channels)
    return float(total)


@compiled
def _solve(lines: Lines, found: Candidates, channels: int) -> None:
    for k in range(3):
        total = 0.0
        for c in range(CHANNELS):
            total += lines.solve[channels, k, c] * found.z[c]
        found.fitted[k] = total


@compiled
def expected(lines: Lines, found: Candidates, channel: int) -> float:
    """Straight time of a signal of a hit."""
    hit = found.fitted
    return float(lines.row[channel, 0] * hit[0] + lines.row[channel, 1] * hit[1] + lines.row[channel, 2] * hit[2])


@compiled
def arrival(lines: Lines, found: Candidates, channel: int) -> float:
    """Time of a signal of a hit, bend and all."""
    time = expected(lines, found, channel)
    if not lines.bent or channel == MCP:
        return time
    u, v = found.fitted[0], found.fitted[1]
    layer = channel // 2
    return time + bend(lines, layer, u if layer == 0 else v if layer == 1 else u - v) / 2


@compiled
def _straighten(lines: Lines, found: Candidates, channels: int) -> None:
    """Take half the bend off each end; where one end is missing the place is fitted first, twice."""
    alone = False
    for layer in range(lines.layers):
        a, b = 2 * layer, 2 * layer + 1
        if channels >> a & 3 == 3:
            half = bend(lines, layer, (found.z[a] - found.z[b]) * lines.scale[layer] / 2) / 2
            found.z[a] -= half
            found.z[b] -= half
        alone |= channels >> a & 3 in (1, 2)
    if not alone:
        return
    taken = (0.0, 0.0, 0.0)
    for _ in range(2):
        _solve(lines, found, channels)
        u, v = found.fitted[0], found.fitted[1]
        halves = (bend(lines, 0, u) / 2, bend(lines, 1, v) / 2, bend(lines, 2, u - v) / 2)
        for layer in range(lines.layers):
            if channels >> 2 * layer & 3 in (1, 2):
                c = 2 * layer + (channels >> 2 * layer & 3) - 1
                found.z[c] += taken[layer] - halves[layer]
        taken = halves


@compiled
def score(lines: Lines, pulse: Pulse, found: Candidates, channels: int, chi2: float) -> float:
    """Logarithm of how much likelier the signals are of one hit than by chance; below zero they make none."""
    total = lines.gain * lines.checks[channels] - chi2 / 2
    if total <= 0.0:
        return float(total)
    cost = most = 0.0
    for c in range(CHANNELS):
        if channels >> c & 1 or (c != MCP and c >= 2 * lines.layers):
            continue
        most += MISSING_COST
        late = arrival(lines, found, c) + LATE_NS
        k = first_from(pulse, c, late - LATE_NS - DEAD_NS)
        if k == pulse.size[c] or pulse.signals[c, k] > late:
            cost += MISSING_COST
    if lines.checks[channels] == 1:
        cost = min(cost + lines.unchecked, most)
    return float(total - cost)

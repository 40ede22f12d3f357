"""How well signals make one hit: least squares, and the score that explanations are compared by."""

import math

from onlinecei.compiled import compiled
from onlinecei.detector._lines import Lines
from onlinecei.detector._memory import Candidates, Pulse
from onlinecei.detector._pulse import bend, first_from
from onlinecei.detector._sets import CHANNELS, NUMBER, member
from onlinecei.records import MCP

MISSING_COST = 2.5
"""Logarithm of how much rarer a signal is lost than there, where no dead time explains it: one of twelve."""
DEAD_NS = 20.0
"""A signal may be lost in the dead time of one that came less than this before; dead times are 10 to 20 ns."""
LATE_NS = 1.0
"""A signal that much after the expected time may still have taken its place."""


@compiled
def fits(lines: Lines, pulse: Pulse, found: Candidates, channels: int) -> bool:
    """Whether the signals under trial make a hit; if so it is in `fitted`, `misfit` and `value`."""
    if lines.checks[channels] < found.least:
        return False
    for c in range(CHANNELS):  # those of other channels have no weight
        found.z[c] = pulse.signals[c, found.trial[c]]
    if lines.bent:
        _straighten(lines, pulse, found, channels)
    _add_up(lines, found, channels)
    found.misfit = found.fitted[3] ** 2 + found.fitted[4] ** 2 + found.fitted[5] ** 2 + found.fitted[6] ** 2
    if found.misfit > lines.most[channels]:
        return False
    x, y = place(lines, found.fitted[0], found.fitted[1])
    if x * x + y * y > lines.radius**2:
        return False
    found.value = _score(lines, pulse, found, channels)
    return bool(found.value > 0.0)


@compiled
def _add_up(lines: Lines, found: Candidates, channels: int) -> None:
    """Fill the eight sums of the times under trial, all side by side."""
    u = v = t = first = second = third = fourth = nothing = 0.0
    for c in range(CHANNELS):
        z = found.z[c]
        u += lines.sums[channels, c, 0] * z
        v += lines.sums[channels, c, 1] * z
        t += lines.sums[channels, c, 2] * z
        first += lines.sums[channels, c, 3] * z
        second += lines.sums[channels, c, 4] * z
        third += lines.sums[channels, c, 5] * z
        fourth += lines.sums[channels, c, 6] * z
        nothing += lines.sums[channels, c, 7] * z
    found.fitted[0], found.fitted[1], found.fitted[2], found.fitted[3] = u, v, t, first
    found.fitted[4], found.fitted[5], found.fitted[6], found.fitted[7] = second, third, fourth, nothing


@compiled
def place(lines: Lines, u: float, v: float) -> tuple[float, float]:
    """Give x and y of the places across the layers u and v."""
    return (u, v) if lines.layers == 2 else (u, (u - 2 * v) / math.sqrt(3.0))


@compiled
def arrival(lines: Lines, found: Candidates, channel: int) -> float:
    """Time of a signal of the hit fitted, bend and all."""
    u, v, t = found.fitted[0], found.fitted[1], found.fitted[2]
    time = float(lines.row[channel, 0] * u + lines.row[channel, 1] * v + lines.row[channel, 2] * t)
    if not lines.bent or channel == MCP:
        return time
    layer = channel // 2
    return time + bend(lines, layer, _across(found, layer)) / 2


@compiled
def _straighten(lines: Lines, pulse: Pulse, found: Candidates, channels: int) -> None:
    """Take half the bend off each end; where one end is missing the place is fitted first, twice."""
    alone = False
    for layer in range(lines.layers):
        a, b = 2 * layer, 2 * layer + 1
        there = channels >> a & 3
        alone |= there in (1, 2)
        if there == 3:
            half = bend(lines, layer, (found.z[a] - found.z[b]) * lines.scale[layer] / 2) / 2
            found.z[a] -= half
            found.z[b] -= half
    for _ in range(2 if alone else 0):
        _add_up(lines, found, channels)
        for layer in range(lines.layers):
            there = channels >> 2 * layer & 3
            if there in (1, 2):
                c = 2 * layer + there - 1
                found.z[c] = pulse.signals[c, found.trial[c]] - bend(lines, layer, _across(found, layer)) / 2


@compiled
def _across(found: Candidates, layer: int) -> float:
    """Place of the hit fitted across a layer."""
    u, v = found.fitted[0], found.fitted[1]
    return float(u if layer == 0 else v if layer == 1 else u - v)


@compiled
def _score(lines: Lines, pulse: Pulse, found: Candidates, channels: int) -> float:
    """Logarithm of how much likelier the signals are of one hit than by chance."""
    total = lines.gain * lines.checks[channels] - found.misfit / 2
    missing, lost = lines.missing[channels], 0
    for k in range(NUMBER[missing]):
        c = member(missing, k)
        late = arrival(lines, found, c) + LATE_NS
        lost += pulse.signals[c, first_from(pulse, c, late - LATE_NS - DEAD_NS)] > late
    cost = MISSING_COST * lost
    if lines.checks[channels] == 1:
        cost = min(cost + lines.unchecked, MISSING_COST * NUMBER[missing])
    return float(total - cost)

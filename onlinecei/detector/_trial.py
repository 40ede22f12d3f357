"""Signals under trial: what some of them predict of the others, and the candidates that they become."""

import numpy as np

from onlinecei.compiled import compiled
from onlinecei.detector._fit import fits
from onlinecei.detector._lines import Lines
from onlinecei.detector._memory import MAX_CANDIDATES, Candidates, Pulse
from onlinecei.detector._pulse import MARGIN_MM, bend, ends
from onlinecei.detector._sets import CHANNELS, NUMBER, member
from onlinecei.detector._shared import bit_of


@compiled
def take_pair(pulse: Pulse, found: Candidates, layer: int, p: int) -> None:
    """Put a whole layer under trial."""
    found.trial[2 * layer], found.trial[2 * layer + 1] = ends(pulse, layer, p)


@compiled
def place_of_pair(lines: Lines, pulse: Pulse, found: Candidates, layer: int) -> float:
    """Place across a whole layer under trial."""
    a, b = 2 * layer, 2 * layer + 1
    return float((pulse.signals[a, found.trial[a]] - pulse.signals[b, found.trial[b]]) * lines.scale[layer] / 2)


@compiled
def place_of_end(lines: Lines, channel: int, late: float) -> float:
    """Place that the end of a wire tells which fires so late after the hit."""
    layer, sign = channel // 2, 1 - 2 * (channel & 1)
    place = sign * lines.scale[layer] * late
    if lines.bent:
        for _ in range(2):
            place = sign * lines.scale[layer] * (late - bend(lines, layer, place) / 2)
    return float(place)


@compiled
def predict(lines: Lines, found: Candidates, one: int, place: float, other: int, second: float) -> bool:
    """Fill the hit of two places, those of the layer `one` and of a later or earlier `other`; False if outside."""
    a, b, at, then = (one, other, place, second) if one < other else (other, one, second, place)
    if a == 1:
        u, v = at + then, at
    else:
        u, v = at, then if b == 1 else at - then
    found.fitted[0], found.fitted[1], found.fitted[2] = u, v, found.time
    reach = lines.radius + MARGIN_MM
    return abs(u) <= reach and abs(v) <= reach and abs(u - v) <= reach


@compiled
def hit_of(lines: Lines, pulse: Pulse, found: Candidates, channels: int) -> bool:
    """Whether the signals under trial make a hit."""
    found.tries += 1
    return found.count < MAX_CANDIDATES and fits(lines, pulse, found, channels)


@compiled
def propose(lines: Lines, pulse: Pulse, found: Candidates, channels: int) -> bool:
    """Make a candidate of the signals under trial if they make a hit."""
    made = hit_of(lines, pulse, found, channels)
    if made:
        keep(found, channels, found.count)
    return made


@compiled
def keep(found: Candidates, channels: int, parent: int) -> None:
    """Add the signals under trial and the hit fitted to them to the candidates."""
    n, signals = found.count, np.uint64(0)
    for c in range(CHANNELS):
        found.pick[n, c] = found.trial[c]
    for k in range(NUMBER[channels]):
        c = member(channels, k)
        signals |= bit_of(c, found.trial[c])
    for k in range(3):
        found.hit[n, k] = found.fitted[k]
    found.signals[n], found.channels[n], found.parent[n] = signals, channels, parent
    found.chi2[n], found.score[n] = found.misfit, found.value
    found.count = n + 1

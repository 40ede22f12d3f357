"""All hits that the free signals of a pulse may be of: the candidates, each with as many signals as fit together.

With a signal of the plate a candidate needs one whole layer, whose time sum it meets; without it two whole layers that
tell the same time. What the first layers say predicts the signals of the last.
"""

import numpy as np

from onlinecei.compiled import compiled
from onlinecei.detector._fit import arrival
from onlinecei.detector._lines import TIME_SUM_DEVIATIONS, Lines
from onlinecei.detector._memory import MAX_CANDIDATES, MAX_TRIES, Candidates, Pulse
from onlinecei.detector._pulse import first_from, pairs_between
from onlinecei.detector._single_ends import try_single_ends
from onlinecei.detector._trial import hit_of, keep, place_of_pair, predict, propose, take_pair
from onlinecei.records import MCP

AFTER_TWO_LAYERS = 1.6
"""Width of the search for signals of the last layer, in that of one signal: a bound on how errors add up."""
MOST_COMPARED = 62
"""Signals of one end that are compared with those of the other: a bit for each."""


@compiled
def find_candidates(lines: Lines, pulse: Pulse, found: Candidates, least: int) -> bool:
    """Find the candidates with at least so many checks; False if they are too many."""
    found.count = found.tries = 0
    found.least = least
    for layer in range(3):
        found.first[layer] = 0
    found.known = 1 << MCP
    for plate in range(pulse.size[MCP]):
        if not pulse.used[MCP, plate]:
            _of_plate(lines, pulse, found, plate)
    found.known = 0
    if lines.layers == 3 or least == 1:
        layers = lines.layers if least < 3 else 2  # six signals: the first two layers tell the third
        for one in range(layers):
            for other in range(one + 1, layers):
                _without_plate(lines, pulse, found, one, other)
    found.whole = found.count
    return found.count < MAX_CANDIDATES and found.tries < MAX_TRIES


@compiled
def _of_plate(lines: Lines, pulse: Pulse, found: Candidates, plate: int) -> None:
    found.trial[MCP], found.time = plate, pulse.signals[MCP, plate]
    _select_pairs(lines, pulse, found)
    if found.least <= 2:
        _mark_paired(lines, pulse, found)
    for one in range(lines.layers):
        for p in range(found.first[one], found.stop[one]):
            if found.tries >= MAX_TRIES:
                return
            take_pair(pulse, found, one, p)
            place = place_of_pair(lines, pulse, found, one)
            for other in range(one + 1, lines.layers):
                for q in range(found.first[other], found.stop[other]):
                    _two_layers(lines, pulse, found, one, place, other, q)
            if found.least <= 2:
                try_single_ends(lines, pulse, found, one, place)


@compiled
def _select_pairs(lines: Lines, pulse: Pulse, found: Candidates) -> None:
    """Find the pairs that meet the time sum of the signal of the plate."""
    half = lines.half / 2
    for layer in range(lines.layers):
        found.first[layer], found.stop[layer] = pairs_between(
            pulse, layer, found.first[layer], found.time - half, found.time + half
        )


@compiled
def _mark_paired(lines: Lines, pulse: Pulse, found: Candidates) -> None:
    """Mark the signals whose other end of the wire has one that meets the time sum of this signal of the plate."""
    found.plate += 1
    for layer in range(lines.layers):
        for p in range(found.first[layer], found.stop[layer]):
            take_pair(pulse, found, layer, p)
            for c in range(2 * layer, 2 * layer + 2):
                pulse.paired[c, found.trial[c]] = found.plate


@compiled
def _without_plate(lines: Lines, pulse: Pulse, found: Candidates, one: int, other: int) -> None:
    """Two layers that tell the same time, which no free signal of the plate has."""
    width = TIME_SUM_DEVIATIONS * lines.sigma
    first = int(np.int64(0))
    for p in range(pulse.pairs[one]):
        time = pulse.time[one, p]
        first, stop = pairs_between(pulse, other, first, time - width, time + width)
        for q in range(first, stop):
            if found.tries >= MAX_TRIES:
                return
            found.time = (time + pulse.time[other, q]) / 2
            if not _plate_is_free(pulse, found.time - 1.12 * width, found.time + 1.12 * width):
                take_pair(pulse, found, one, p)
                _two_layers(lines, pulse, found, one, place_of_pair(lines, pulse, found, one), other, q)


@compiled
def _plate_is_free(pulse: Pulse, early: float, late: float) -> bool:
    """Whether the plate has a free signal between two times."""
    k = first_from(pulse, MCP, early)
    while pulse.signals[MCP, k] <= late:
        if not pulse.used[MCP, k]:
            return True
        k += 1
    return False


@compiled
def _two_layers(
    lines: Lines, pulse: Pulse, found: Candidates, one: int, place: float, other: int, q: int
) -> None:  # fmt: skip
    """Two whole layers, and what there is of the third."""
    found.tries += 1
    if found.tries >= MAX_TRIES:
        return
    take_pair(pulse, found, other, q)
    channels = found.known | 3 << 2 * one | 3 << 2 * other
    if lines.layers == 3:
        if not predict(lines, found, one, place, other, place_of_pair(lines, pulse, found, other)):
            return
        if _last_layer(lines, pulse, found, channels, 3 - one - other):
            return
    propose(lines, pulse, found, channels)


@compiled
def _last_layer(lines: Lines, pulse: Pulse, found: Candidates, channels: int, layer: int) -> bool:
    """Try what there is of the last layer where `fitted` predicts it; whether anything fits."""
    a, b = 2 * layer, 2 * layer + 1
    width = AFTER_TWO_LAYERS * TIME_SUM_DEVIATIONS * lines.sigma
    until_a, until_b = arrival(lines, found, a) + width, arrival(lines, found, b) + width
    i, start_b = first_from(pulse, a, until_a - 2 * width), first_from(pulse, b, until_b - 2 * width)
    fits, paired = False, 0
    while pulse.signals[a, i] <= until_a and found.tries < MAX_TRIES:
        if not pulse.used[a, i]:
            found.trial[a] = i
            partners = _partners(lines, pulse, found, channels, layer, start_b, until_b)
            fits |= partners > 0 or propose(lines, pulse, found, channels | 1 << a)
            paired |= partners
        i += 1
    j = start_b
    while pulse.signals[b, j] <= until_b and j < start_b + MOST_COMPARED:
        if not pulse.used[b, j] and not paired >> (j - start_b) & 1:
            found.trial[b] = j
            fits |= propose(lines, pulse, found, channels | 1 << b)
        j += 1
    return fits


@compiled
def _partners(
    lines: Lines, pulse: Pulse, found: Candidates, channels: int, layer: int, start: int, until: float
) -> int:  # fmt: skip
    """Try a first end with the second ends from `start` on; returns those that fit, as bits.

    They are kept where the layer is w: three whole layers are found from other two as well.
    """
    b, partners = 2 * layer + 1, 0
    j = start
    while pulse.signals[b, j] <= until and j < start + MOST_COMPARED:
        found.trial[b] = j
        if not pulse.used[b, j] and hit_of(lines, pulse, found, channels | 3 << 2 * layer):
            partners |= 1 << (j - start)
            if layer == 2:
                keep(found, channels | 3 << 2 * layer, found.count)
        j += 1
    return partners

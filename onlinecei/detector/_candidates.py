"""All hits that the free signals of a pulse may be of: the candidates, each with as many signals as fit together.

With a signal of the plate a candidate needs one whole layer, whose time sum it meets; without it two whole layers that
tell the same time. What the first layers say predicts the signals of the last.
"""

import math

from onlinecei.compiled import compiled
from onlinecei.detector._fit import arrival, fit, score
from onlinecei.detector._lines import CHANNELS, CHI2_MAX, TIME_SUM_DEVIATIONS, Lines
from onlinecei.detector._memory import MAX_CANDIDATES, MAX_TRIES, Candidates, Pulse
from onlinecei.detector._pulse import MARGIN_MM, bend, first_from
from onlinecei.records import MCP

PLATE = 1 << MCP
AFTER_TWO_LAYERS, AFTER_ONE_LAYER = 1.6, 2.6
"""Width of the search for signals of the last layer, in that of one signal: bounds on how errors add up."""


@compiled
def find_candidates(lines: Lines, pulse: Pulse, found: Candidates, least: int) -> bool:
    """Find the candidates with at least so many checks; False if they are too many."""
    found.count = found.whole = found.tries = 0
    found.first[:] = 0
    for plate in range(pulse.size[MCP]):
        if not pulse.used[MCP, plate]:
            _of_plate(lines, pulse, found, plate, least)
    if lines.layers == 3 or least <= 1:
        for one in range(lines.layers):
            for other in range(one + 1, lines.layers):
                _without_plate(lines, pulse, found, one, other, least)
    return found.count < MAX_CANDIDATES and found.tries < MAX_TRIES


@compiled
def _of_plate(lines: Lines, pulse: Pulse, found: Candidates, plate: int, least: int) -> None:
    time, half = pulse.signals[MCP, plate], lines.half / 2
    found.trial[MCP] = plate
    for layer in range(lines.layers):
        k = found.first[layer]
        while k < pulse.pairs[layer] and pulse.time[layer, k] < time - half:
            k += 1
        found.first[layer] = k
    if least <= 2:
        _mark_paired(lines, pulse, found, time + half)
    for one in range(lines.layers):
        for p in range(found.first[one], pulse.pairs[one]):
            if pulse.time[one, p] > time + half or found.tries >= MAX_TRIES:
                break
            _take_pair(pulse, found, one, p)
            for other in range(one + 1, lines.layers):
                for q in range(found.first[other], pulse.pairs[other]):
                    if pulse.time[other, q] > time + half or found.tries >= MAX_TRIES:
                        break
                    _two_layers(lines, pulse, found, one, p, other, q, PLATE, time, least)
            if least <= 2:
                _one_layer(lines, pulse, found, one, p, time, least)


@compiled
def _mark_paired(lines: Lines, pulse: Pulse, found: Candidates, until: float) -> None:
    """Mark the signals whose other end of the wire has one that meets the time sum of this signal of the plate."""
    found.plate += 1
    for layer in range(lines.layers):
        k = found.first[layer]
        while k < pulse.pairs[layer] and pulse.time[layer, k] <= until:
            for side in range(2):
                pulse.paired[2 * layer + side, pulse.pair[layer, k, side]] = found.plate
            k += 1


@compiled
def _take_pair(pulse: Pulse, found: Candidates, layer: int, p: int) -> None:
    found.trial[2 * layer], found.trial[2 * layer + 1] = pulse.pair[layer, p, 0], pulse.pair[layer, p, 1]


@compiled
def _without_plate(lines: Lines, pulse: Pulse, found: Candidates, one: int, other: int, least: int) -> None:
    """Two layers that tell the same time, which no free signal of the plate has."""
    width = TIME_SUM_DEVIATIONS * lines.sigma
    first = 0
    for p in range(pulse.pairs[one]):
        time = pulse.time[one, p]
        while first < pulse.pairs[other] and pulse.time[other, first] < time - width:
            first += 1
        for q in range(first, pulse.pairs[other]):
            if pulse.time[other, q] > time + width or found.tries >= MAX_TRIES:
                break
            middle = (time + pulse.time[other, q]) / 2
            if not _any_free(pulse, MCP, middle, 1.12 * width):
                _take_pair(pulse, found, one, p)
                _two_layers(lines, pulse, found, one, p, other, q, 0, middle, least)


@compiled
def _any_free(pulse: Pulse, channel: int, time: float, width: float) -> bool:
    k = first_from(pulse, channel, time - width)
    while k < pulse.size[channel] and pulse.signals[channel, k] <= time + width:
        if not pulse.used[channel, k]:
            return True
        k += 1
    return False


@compiled
def _two_layers(
    lines: Lines, pulse: Pulse, found: Candidates, one: int, p: int, other: int, q: int, plate: int, time: float,
    least: int,
) -> None:  # fmt: skip
    """Two whole layers, and what there is of the third."""
    found.tries += 1
    _take_pair(pulse, found, other, q)
    channels = plate | 3 << 2 * one | 3 << 2 * other
    if lines.layers == 2:
        _propose(lines, pulse, found, channels, least, 1)
        return
    last = 3 - one - other
    if not _predict(lines, found, one, pulse.place[one, p], other, pulse.place[other, q], time):
        return
    width = AFTER_TWO_LAYERS * TIME_SUM_DEVIATIONS * lines.sigma
    if not _last_layer(lines, pulse, found, channels, last, width, least, int(last == 2)):
        _propose(lines, pulse, found, channels, least, 1)


@compiled
def _predict(lines: Lines, found: Candidates, one: int, place: float, other: int, second: float, time: float) -> bool:
    """Fill the hit of two places, those of the layer `one` and of a later or earlier `other`; False if outside."""
    a, b, at, then = (one, other, place, second) if one < other else (other, one, second, place)
    if a == 1:
        u, v = at + then, at
    else:
        u, v = at, then if b == 1 else at - then
    found.fitted[0], found.fitted[1], found.fitted[2] = u, v, time
    reach = lines.radius + MARGIN_MM
    return abs(u) <= reach and abs(v) <= reach and abs(u - v) <= reach


@compiled
def _last_layer(
    lines: Lines, pulse: Pulse, found: Candidates, channels: int, layer: int, width: float, least: int, whole: int
) -> bool:
    """Try what there is of the last layer where `fitted` predicts it; whether anything fits.

    Pairs are stored where `whole`; otherwise they are found from other two layers as well.
    """
    a, b = 2 * layer, 2 * layer + 1
    at_a, at_b = arrival(lines, found, a), arrival(lines, found, b)
    start_a = first_from(pulse, a, at_a - width)
    start_b = first_from(pulse, b, at_b - width)
    fits, paired_b = False, 0
    for i in range(start_a, pulse.size[a]):
        if pulse.signals[a, i] > at_a + width or found.tries >= MAX_TRIES:
            break
        if pulse.used[a, i]:
            continue
        found.trial[a] = i
        paired = False
        for j in range(start_b, min(pulse.size[b], start_b + 62)):
            if pulse.signals[b, j] > at_b + width:
                break
            found.trial[b] = j
            if not pulse.used[b, j] and _propose(lines, pulse, found, channels | 3 << a, least, whole):
                paired = True
                paired_b |= 1 << (j - start_b)
        fits |= paired or _propose(lines, pulse, found, channels | 1 << a, least, 1)
    for j in range(start_b, min(pulse.size[b], start_b + 62)):
        if pulse.signals[b, j] > at_b + width:
            break
        found.trial[b] = j
        if not pulse.used[b, j] and not paired_b >> (j - start_b) & 1:
            fits |= _propose(lines, pulse, found, channels | 1 << b, least, 1)
    return fits or paired_b > 0


@compiled
def _one_layer(lines: Lines, pulse: Pulse, found: Candidates, one: int, p: int, time: float, least: int) -> None:
    """One whole layer of a signal of the plate, and single ends of the others."""
    for other in range(lines.layers):
        if other == one:
            continue
        reach = (lines.radius + MARGIN_MM) / lines.scale[other]
        for c in (2 * other, 2 * other + 1):
            k = first_from(pulse, c, time - reach)
            while k < pulse.size[c] and pulse.signals[c, k] <= time + reach and found.tries < MAX_TRIES:
                if not pulse.used[c, k] and pulse.paired[c, k] != found.plate:
                    found.trial[c] = k
                    _single_end(lines, pulse, found, one, p, other, c, time, least)
                k += 1


@compiled
def _place_of(lines: Lines, channel: int, late: float) -> float:
    """Place that the end of a wire tells which fires so late after the hit."""
    layer, sign = channel // 2, 1 - 2 * (channel & 1)
    place = sign * lines.scale[layer] * late
    if lines.bent:
        for _ in range(2):
            place = sign * lines.scale[layer] * (late - bend(lines, layer, place) / 2)
    return float(place)


@compiled
def _single_end(
    lines: Lines, pulse: Pulse, found: Candidates, one: int, p: int, other: int, c: int, time: float, least: int
) -> None:
    found.tries += 1
    channels = PLATE | 3 << 2 * one | 1 << c
    if lines.layers == 3:
        last = 3 - one - other
        place = _place_of(lines, c, pulse.signals[c, found.trial[c]] - time)
        if not _predict(lines, found, one, pulse.place[one, p], other, place, time):
            return
        width = AFTER_ONE_LAYER * TIME_SUM_DEVIATIONS * lines.sigma
        if _other_end(lines, pulse, found, channels, last, width, least, int(other < last)):
            return
    if least <= 1:
        _propose(lines, pulse, found, channels, least, 1)


@compiled
def _other_end(
    lines: Lines, pulse: Pulse, found: Candidates, channels: int, layer: int, width: float, least: int, store: int
) -> bool:
    """Try single ends of the last layer, those that have no partner; whether anything fits."""
    fits = False
    times = (arrival(lines, found, 2 * layer), arrival(lines, found, 2 * layer + 1))
    for side in range(2):
        c = 2 * layer + side
        k = first_from(pulse, c, times[side] - width)
        while k < pulse.size[c] and pulse.signals[c, k] <= times[side] + width:
            if not pulse.used[c, k]:
                found.trial[c] = k
                single = pulse.paired[c, k] != found.plate
                fits |= _propose(lines, pulse, found, channels | 1 << c, least, store * single)
            k += 1
    return fits


@compiled
def _propose(lines: Lines, pulse: Pulse, found: Candidates, channels: int, least: int, store: int) -> bool:
    """Whether the signals under trial make a hit; it is stored if so wished."""
    found.tries += 1
    if lines.checks[channels] < least or found.count == MAX_CANDIDATES:
        return False
    chi2 = fit(lines, pulse, found, channels)
    if chi2 > CHI2_MAX or not on_detector(lines, found):
        return False
    value = score(lines, pulse, found, channels, chi2)
    if value <= 0.0:
        return False
    if store:
        keep(lines, found, found.count, channels, chi2, value)
        found.whole = found.count
    return True


@compiled
def keep(lines: Lines, found: Candidates, parent: int, channels: int, chi2: float, value: float) -> None:
    """Add the signals under trial and the hit fitted to them to the candidates."""
    n = found.count
    for c in range(CHANNELS):
        found.pick[n, c] = found.trial[c]
    for k in range(3):
        found.hit[n, k] = found.fitted[k]
    found.channels[n], found.chi2[n], found.score[n] = channels, chi2, value
    found.members[n], found.parent[n] = lines.checks[channels] + 3, parent
    found.count += 1


@compiled
def place(lines: Lines, u: float, v: float) -> tuple[float, float]:
    """Give x and y of the places across the layers u and v."""
    return (u, v) if lines.layers == 2 else (u, (u - 2 * v) / math.sqrt(3.0))


@compiled
def on_detector(lines: Lines, found: Candidates) -> bool:
    """Whether the hit fitted lies on the detector."""
    x, y = place(lines, found.fitted[0], found.fitted[1])
    return x * x + y * y <= lines.radius**2

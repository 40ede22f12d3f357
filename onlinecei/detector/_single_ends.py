"""Candidates of a signal of the plate, one whole layer, and single ends of the others."""

from onlinecei.compiled import compiled
from onlinecei.detector._fit import arrival
from onlinecei.detector._lines import TIME_SUM_DEVIATIONS, Lines
from onlinecei.detector._memory import MAX_TRIES, Candidates, Pulse
from onlinecei.detector._pulse import MARGIN_MM, first_from
from onlinecei.detector._trial import hit_of, keep, place_of_end, predict, propose

AFTER_ONE_LAYER = 2.6
"""Width of the search for an end of the last layer, in that of one signal: a bound on how errors add up."""


@compiled
def try_single_ends(lines: Lines, pulse: Pulse, found: Candidates, one: int, place: float) -> None:
    """Try the free ends of other layers that have no partner at the time of the plate."""
    for other in range(lines.layers):
        if other == one:
            continue
        reach = (lines.radius + MARGIN_MM) / lines.scale[other]
        for c in range(2 * other, 2 * other + 2):
            k = first_from(pulse, c, found.time - reach)
            while pulse.signals[c, k] <= found.time + reach and found.tries < MAX_TRIES:
                if not pulse.used[c, k] and pulse.paired[c, k] != found.plate:
                    found.trial[c] = k
                    _single_end(lines, pulse, found, one, place, c)
                k += 1


@compiled
def _single_end(lines: Lines, pulse: Pulse, found: Candidates, one: int, place: float, c: int) -> None:
    found.tries += 1
    channels, other = found.known | 3 << 2 * one | 1 << c, c // 2
    if lines.layers == 3:
        second = place_of_end(lines, c, pulse.signals[c, found.trial[c]] - found.time)
        if not predict(lines, found, one, place, other, second):
            return
        if _other_ends(lines, pulse, found, channels, other, 3 - one - other):
            return
    if found.least <= 1:
        propose(lines, pulse, found, channels)


@compiled
def _other_ends(
    lines: Lines, pulse: Pulse, found: Candidates, channels: int, other: int, layer: int
) -> bool:  # fmt: skip
    """Try ends of the last layer where `fitted` predicts them; whether anything fits.

    Those without a partner are kept where the other single end is of an earlier layer: each two are tried twice.
    """
    fits = False
    width = AFTER_ONE_LAYER * TIME_SUM_DEVIATIONS * lines.sigma
    times = (arrival(lines, found, 2 * layer), arrival(lines, found, 2 * layer + 1))
    for side in range(2):
        c = 2 * layer + side
        k = first_from(pulse, c, times[side] - width)
        while pulse.signals[c, k] <= times[side] + width:
            found.trial[c] = k
            if not pulse.used[c, k] and hit_of(lines, pulse, found, channels | 1 << c):
                fits = True
                if other < layer and pulse.paired[c, k] != found.plate:
                    keep(found, channels | 1 << c, found.count)
            k += 1
    return fits

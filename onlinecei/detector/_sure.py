"""Candidates that the best explanation holds whatever becomes of the others, found without a search."""

import numpy as np

from onlinecei.compiled import compiled
from onlinecei.detector._fit import fits
from onlinecei.detector._lines import CHECK_GAIN, Lines
from onlinecei.detector._memory import MAX_COMPARED, Candidates, Packing, Pulse
from onlinecei.detector._sets import CHANNELS, NUMBER, member
from onlinecei.detector._shared import new_round, note, noted, shared
from onlinecei.detector._trial import keep

CLEAR_CHI2 = 2 * CHECK_GAIN
"""A hit that fits better gains by none of its signals being left out."""


@compiled
def clear(found: Candidates, memory: Packing) -> int:
    """Choose the candidates that fit well and share no signal with another; returns their number."""
    new_round(memory)
    number = 0
    for n in range(found.count):
        memory.cluster[n] = 1
        for k in range(NUMBER[found.channels[n]]):
            c = member(found.channels[n], k)
            other = noted(memory, c, found.pick[n, c])
            note(memory, c, found.pick[n, c], n)
            if other >= 0:
                memory.cluster[n] = memory.cluster[other] = 0
    for n in range(found.count):
        if memory.cluster[n] and found.chi2[n] <= CLEAR_CHI2:
            memory.chosen[number] = n
            number += 1
    return number


@compiled
def sure(lines: Lines, found: Candidates, memory: Packing) -> int:
    """Choose the candidates that are worth more than all that share signals with them; returns their number.

    Those others could only gain by signals that the candidate gives up, each of which is a check lost.
    """
    number = int(np.int64(0))
    if found.count > MAX_COMPARED:
        return number
    for n in range(found.count):
        if _is_sure(lines, found, n) and not _shares_with_chosen(found, memory, n, number):
            memory.chosen[number] = n
            number += 1
    return number


@compiled
def _is_sure(lines: Lines, found: Candidates, n: int) -> bool:
    left = found.score[n]
    for m in range(found.count):
        both = NUMBER[shared(found, n, m)] if m != n else 0
        if both == 0:
            continue
        most = found.score[m] + max(0.0, found.chi2[m] / 2 - lines.gain)
        left -= most
        if left < 0.0 or most > lines.gain * both - found.chi2[n] / 2:
            return False
    return True


@compiled
def _shares_with_chosen(found: Candidates, memory: Packing, n: int, number: int) -> bool:
    both = 0
    for k in range(number):
        both |= shared(found, n, memory.chosen[k])
    return both > 0


@compiled
def keep_free(lines: Lines, pulse: Pulse, found: Candidates) -> None:
    """Take used signals away from the candidates; those that need them are dropped."""
    count, found.count = found.count, 0
    for n in range(count):
        channels = found.channels[n]
        for c in range(CHANNELS):
            found.trial[c] = found.pick[n, c]
            channels &= ~(pulse.used[c, found.trial[c]] << c)
        if channels == found.channels[n]:
            _keep_as_it_is(found, n)
        elif fits(lines, pulse, found, channels):
            keep(found, channels, found.count)
    found.whole = found.count


@compiled
def keep_unambiguous(lines: Lines, found: Candidates) -> None:
    """Drop the candidates with a single check that share signals with another; in a crowd all of them."""
    count, many = found.count, found.count > MAX_COMPARED
    for n in range(count):
        found.parent[n] = n
        for m in range(count):
            if lines.checks[found.channels[n]] > 1:
                break
            if many or (m != n and shared(found, n, m)):
                found.parent[n] = -1
                break
    found.count = 0
    for n in range(count):
        if found.parent[n] >= 0:
            _keep_as_it_is(found, n)
    found.whole = found.count


@compiled
def _keep_as_it_is(found: Candidates, n: int) -> None:
    for c in range(CHANNELS):
        found.trial[c] = found.pick[n, c]
    for k in range(3):
        found.fitted[k] = found.hit[n, k]
    found.misfit, found.value = found.chi2[n], found.score[n]
    keep(found, found.channels[n], found.count)

"""Candidates that the best explanation holds whatever becomes of the others, found without a search."""

from onlinecei.compiled import compiled
from onlinecei.detector._candidates import keep, on_detector
from onlinecei.detector._fit import fit, score
from onlinecei.detector._lines import CHANNELS, CHI2_MAX, Lines
from onlinecei.detector._memory import MAX_COMPARED, Candidates, Packing, Pulse


@compiled
def sure(lines: Lines, found: Candidates, memory: Packing) -> int:
    """Choose the candidates that are worth more than all that share signals with them; returns their number.

    Those others could only gain by signals that the candidate gives up, each of which is a check lost.
    """
    number = 0
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
        shared = _shared(found, n, m) if m != n else 0
        if shared == 0:
            continue
        most = found.score[m] + max(0.0, found.chi2[m] / 2 - lines.gain)
        left -= most
        if left < 0.0 or most > lines.gain * shared - found.chi2[n] / 2:
            return False
    return True


@compiled
def _shared(found: Candidates, n: int, m: int) -> int:
    """Count the signals that two candidates share."""
    both, count = found.channels[n] & found.channels[m], 0
    for c in range(CHANNELS):
        count += (both >> c & 1) * (found.pick[n, c] == found.pick[m, c])
    return count


@compiled
def _shares_with_chosen(found: Candidates, memory: Packing, n: int, number: int) -> bool:
    shared = 0
    for k in range(number):
        shared += _shared(found, n, memory.chosen[k])
    return shared > 0


@compiled
def keep_free(lines: Lines, pulse: Pulse, found: Candidates) -> None:
    """Take used signals away from the candidates; those that need them are dropped."""
    count, found.count = found.count, 0
    for n in range(count):
        channels = found.channels[n]
        for c in range(CHANNELS):
            found.trial[c] = found.pick[n, c]
            if channels >> c & 1 and pulse.used[c, found.trial[c]]:
                channels &= ~(1 << c)
        if lines.checks[channels] < 1:
            continue
        if channels == found.channels[n]:
            _keep_as_it_is(lines, found, n)
            continue
        chi2 = fit(lines, pulse, found, channels)
        if chi2 > CHI2_MAX or not on_detector(lines, found):
            continue
        value = score(lines, pulse, found, channels, chi2)
        if value > 0.0:
            keep(lines, found, found.count, channels, chi2, value)
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
            if many or (m != n and _shared(found, n, m) > 0):
                found.parent[n] = -1
                break
    found.count = 0
    for n in range(count):
        if found.parent[n] >= 0:
            _keep_as_it_is(lines, found, n)
    found.whole = found.count


@compiled
def _keep_as_it_is(lines: Lines, found: Candidates, n: int) -> None:
    for c in range(CHANNELS):
        found.trial[c] = found.pick[n, c]
    for k in range(3):
        found.fitted[k] = found.hit[n, k]
    keep(lines, found, found.count, found.channels[n], found.chi2[n], found.score[n])

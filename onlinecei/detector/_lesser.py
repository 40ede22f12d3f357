"""Candidates with fewer signals: where another candidate claims one of them, or where one spoils the fit."""

from onlinecei.compiled import compiled
from onlinecei.detector._candidates import keep, on_detector
from onlinecei.detector._fit import fit, score
from onlinecei.detector._lines import CHANNELS, CHI2_MAX, Lines
from onlinecei.detector._memory import MAX_CANDIDATES, MAX_COMPARED, Candidates, Packing, Pulse


@compiled
def add_lesser(lines: Lines, pulse: Pulse, found: Candidates, memory: Packing) -> bool:
    """Add each candidate without one or more of the signals that may go; False if they are too many."""
    whole = found.count
    few = whole <= MAX_COMPARED
    if not few:
        _count_uses(found, memory, whole, 1)
    for n in range(whole):
        channels = found.channels[n]
        if lines.checks[channels] < 2:
            continue
        bad = found.chi2[n] > 2 * lines.gain
        claimed = _shared_with_each(found, memory, n, whole) if few else _claimed(found, memory, n)
        may_go = channels if bad else claimed
        rest = channels & ~may_go
        part = (may_go - 1) & may_go
        while may_go:  # every smaller subset of those that may go
            left = rest | part
            if lines.checks[left] > 0 and (bad or not few or _of_use(lines, found, memory, whole, channels, left)):
                _add(lines, pulse, found, n, left)
            if part == 0:
                break
            part = (part - 1) & may_go
    if not few:
        _count_uses(found, memory, whole, -1)
    return found.count < MAX_CANDIDATES


@compiled
def _shared_with_each(found: Candidates, memory: Packing, n: int, whole: int) -> int:
    """Fill which signals each other candidate shares with this one; returns all that any does."""
    claimed = 0
    for m in range(whole):
        shared, both = 0, found.channels[n] & found.channels[m] if m != n else 0
        if both:
            for c in range(CHANNELS):
                shared |= (found.pick[n, c] == found.pick[m, c]) << c
            shared &= both
        memory.shared[m] = shared
        claimed |= shared
    return claimed


@compiled
def _of_use(lines: Lines, found: Candidates, memory: Packing, whole: int, channels: int, left: int) -> bool:
    """Whether each signal given up helps another candidate that can do without those that are left."""
    given_up = channels & ~left
    for m in range(whole):
        shared = memory.shared[m]
        if shared & given_up and lines.checks[found.channels[m] & ~(shared & left)] > 0:
            given_up &= ~shared
    return given_up == 0


@compiled
def _count_uses(found: Candidates, memory: Packing, whole: int, step: int) -> None:
    for n in range(whole):
        for c in range(CHANNELS):
            if found.channels[n] >> c & 1:
                memory.owner[c, found.pick[n, c]] += step


@compiled
def _claimed(found: Candidates, memory: Packing, n: int) -> int:
    """Signals of a candidate that others have as well; those that nobody uses count -1."""
    claimed = 0
    for c in range(CHANNELS):
        if found.channels[n] >> c & 1 and memory.owner[c, found.pick[n, c]] > 0:
            claimed |= 1 << c
    return claimed


@compiled
def _add(lines: Lines, pulse: Pulse, found: Candidates, n: int, channels: int) -> None:
    if found.count == MAX_CANDIDATES:
        return
    for c in range(CHANNELS):
        found.trial[c] = found.pick[n, c]
    chi2 = fit(lines, pulse, found, channels)
    if chi2 > CHI2_MAX or not on_detector(lines, found):
        return
    value = score(lines, pulse, found, channels, chi2)
    if value > 0.0:
        keep(lines, found, n, channels, chi2, value)

"""Candidates with fewer signals: where another candidate claims one of them, or where one spoils the fit."""

from onlinecei.compiled import compiled
from onlinecei.detector._candidates import keep, on_detector
from onlinecei.detector._fit import CHECK_GAIN, CHI2_MAX, fit, score
from onlinecei.detector._lines import CHANNELS, Lines
from onlinecei.detector._memory import MAX_CANDIDATES, Candidates, Packing, Pulse


@compiled
def add_lesser(lines: Lines, pulse: Pulse, found: Candidates, memory: Packing) -> bool:
    """Add each candidate without one or more of the signals that may go; False if they are too many."""
    whole = found.count
    _count_uses(found, memory, whole, 1)
    for n in range(whole):
        channels = found.channels[n]
        if lines.checks[channels] < 2:
            continue
        may_go = channels if found.chi2[n] > 2 * CHECK_GAIN else _claimed(found, memory, n)
        rest = channels & ~may_go
        part = (may_go - 1) & may_go
        while may_go:  # every smaller subset of those that may go
            if lines.checks[rest | part] > 0:
                _add(lines, pulse, found, n, rest | part)
            if part == 0:
                break
            part = (part - 1) & may_go
    _count_uses(found, memory, whole, -1)
    return found.count < MAX_CANDIDATES


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
    if not chi2 <= CHI2_MAX or not on_detector(lines, found):
        return
    value = score(lines, pulse, found, channels, chi2)
    if value > 0.0:
        keep(lines, found, n, channels, chi2, value)

"""Candidates with fewer signals: where another candidate claims one of them, or where one spoils the fit."""

from onlinecei.compiled import compiled
from onlinecei.detector._fit import fits
from onlinecei.detector._lines import Lines
from onlinecei.detector._memory import MAX_CANDIDATES, MAX_COMPARED, Candidates, Packing, Pulse
from onlinecei.detector._sets import CHANNELS, NUMBER, member
from onlinecei.detector._shared import new_round, note, noted, shared
from onlinecei.detector._trial import keep


@compiled
def add_lesser(lines: Lines, pulse: Pulse, found: Candidates, memory: Packing) -> bool:
    """Add each candidate without one or more of the signals that may go; False if they are too many."""
    few = found.whole <= MAX_COMPARED
    if not few:
        _mark_claimed(found, memory)
    for n in range(found.whole):
        if lines.checks[found.channels[n]] < 2:
            continue
        rivals = _find_rivals(found, memory, n) if few else 0
        bad = found.chi2[n] > 2 * lines.gain
        if bad:
            may_go = found.channels[n]
        elif few:
            may_go = _shared_with(memory, rivals)
        else:
            may_go = _claimed(found, memory, n)
        if may_go:
            _without(lines, pulse, found, memory, n, may_go, rivals if few and not bad else -1)
    return found.count < MAX_CANDIDATES


@compiled
def _without(
    lines: Lines, pulse: Pulse, found: Candidates, memory: Packing, n: int, may_go: int, rivals: int
) -> None:  # fmt: skip
    """Add a candidate without every set of the signals that may go; that a rival gains is asked where there are any."""
    channels = found.channels[n]
    rest, part = channels & ~may_go, may_go
    while part:
        part = (part - 1) & may_go
        left = rest | part
        if lines.checks[left] > 0 and (rivals < 0 or _of_use(lines, found, memory, rivals, channels & ~left, left)):
            _add(lines, pulse, found, n, left)


@compiled
def _find_rivals(found: Candidates, memory: Packing, n: int) -> int:
    """List the candidates that share signals with this one; returns their number."""
    rivals = 0
    for m in range(found.whole):
        both = shared(found, n, m)
        if both and m != n:
            memory.rivals[rivals], memory.shared[rivals] = m, both
            rivals += 1
    return rivals


@compiled
def _shared_with(memory: Packing, rivals: int) -> int:
    every = 0
    for k in range(rivals):
        every |= memory.shared[k]
    return every


@compiled
def _of_use(lines: Lines, found: Candidates, memory: Packing, rivals: int, given_up: int, left: int) -> bool:
    """Whether each signal given up helps a rival that can do without those that are left."""
    for k in range(rivals):
        both = memory.shared[k]
        if both & given_up and lines.checks[found.channels[memory.rivals[k]] & ~(both & left)] > 0:
            given_up &= ~both
    return given_up == 0


@compiled
def _mark_claimed(found: Candidates, memory: Packing) -> None:
    """Note of each signal how many candidates but one have it."""
    new_round(memory)
    for n in range(found.whole):
        channels = found.channels[n]
        for k in range(NUMBER[channels]):
            c = member(channels, k)
            note(memory, c, found.pick[n, c], max(noted(memory, c, found.pick[n, c]), -1) + 1)


@compiled
def _claimed(found: Candidates, memory: Packing, n: int) -> int:
    """Signals of a candidate that others have as well."""
    claimed, channels = 0, found.channels[n]
    for k in range(NUMBER[channels]):
        c = member(channels, k)
        claimed |= (noted(memory, c, found.pick[n, c]) > 0) << c
    return claimed


@compiled
def _add(lines: Lines, pulse: Pulse, found: Candidates, n: int, channels: int) -> None:
    if found.count == MAX_CANDIDATES:
        return
    for c in range(CHANNELS):
        found.trial[c] = found.pick[n, c]
    if fits(lines, pulse, found, channels):
        keep(found, channels, n)

"""The combinations of one crowded pulse: slots are filled depth first, and branches that cannot pass are left.

What the slots still open can add to each component of the momentum sum is bounded by the extremes of their species in
the pulse, so a branch that cannot reach the gate is left at its root; so is one whose kinetic energy is too large
already. Within a species the rows fall in p_z, so that the rows worth trying are found by bisection.
"""

import math

from onlinecei.arrays import F8, I4, I8
from onlinecei.compiled import compiled

TRIES_PER_COMBINATION = 50
"""Branches that may be looked into for every combination that the limit of the setup allows to be found."""
CUT, FULL = -1, -2
"""What the search of a pulse answers when it goes over the limit, and when there is no room for what it found."""


@compiled
def fill_reach(rows: I4, starts: I8, stops: I8, momentum: F8, reach: F8) -> None:
    """What the slots from each on can add: smallest and largest sums per component, into (N + 1, 3, 2)."""
    for slot in range(starts.size - 1, -1, -1):
        for axis in range(3):
            low = high = momentum[rows[starts[slot]], axis]
            for k in range(starts[slot] + 1, stops[slot]):
                value = momentum[rows[k], axis]
                low, high = min(low, value), max(high, value)
            reach[slot, axis, 0] = reach[slot + 1, axis, 0] + low
            reach[slot, axis, 1] = reach[slot + 1, axis, 1] + high


@compiled
def _first_below(rows: I4, start: int, stop: int, momentum: F8, ceiling: float) -> int:
    """Position of the first row whose p_z is not above the ceiling, by bisection."""
    low, high = start, stop
    while low < high:
        middle = (low + high) // 2
        if momentum[rows[middle], 2] > ceiling:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def search(  # noqa: C901, PLR0912 - one piece: a call for every row tried would double its time
    rows: I4, starts: I8, stops: I8, reach: F8, sums: F8, choice: I8, momentum: F8, hit: I8, slots: I8,
    half_inverse_mass: F8, window: float, energy: float, limit: int, found: int, found_rows: I8, tries: I8,
) -> int:  # fmt: skip
    """Write the combinations of one pulse from row `found` on; returns the row after the last, or CUT or FULL.

    The four sums of each slot are those of the momentum and of the kinetic energy of the slots before it.
    """
    last = slots.size - 1
    before, most = found, tries[0] + limit * TRIES_PER_COMBINATION
    slot = 0
    choice[0] = starts[0]
    if window < math.inf:
        choice[0] = _first_below(rows, starts[0], stops[0], momentum, window - reach[1, 2, 0])
    while slot >= 0:
        if choice[slot] >= stops[slot]:
            slot -= 1
            choice[slot] += 1
            continue
        row = rows[choice[slot]]
        if window < math.inf and sums[slot, 2] + momentum[row, 2] + reach[slot + 1, 2, 1] < -window:
            slot -= 1  # rows fall in p_z: none that follows can reach the gate
            choice[slot] += 1
            continue
        tries[0] += 1
        if tries[0] > most:
            return CUT
        square = 0.0
        reachable = True
        for axis in range(3):
            value = momentum[row, axis]
            total = sums[slot, axis] + value
            square += value * value
            sums[slot + 1, axis] = total
            if total + reach[slot + 1, axis, 0] > window or total + reach[slot + 1, axis, 1] < -window:
                reachable = False
        sums[slot + 1, 3] = sums[slot, 3] + square * half_inverse_mass[slot]
        reachable &= sums[slot + 1, 3] <= energy
        for earlier in range(slot):
            reachable &= hit[rows[choice[earlier]]] != hit[row]
        if not reachable:
            choice[slot] += 1
        elif slot < last:
            slot += 1
            choice[slot] = choice[slot - 1] + 1 if slots[slot] == slots[slot - 1] else starts[slot]
            if window < math.inf:
                ceiling = window - sums[slot, 2] - reach[slot + 1, 2, 0]
                choice[slot] = _first_below(rows, choice[slot], stops[slot], momentum, ceiling)
        else:
            if found - before >= limit:
                return CUT
            if found == found_rows.shape[0]:
                return FULL
            for k in range(last + 1):
                found_rows[found, k] = rows[choice[k]]
            found += 1
            choice[slot] += 1
    return found

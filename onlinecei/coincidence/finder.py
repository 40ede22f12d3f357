"""The channel finder: every combination of ions of a pulse that can be one molecule, for any channel.

Slots are filled depth first. What the slots still open can add to each component of the momentum sum is bounded by the
extremes of their species in the pulse, so a branch that cannot reach the gate is left at its root. Within a species the
rows fall in p_z, so that the rows worth trying are found by bisection.
"""

import math

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled
from onlinecei.ions import Channel
from onlinecei.records import Coincidences, Ions
from onlinecei.setup import Setup

TRIES_PER_COMBINATION = 20
"""Branches that may be looked into for every combination that the limit of the setup allows to be found."""
CUT, FULL = -1, -2
"""What the search of a pulse answers when it goes over the limit, and when there is no room for what it found."""


def find(ions: Ions, channel: Channel, setup: Setup, window_au: float | None = None) -> Coincidences:
    """Find the combinations of a channel in every pulse.

    Parameters
    ----------
    ions
        Candidates from `identify`.
    channel
        Two to nine ions; identical ions are taken unordered, a hit is used once.
    setup
        For the list of species and the limit of combinations per pulse.
    window_au
        Largest momentum sum per component; None: any (a partial channel).

    Returns
    -------
    Coincidences
        In the order of pulses. A pulse that goes over the limit gives none and is counted.
    """
    species = [section.ion for section in setup.ions]
    slots = np.array([species.index(ion) for ion in channel.ions], dtype=np.int64)
    pulse, momentum, cut = _found(
        ions.first_ion,
        ions.hit,
        ions.species,
        ions.momentum_au,
        slots,
        math.inf if window_au is None else window_au,
        setup.limits.combinations_per_pulse,
    )
    return Coincidences(pulse=pulse, momentum_au=momentum, pulses_cut=cut)


@compiled
def _found(
    first_ion: I8, hit: I8, species: I8, momentum: F8, slots: I8, window: float, limit: int
) -> tuple[I8, F8, int]:
    width = slots.size
    crowd = 0
    for pulse in range(first_ion.size - 1):
        crowd = max(crowd, first_ion[pulse + 1] - first_ion[pulse])
    tables, sizes = np.empty((width, crowd), np.int64), np.empty(width, np.int64)
    reach, sums, choice = np.zeros((width + 1, 3, 2)), np.zeros((width + 1, 3)), np.empty(width, np.int64)
    pulses, rows = np.empty(1024, np.int64), np.empty((1024, width), np.int64)
    found = cut = 0
    for pulse in range(first_ion.size - 1):
        start, stop = first_ion[pulse], first_ion[pulse + 1]
        if stop - start < width or not _fill_tables(start, stop, species, slots, tables, sizes):
            continue
        if window < math.inf:
            _fill_reach(tables, sizes, momentum, reach)
        now = _search(tables, sizes, reach, sums, choice, momentum, hit, slots, window, limit, found, rows)
        while now == FULL:
            pulses = np.append(pulses, np.empty_like(pulses))
            rows = np.concatenate((rows, np.empty_like(rows)))
            now = _search(tables, sizes, reach, sums, choice, momentum, hit, slots, window, limit, found, rows)
        if now == CUT:
            cut += 1
            continue
        for k in range(found, now):
            pulses[k] = pulse
        found = now
    return pulses[:found].copy(), _gathered(momentum, rows, found), cut


@compiled
def _gathered(momentum: F8, rows: I8, found: int) -> F8:
    """Momenta (M, N, 3) of the rows (M, N) found."""
    out = np.empty((found, rows.shape[1], 3))
    for m in range(found):
        for k in range(rows.shape[1]):
            for axis in range(3):
                out[m, k, axis] = momentum[rows[m, k], axis]
    return out


@compiled
def _fill_tables(start: int, stop: int, species: I8, slots: I8, tables: I8, sizes: I8) -> bool:
    """Rows that may fill each slot, in falling order of p_z; False where a slot cannot be filled."""
    alike = 1
    for slot in range(slots.size):
        alike = alike + 1 if slot > 0 and slots[slot] == slots[slot - 1] else 1
        if alike > 1:
            sizes[slot] = sizes[slot - 1]
            for k in range(sizes[slot]):
                tables[slot, k] = tables[slot - 1, k]
        else:
            sizes[slot] = 0
            for row in range(start, stop):
                if species[row] == slots[slot]:
                    tables[slot, sizes[slot]] = row
                    sizes[slot] += 1
        if sizes[slot] < alike:
            return False
    return True


@compiled
def _fill_reach(tables: I8, sizes: I8, momentum: F8, reach: F8) -> None:
    """What the slots from each on can add: smallest and largest sums per component, into (N + 1, 3, 2)."""
    for slot in range(sizes.size - 1, -1, -1):
        for axis in range(3):
            low = high = momentum[tables[slot, 0], axis]
            for k in range(1, sizes[slot]):
                value = momentum[tables[slot, k], axis]
                low, high = min(low, value), max(high, value)
            reach[slot, axis, 0] = reach[slot + 1, axis, 0] + low
            reach[slot, axis, 1] = reach[slot + 1, axis, 1] + high


@compiled
def _first_below(tables: I8, slot: int, start: int, size: int, momentum: F8, ceiling: float) -> int:
    """Position of the first row whose p_z is not above the ceiling, by bisection."""
    low, high = start, size
    while low < high:
        middle = (low + high) // 2
        if momentum[tables[slot, middle], 2] > ceiling:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _search(  # noqa: C901, PLR0912 - one piece: a call for every row tried would double its time
    tables: I8, sizes: I8, reach: F8, sums: F8, choice: I8, momentum: F8, hit: I8, slots: I8,
    window: float, limit: int, found: int, rows: I8,
) -> int:  # fmt: skip
    """Write the combinations of one pulse from row `found` on; returns the row after the last, or CUT or FULL."""
    last = slots.size - 1
    before, tries = found, 0
    slot = 0
    choice[0] = _first_below(tables, 0, 0, sizes[0], momentum, window - reach[1, 2, 0])
    while slot >= 0:
        if choice[slot] >= sizes[slot]:
            slot -= 1
            choice[slot] += 1
            continue
        row = tables[slot, choice[slot]]
        if sums[slot, 2] + momentum[row, 2] + reach[slot + 1, 2, 1] < -window:
            slot -= 1  # rows fall in p_z: none that follows can reach the gate
            choice[slot] += 1
            continue
        tries += 1
        if tries > limit * TRIES_PER_COMBINATION:
            return CUT
        reachable = True
        for axis in range(3):
            total = sums[slot, axis] + momentum[row, axis]
            sums[slot + 1, axis] = total
            if total + reach[slot + 1, axis, 0] > window or total + reach[slot + 1, axis, 1] < -window:
                reachable = False
        for earlier in range(slot):
            if hit[tables[earlier, choice[earlier]]] == hit[row]:
                reachable = False
        if not reachable:
            choice[slot] += 1
        elif slot < last:
            slot += 1
            start = choice[slot - 1] + 1 if slots[slot] == slots[slot - 1] else 0
            ceiling = window - sums[slot, 2] - reach[slot + 1, 2, 0]
            choice[slot] = _first_below(tables, slot, start, sizes[slot], momentum, ceiling)
        else:
            if found - before >= limit:
                return CUT
            if found == rows.shape[0]:
                return FULL
            for k in range(last + 1):
                rows[found, k] = tables[k, choice[k]]
            found += 1
            choice[slot] += 1
    return found

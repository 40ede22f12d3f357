"""The channel finder: every combination of ions of a pulse that can be one molecule, for any channel.

Slots are filled depth first. What the slots still open can add to each component of the momentum sum is bounded by the
extremes of their species in the pulse, so a branch that cannot reach the gate is left at its root. Within a species the
rows fall in p_z, so that the rows worth trying are found by bisection.
"""

import math

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled
from onlinecei.ions import MAX_IONS, Channel
from onlinecei.records import Coincidences, Ions
from onlinecei.setup import Setup

TRIES_PER_COMBINATION = 20
"""Branches that may be looked into for every combination that the limit of the setup allows to be found."""


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
    pulse, rows, cut = _found(
        ions.first_ion,
        ions.hit,
        ions.species,
        ions.momentum_au,
        slots,
        math.inf if window_au is None else window_au,
        setup.limits.combinations_per_pulse,
    )
    return Coincidences(pulse=pulse, momentum_au=ions.momentum_au[rows], pulses_cut=cut)


@compiled
def _found(
    first_ion: I8, hit: I8, species: I8, momentum: F8, slots: I8, window: float, limit: int
) -> tuple[I8, I8, int]:
    width = slots.size
    kinds = np.max(slots) + 1
    needed = np.zeros(kinds, np.int64)
    for slot in slots:
        needed[slot] += 1
    pulses, rows = np.empty(64, np.int64), np.empty((64, width), np.int64)
    found = cut = 0
    counts = np.zeros(kinds, np.int64)
    for pulse in range(first_ion.size - 1):
        start, stop = first_ion[pulse], first_ion[pulse + 1]
        if stop - start < width:
            continue
        counts[:] = 0
        for row in range(start, stop):
            if species[row] < kinds:
                counts[species[row]] += 1
        if np.any(counts < needed):
            continue
        before = found
        tables = _tables(start, stop, species, counts, slots)
        found, pulses, rows, whole = _search(
            pulse, tables, counts[slots], momentum, hit, slots, window, limit, found, pulses, rows
        )
        if not whole:
            found = before
            cut += 1
    return pulses[:found].copy(), rows[:found].copy(), cut


@compiled
def _tables(start: int, stop: int, species: I8, counts: I8, slots: I8) -> I8:
    """Rows (N, largest count) that may fill each slot, in falling order of p_z."""
    tables = np.empty((slots.size, np.max(counts[slots])), np.int64)
    for slot in range(slots.size):
        count = 0
        for row in range(start, stop):
            if species[row] == slots[slot]:
                tables[slot, count] = row
                count += 1
    return tables


@compiled
def _reach(tables: I8, sizes: I8, momentum: F8) -> F8:
    """What the slots from each on can add: (N + 1, 3, 2) smallest and largest sums per component."""
    width = sizes.size
    reach = np.zeros((width + 1, 3, 2))
    for slot in range(width - 1, -1, -1):
        for axis in range(3):
            low = high = momentum[tables[slot, 0], axis]
            for k in range(1, sizes[slot]):
                value = momentum[tables[slot, k], axis]
                low, high = min(low, value), max(high, value)
            reach[slot, axis, 0] = reach[slot + 1, axis, 0] + low
            reach[slot, axis, 1] = reach[slot + 1, axis, 1] + high
    return reach


@compiled
def _first_below(table: I8, start: int, size: int, momentum: F8, ceiling: float) -> int:
    """Position of the first row whose p_z is not above the ceiling, by bisection."""
    low, high = start, size
    while low < high:
        middle = (low + high) // 2
        if momentum[table[middle], 2] > ceiling:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _search(
    pulse: int, tables: I8, sizes: I8, momentum: F8, hit: I8, slots: I8, window: float, limit: int,
    found: int, pulses: I8, rows: I8,
) -> tuple[int, I8, I8, bool]:  # fmt: skip
    """Append the combinations of one pulse; the last value says whether the limit was kept."""
    width = slots.size
    reach = _reach(tables, sizes, momentum)
    choice = np.zeros(MAX_IONS, np.int64)
    sums = np.zeros((MAX_IONS + 1, 3))
    before, tries = found, 0
    slot = 0
    choice[0] = _first_below(tables[0], 0, sizes[0], momentum, window - reach[1, 2, 0])
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
            return found, pulses, rows, False
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
        elif slot + 1 < width:
            slot += 1
            start = choice[slot - 1] + 1 if slots[slot] == slots[slot - 1] else 0
            ceiling = window - sums[slot, 2] - reach[slot + 1, 2, 0]
            choice[slot] = _first_below(tables[slot], start, sizes[slot], momentum, ceiling)
        else:
            if found - before >= limit:
                return found, pulses, rows, False
            if found == pulses.size:
                pulses = np.append(pulses, np.empty_like(pulses))
                rows = np.concatenate((rows, np.empty_like(rows)))
            pulses[found] = pulse
            for k in range(width):
                rows[found, k] = tables[k, choice[k]]
            found += 1
            choice[slot] += 1
    return found, pulses, rows, True

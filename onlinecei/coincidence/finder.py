"""The channel finder: every combination of ions of a pulse that can be one molecule, for any channel.

The ions of every pulse are put in the order of their species once, for all channels. Then slots are filled depth first.
What the slots still open can add to each component of the momentum sum is bounded by the extremes of their species in
the pulse, so a branch that cannot reach the gate is left at its root; so is one whose kinetic energy is too large
already. Within a species the rows fall in p_z, so that the rows worth trying are found by bisection.
"""

import math
from collections.abc import Iterable

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled
from onlinecei.ions import Channel
from onlinecei.records import Coincidences, Ions
from onlinecei.setup import Setup

TRIES_PER_COMBINATION = 50
"""Branches that may be looked into for every combination that the limit of the setup allows to be found."""
FEW = 6
"""Ions above what a channel needs, summed over its slots, up to which every combination is tried: 64 at most."""
CUT, FULL = -1, -2
"""What the search of a pulse answers when it goes over the limit, and when there is no room for what it found."""


def find(
    ions: Ions, channel: Channel, setup: Setup, window_au: float | None = None, ker_max_ev: float = math.inf
) -> Coincidences:
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
    ker_max_ev
        Largest sum of kinetic energies.

    Returns
    -------
    Coincidences
        In the order of pulses. A pulse that goes over the limit gives none and is counted.
    """
    return find_all(ions, [(channel, window_au, ker_max_ev)], setup)[0]


def find_all(ions: Ions, wanted: Iterable[tuple[Channel, float | None, float]], setup: Setup) -> list[Coincidences]:
    """Find the combinations of several channels, each with its largest momentum sum and energy, as `find` does."""
    species = [section.ion for section in setup.ions]
    first, rows = _by_species(ions.first_ion, ions.species, len(species))
    found = []
    for channel, window_au, ker_max_ev in wanted:
        pulse, row, cut, tries = _found(
            first,
            rows,
            ions.hit,
            ions.momentum_au,
            np.array([species.index(ion) for ion in channel.ions], dtype=np.int64),
            0.5 / channel.masses_au,
            math.inf if window_au is None else window_au,
            ker_max_ev * units.ELECTRONVOLT,
            setup.limits.combinations_per_pulse,
        )
        found.append(Coincidences(pulse=pulse, ion=row, ion_momentum_au=ions.momentum_au, pulses_cut=cut, tries=tries))
    return found


@compiled
def _by_species(first_ion: I8, species: I8, kinds: int) -> tuple[I8, I8]:
    """Where each species begins in each pulse (P, S + 1), and rows (I + 1,) in that order; the last one is no row."""
    first, rows = np.empty((first_ion.size - 1, kinds + 1), np.int64), np.empty(species.size + 1, np.int64)
    place = 0
    for pulse in range(first_ion.size - 1):
        for kind in range(kinds):
            first[pulse, kind] = place
            for row in range(first_ion[pulse], first_ion[pulse + 1]):
                rows[place] = row  # written whether or not it stays: cheaper than to ask
                place += species[row] == kind
        first[pulse, kinds] = place
    return first, rows


@compiled
def _found(
    first: I8, rows: I8, hit: I8, momentum: F8, slots: I8, half_inverse_mass: F8, window: float, energy: float,
    limit: int,
) -> tuple[I8, I8, int, int]:  # fmt: skip
    width, room = slots.size, first.shape[0] + 1
    alike, rank = _alike(slots)
    starts, stops, choice = np.empty(width, np.int64), np.empty(width, np.int64), np.empty(width, np.int64)
    reach, sums = np.zeros((width + 1, 3, 2)), np.zeros((width + 1, 4))
    pulses, found_rows = np.empty(room, np.int64), np.empty((room, width), np.int64)
    found = cut = 0
    tries = np.zeros(1, np.int64)
    worth, spares = _worth_a_look(first, slots, alike)
    for k in range(worth.size):
        pulse, spare = worth[k], spares[k]
        if spare == 0 and found < pulses.size:
            pulses[found] = pulse
            found += _only_one(
                rows, first, pulse, slots, rank, momentum, hit, half_inverse_mass, window, energy, found_rows, found
            )
            continue
        for slot in range(width):
            starts[slot], stops[slot] = first[pulse, slots[slot]], first[pulse, slots[slot] + 1]
        now = FULL
        while now == FULL:
            if spare <= FEW:
                now = _try_each(
                    rows, starts, stops, alike, rank, choice, momentum, hit, half_inverse_mass, window, energy, limit,
                    found, found_rows, tries,
                )  # fmt: skip
            else:
                if window < math.inf:
                    _fill_reach(rows, starts, stops, momentum, reach)
                now = _search(
                    rows, starts, stops, reach, sums, choice, momentum, hit, slots, half_inverse_mass, window, energy,
                    limit, found, found_rows, tries,
                )  # fmt: skip
            if now == FULL:
                pulses, found_rows = _doubled(pulses, found_rows)
        if now == CUT:
            cut += 1
            continue
        for m in range(found, now):
            pulses[m] = pulse
        found = now
    return pulses[:found], found_rows[:found], cut, int(tries[0])


@compiled
def _worth_a_look(first: I8, slots: I8, alike: I8) -> tuple[I8, I8]:
    """Pulses with enough ions for every slot, and how many they have to spare, summed over the slots."""
    pulses, spares = np.empty(first.shape[0] + 1, np.int64), np.empty(first.shape[0] + 1, np.int64)
    count = 0
    for pulse in range(first.shape[0]):
        enough, spare = True, 0
        for slot in range(slots.size):
            more = first[pulse, slots[slot] + 1] - first[pulse, slots[slot]] - alike[slot]
            enough &= more >= 0
            spare += more
        pulses[count], spares[count] = pulse, spare  # written whether or not it stays: cheaper than to ask
        count += enough
    return pulses[:count], spares[:count]


@compiled
def _alike(slots: I8) -> tuple[I8, I8]:
    """How many slots (N,) are of the species of each, and how many of them come before it."""
    alike, rank = np.zeros(slots.size, np.int64), np.zeros(slots.size, np.int64)
    for slot in range(slots.size):
        for other in range(slots.size):
            alike[slot] += slots[other] == slots[slot]
            rank[slot] += other < slot and slots[other] == slots[slot]
    return alike, rank


@compiled
def _doubled(pulses: I8, rows: I8) -> tuple[I8, I8]:
    return np.append(pulses, np.empty_like(pulses)), np.concatenate((rows, np.empty_like(rows)))


@compiled
def _only_one(
    rows: I8, first: I8, pulse: int, slots: I8, rank: I8, momentum: F8, hit: I8, half_inverse_mass: F8, window: float,
    energy: float, found_rows: I8, m: int,
) -> bool:  # fmt: skip
    """Write the one combination of a pulse that has no ion to spare; says whether it passes."""
    x = y = z = total = 0.0
    apart = True
    for slot in range(slots.size):
        row = rows[first[pulse, slots[slot]] + rank[slot]]
        found_rows[m, slot] = row
        px, py, pz = momentum[row, 0], momentum[row, 1], momentum[row, 2]
        x, y, z = x + px, y + py, z + pz
        total += (px * px + py * py + pz * pz) * half_inverse_mass[slot]
        for earlier in range(slot):
            apart &= hit[found_rows[m, earlier]] != hit[row]
    return apart and abs(x) <= window and abs(y) <= window and abs(z) <= window and total <= energy


@compiled
def _try_each(  # noqa: C901, PLR0912 - one piece, as `_search`
    rows: I8, starts: I8, stops: I8, alike: I8, rank: I8, choice: I8, momentum: F8, hit: I8, half_inverse_mass: F8,
    window: float, energy: float, limit: int, found: int, found_rows: I8, tries: I8,
) -> int:  # fmt: skip
    """Do what `_search` does by trying every combination: faster where there are few."""
    last, before = choice.size - 1, found
    for slot in range(last):
        choice[slot] = starts[slot] + rank[slot]
    slot = 0
    while slot >= 0:
        x = y = z = total = 0.0
        apart = True
        for slot in range(last):
            row = rows[choice[slot]]
            px, py, pz = momentum[row, 0], momentum[row, 1], momentum[row, 2]
            x, y, z = x + px, y + py, z + pz
            total += (px * px + py * py + pz * pz) * half_inverse_mass[slot]
            for earlier in range(slot):
                apart &= hit[rows[choice[earlier]]] != hit[row]
        tries[0] += 1
        for k in range(starts[last] if rank[last] == 0 else choice[last - 1] + 1, stops[last] if apart else 0):
            row = rows[k]
            px, py, pz = momentum[row, 0], momentum[row, 1], momentum[row, 2]
            fits = abs(x + px) <= window and abs(y + py) <= window and abs(z + pz) <= window
            fits &= total + (px * px + py * py + pz * pz) * half_inverse_mass[last] <= energy
            for earlier in range(last):
                fits &= hit[rows[choice[earlier]]] != hit[row]
            if fits:
                if found - before == limit:
                    return CUT
                if found == found_rows.shape[0]:
                    return FULL
                for earlier in range(last):
                    found_rows[found, earlier] = rows[choice[earlier]]
                found_rows[found, last] = row
                found += 1
        slot = last - 1
        while slot >= 0 and choice[slot] == stops[slot] - alike[slot] + rank[slot]:
            slot -= 1
        if slot >= 0:
            choice[slot] += 1
            for later in range(slot + 1, last):
                choice[later] = starts[later] if rank[later] == 0 else choice[later - 1] + 1
    return found


@compiled
def _fill_reach(rows: I8, starts: I8, stops: I8, momentum: F8, reach: F8) -> None:
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
def _first_below(rows: I8, start: int, stop: int, momentum: F8, ceiling: float) -> int:
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
def _search(  # noqa: C901, PLR0912 - one piece: a call for every row tried would double its time
    rows: I8, starts: I8, stops: I8, reach: F8, sums: F8, choice: I8, momentum: F8, hit: I8, slots: I8,
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

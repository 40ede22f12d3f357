"""The channel finder: every combination of ions of a pulse that can be one molecule, for any channel.

Pulses that hold as many ions of each species have the same ways to choose ions for a channel. Where these are few they
are listed once, and tried in one such pulse after another, without a question whose answer differs from pulse to pulse.
Crowded pulses are searched.
"""

import math
from collections.abc import Iterable

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I4, I8
from onlinecei.coincidence._search import CUT, FULL, fill_reach, search
from onlinecei.coincidence.patterns import Patterns
from onlinecei.compiled import compiled
from onlinecei.ions import Channel
from onlinecei.records import Coincidences, Ions
from onlinecei.setup import Setup

FEW = 6
"""Ions above what a channel needs, summed over its slots, up to which every combination is tried."""
MOST_CHOICES = 2**FEW
"""There are no more of them: six slots with one ion to spare each have so many, and all others fewer."""
TOGETHER = 1024
"""Pulses of one group that are tried before it is asked whether there is room for more."""


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


def find_all(
    ions: Ions,
    wanted: Iterable[tuple[Channel, float | None, float]],
    setup: Setup,
    patterns: Patterns | None = None,
) -> list[Coincidences]:
    """Find the combinations of several channels, each with its largest momentum sum and energy, as `find` does.

    The patterns of the ions are made here where they are not given.
    """
    species = [section.ion for section in setup.ions]
    patterns = patterns or Patterns.of(ions, len(species))
    found = []
    for channel, window_au, ker_max_ev in wanted:
        pulse, row, cut, tries = _found(
            patterns.begin,
            patterns.row,
            patterns.first,
            patterns.pulse,
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
def _found(
    begin: I4, rows: I4, first: I8, pulse: I4, hit: I8, momentum: F8, slots: I8, half_inverse_mass: F8, window: float,
    energy: float, limit: int,
) -> tuple[I8, I8, int, int]:  # fmt: skip
    alike, rank = _alike(slots)
    pulses, found_rows = np.empty(begin.shape[0] + 1, np.int64), np.empty((begin.shape[0] + 1, slots.size), np.int64)
    starts, stops, choice = np.empty_like(slots), np.empty_like(slots), np.empty_like(slots)
    reach, sums = np.zeros((slots.size + 1, 3, 2)), np.zeros((slots.size + 1, 4))
    found = cut = 0
    tries = np.zeros(1, np.int64)
    for group in range(first.size - 1):
        example = begin[pulse[first[group]]]
        spare = _spare(example, slots, alike)
        if spare < 0:
            continue
        if spare <= FEW:
            choices, looks = _choices(example, slots, alike, rank)
            tries[0] += looks * (first[group + 1] - first[group]) if spare else 0
            for k in range(first[group], first[group + 1], TOGETHER):
                some = pulse[k : min(k + TOGETHER, first[group + 1])]
                while pulses.size < found + some.size * choices.shape[0]:
                    pulses, found_rows = _doubled(pulses, found_rows)
                found, more = _try_choices(
                    choices, some, begin, rows, momentum, hit, half_inverse_mass, window, energy, limit, found, pulses,
                    found_rows,
                )  # fmt: skip
                cut += more
            continue
        for k in range(first[group], first[group + 1]):
            for slot in range(slots.size):
                starts[slot], stops[slot] = begin[pulse[k], slots[slot]], begin[pulse[k], slots[slot] + 1]
            if window < math.inf:
                fill_reach(rows, starts, stops, momentum, reach)
            now, looked = FULL, tries[0]
            while now == FULL:
                tries[0] = looked
                now = search(
                    rows, starts, stops, reach, sums, choice, momentum, hit, slots, half_inverse_mass, window, energy,
                    limit, found, found_rows, tries,
                )  # fmt: skip
                if now == FULL:
                    pulses, found_rows = _doubled(pulses, found_rows)
            if now == CUT:
                cut += 1
                continue
            pulses[found:now] = pulse[k]
            found = now
    pulses, found_rows = _by_pulse(pulses[:found], found_rows[:found], begin.shape[0])
    return pulses, found_rows, cut, int(tries[0])


@compiled
def _spare(begin: I4, slots: I8, alike: I8) -> int:
    """How many ions a pulse has to spare, summed over the slots; -1 where it lacks one."""
    spare, enough = 0, True
    for slot in range(slots.size):
        more = begin[slots[slot] + 1] - begin[slots[slot]] - alike[slot]
        enough &= more >= 0
        spare += more
    return spare if enough else -1


@compiled
def _choices(begin: I4, slots: I8, alike: I8, rank: I8) -> tuple[I8, int]:
    """Every choice (C, N) of ions for the slots, as places among the ions of a pulse; the last slot changes fastest.

    Also says how many there are of the slots before the last.
    """
    start, stop = np.empty_like(slots), np.empty_like(slots)
    for slot in range(slots.size):
        start[slot] = begin[slots[slot]] - begin[0] + rank[slot]
        stop[slot] = begin[slots[slot] + 1] - begin[0] - alike[slot] + rank[slot]
    choices, choice = np.empty((MOST_CHOICES, slots.size), np.int64), start.copy()
    count = looks = 0
    slot = last = slots.size - 1
    while slot >= 0:
        looks += slot < last or count == 0
        choices[count] = choice
        count += 1
        slot = last
        while slot >= 0 and choice[slot] == stop[slot]:
            slot -= 1
        if slot >= 0:
            choice[slot] += 1
            for later in range(slot + 1, slots.size):
                choice[later] = start[later] if rank[later] == 0 else choice[later - 1] + 1
    return choices[:count].copy(), looks


@compiled
def _try_choices(
    choices: I8, pulse: I4, begin: I4, rows: I4, momentum: F8, hit: I8, half_inverse_mass: F8, window: float,
    energy: float, limit: int, found: int, pulses: I8, found_rows: I8,
) -> tuple[int, int]:  # fmt: skip
    """Try all choices in each of the pulses, and write those that pass.

    Returns the row after the last, and how many pulses were left out because more choices than the limit pass.
    """
    cut = 0
    for k in range(pulse.size):
        own, before = begin[pulse[k], 0], found
        for m in range(choices.shape[0]):
            x = y = z = total = 0.0
            passes = True
            for slot in range(choices.shape[1]):
                row = rows[own + choices[m, slot]]
                found_rows[found, slot] = row  # written whether or not it stays: cheaper than to ask
                px, py, pz = momentum[row, 0], momentum[row, 1], momentum[row, 2]
                x, y, z = x + px, y + py, z + pz
                total += (px * px + py * py + pz * pz) * half_inverse_mass[slot]
                for earlier in range(slot):
                    passes &= hit[rows[own + choices[m, earlier]]] != hit[row]
            passes &= (abs(x) <= window) & (abs(y) <= window) & (abs(z) <= window) & (total <= energy)
            pulses[found] = pulse[k]
            found += passes
        if found - before > limit:
            cut += 1
            found = before
    return found, cut


@compiled
def _by_pulse(pulse: I8, rows: I8, pulses: int) -> tuple[I8, I8]:
    """Put combinations in the order of their pulses; those of one pulse stand together already."""
    place = np.zeros(pulses + 1, np.int64)
    for m in range(pulse.size):
        place[pulse[m] + 1] += 1
    place = np.cumsum(place)
    ordered, ordered_rows = np.empty_like(pulse), np.empty_like(rows)
    for m in range(pulse.size):
        to = place[pulse[m]]
        place[pulse[m]] += 1
        ordered[to] = pulse[m]
        for slot in range(rows.shape[1]):
            ordered_rows[to, slot] = rows[m, slot]
    return ordered, ordered_rows


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

"""Event mixing: pulses laid on top of each other, and the combinations that no single one of them could have given.

Molecules explode independently of each other, so the ions of a pulse are a cluster Poisson process, and the true
coincidences of N ions are its joint cumulant of order N (Daley and Vere-Jones, An Introduction to the Theory of Point
Processes). With m_b the mean number of combinations, per b pulses on top of each other, that take ions from all of
them, true = m_1 - m_2 / 2 + m_3 / 3 - ...: the series of log(1 + x), which ends with b = N. For two ions this is
AB - A|B, for three ABC - AB|C - AC|B - BC|A + 2 A|B|C, and identical ions need no rule of their own.
"""

import numpy as np

from onlinecei.arrays import F4, F8, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.records import Coincidences, Hits, Ions


def partners(group: I8, energy_uj: F4, sources: int, offset: int) -> I8:
    """Give every pulse those that are laid on top of it.

    Partners are of the same group. Each group is put in a ring in which neighbours have about the same energy, so that
    pulses that are brighter or darker together do not look like a correlation: rising along every second pulse, and
    falling back along the others. Pulses of unknown energy stand in the order given.

    Parameters
    ----------
    group
        (P,) number of the group of each pulse.
    energy_uj
        (P,) NaN where it is not known.
    sources
        How many pulses are laid on top of each other.
    offset
        How far along the ring one is from the next.

    Returns
    -------
    I8
        (P, sources) rows of pulses, the pulse itself first; -1 in groups that are too small for so many.
    """
    chosen = np.full((group.size, sources), -1, dtype=np.int64)
    for number in range(int(group.max(initial=-1)) + 1):
        rows = np.flatnonzero(group == number)
        if (sources - 1) * offset >= rows.size:
            continue
        rising = rows[np.argsort(energy_uj[rows], kind="stable")]
        ring = np.append(rising[::2], rising[1::2][::-1])
        chosen[ring] = np.stack([np.roll(ring, -k * offset) for k in range(sources)], axis=1)
    return chosen


def laid_over(ions: Ions, hits: Hits, members: I8) -> tuple[Ions, I8]:
    """Lay pulses (M, b) on top of each other: the ions as of one pulse each, in time order, and their source (I,)."""
    first, row, source = _laid_over(ions.first_ion, hits.t_ns[ions.hit], members)
    merged = Ions(
        first_ion=first,
        hit=ions.hit[row],
        species=ions.species[row],
        momentum_au=ions.momentum_au[row],
        at_node=0,
    )
    return merged, source


def of_all_sources(found: Coincidences, source: I8, sources: int) -> Coincidences:
    """Choose the combinations that use ions of all pulses that were laid on top of each other."""
    used: Bool = np.ones(found.pulse.size, dtype=np.bool_)
    of_ion = source[found.ion]
    for number in range(sources):
        used &= (of_ion == number).any(axis=1)
    return chosen(found, used)


def chosen(found: Coincidences, used: Bool) -> Coincidences:
    """Choose some of the combinations (M,)."""
    return Coincidences(
        pulse=found.pulse[used],
        ion=found.ion[used],
        ion_momentum_au=found.ion_momentum_au,
        pulses_cut=found.pulses_cut,
        tries=found.tries,
    )


@compiled
def _laid_over(first_ion: I8, t: F8, members: I8) -> tuple[I8, I8, I8]:
    """First ions of the merged pulses, the row that each ion comes from, and the number of its pulse."""
    size = 0
    for m in range(members.shape[0]):
        for k in range(members.shape[1]):
            size += first_ion[members[m, k] + 1] - first_ion[members[m, k]]
    first, row, source = np.zeros(members.shape[0] + 1, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    place, count = np.empty(members.shape[1], np.int64), 0
    for m in range(members.shape[0]):
        for k in range(members.shape[1]):
            place[k] = first_ion[members[m, k]]
        while True:
            earliest = -1
            for k in range(members.shape[1]):
                if place[k] < first_ion[members[m, k] + 1] and (earliest < 0 or t[place[k]] < t[place[earliest]]):
                    earliest = k
            if earliest < 0:
                break
            row[count], source[count] = place[earliest], earliest
            place[earliest] += 1
            count += 1
        first[m + 1] = count
    return first, row, source

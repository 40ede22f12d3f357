"""Counts of tuples of ions in each pulse: the sums from which the cumulants of ion numbers follow without any gate."""

import numpy as np

from onlinecei.arrays import I8, U8
from onlinecei.centroids._ion_tuples import GROUPS, MOST_IONS, ion_tuples
from onlinecei.centroids.layout import Layout
from onlinecei.centroids.pulse_hash import mixed
from onlinecei.compiled import compiled
from onlinecei.records import Batch, Ions


def fill_moments(values: I8, layout: Layout, batch: Batch, ions: Ions) -> None:
    """Count the tuples of distinct hits of every pulse of a batch, empty ones included."""
    tuples = ion_tuples(layout.setup)
    _fill(
        batch.first_pulse, batch.train_id, ions.first_ion, ions.hit, ions.species,
        tuples.upto, tuples.parent, tuples.last, tuples.alike, tuples.without, tuples.times,
        layout.view(values, "pulses_by_group"), layout.view(values, "ion_moments"),
    )  # fmt: skip


@compiled
def _fill(
    first_pulse: U8, train_id: U8, first_ion: I8, hit: I8, species: I8,
    upto: I8, parent: I8, last: I8, alike: I8, without: I8, times: I8, pulses: I8, sums: I8,
) -> None:  # fmt: skip
    count, found = np.zeros(without.shape[1], np.int64), np.zeros(parent.size + 1, np.int64)
    for train in range(train_id.size):
        start_pulse, train_hash = np.int64(first_pulse[train]), mixed(np.uint64(train_id[train]))
        for pulse in range(start_pulse, np.int64(first_pulse[train + 1])):
            place = np.uint64(pulse - start_pulse)
            group = np.int64(mixed(train_hash ^ place) & np.uint64(GROUPS - 1))  # as of `pulse_hash`
            pulses[group] += 1
            start, stop = first_ion[pulse], first_ion[pulse + 1]
            if start == stop:
                continue
            found[0] = 1
            size = upto[min(stop - start, MOST_IONS)]  # larger tuples need more ions than there are
            shared = _count(start, stop, hit, species, count)
            for k in range(size):
                found[k + 1] = found[parent[k]] * (count[last[k]] - alike[k])
            if shared:
                _add_shared_hits(start, stop, hit, species, without, times, size, found)
            for k in range(size):
                sums[group, k] += found[k + 1]


@compiled
def _count(start: int, stop: int, hit: I8, species: I8, count: I8) -> bool:
    """Count the ions of each species, without hits that may be of two; says whether there are such."""
    for kind in range(count.size):
        count[kind] = 0
    shared, before = False, -1
    for row in range(start, stop):
        now = hit[row]
        if now == before or (row + 1 < stop and hit[row + 1] == now):
            shared = True
        else:
            count[species[row]] += 1
        before = now
    return shared


@compiled
def _add_shared_hits(start: int, stop: int, hit: I8, species: I8, without: I8, times: I8, size: int, found: I8) -> None:
    """Add hits that may be of two species: each joins every tuple of the hits before it that lacks one of its species.

    Large tuples come first, so that those they are made from do not hold the new hit yet, which stands in none twice.
    """
    row = start
    while row < stop:
        end = row + 1
        while end < stop and hit[end] == hit[row]:
            end += 1
        if end - row > 1:
            for k in range(size - 1, -1, -1):
                for own in range(row, end):
                    kind = species[own]
                    if times[k, kind] > 0:
                        found[k + 1] += times[k, kind] * found[without[k, kind]]
        row = end

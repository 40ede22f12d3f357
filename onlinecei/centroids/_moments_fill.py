"""Counts of tuples of ions in each pulse: the sums from which the cumulants of ion numbers follow without any gate."""

import numpy as np

from onlinecei.arrays import I4, I8, U8, Bool
from onlinecei.centroids._ion_tuples import GROUPS, MOST_IONS, ion_tuples
from onlinecei.centroids.layout import Layout
from onlinecei.coincidence.patterns import Patterns
from onlinecei.compiled import compiled
from onlinecei.records import Ions


def fill_moments(values: I8, layout: Layout, hashes: U8, ions: Ions, patterns: Patterns) -> None:
    """Count the tuples of distinct hits of every pulse, empty ones included, given the hash of each (P,)."""
    tuples = ion_tuples(layout.setup)
    _fill(
        hashes, patterns.begin, patterns.first, patterns.pulse, patterns.shared, ions.hit, ions.species,
        tuples.upto, tuples.parent, tuples.last, tuples.alike, tuples.without, tuples.times,
        layout.view(values, "pulses_by_group"), layout.view(values, "ion_moments"),
    )  # fmt: skip


@compiled
def _fill(
    hashes: U8, begin: I4, first: I8, pulse: I4, shared: Bool, hit: I8, species: I8,
    upto: I8, parent: I8, last: I8, alike: I8, without: I8, times: I8, pulses: I8, sums: I8,
) -> None:  # fmt: skip
    found = np.ones(parent.size + 1, np.int64)
    for k in range(first.size - 1):
        own = pulse[first[k] : first[k + 1]]
        example = begin[own[0]]
        size = upto[min(example[-1] - example[0], MOST_IONS)]  # larger tuples need more ions than there are
        _count_tuples(size, np.diff(example), parent, last, alike, found)
        _add(own[~shared[own]], hashes, found[1 : size + 1], pulses, sums)
        for one in own[shared[own]]:
            start, stop = begin[one, 0], begin[one, -1]
            _count_tuples(size, _unshared(start, stop, hit, species, times.shape[1]), parent, last, alike, found)
            _add_shared_hits(start, stop, hit, species, without, times, size, found)
            _add(np.array([one], np.int32), hashes, found[1 : size + 1], pulses, sums)


@compiled
def _add(own: I4, hashes: U8, found: I8, pulses: I8, sums: I8) -> None:
    """Add pulses that hold as many tuples of each kind to their groups."""
    number = np.zeros(GROUPS, np.int64)
    for pulse in own:
        number[hashes[pulse] & np.uint64(GROUPS - 1)] += 1
    for group in range(GROUPS):
        if number[group]:
            pulses[group] += number[group]
            for k in range(found.size):
                sums[group, k] += number[group] * found[k]


@compiled
def _count_tuples(size: int, count: I8, parent: I8, last: I8, alike: I8, found: I8) -> None:
    """How many tuples of each kind the ions of each species make."""
    for k in range(size):
        found[k + 1] = found[parent[k]] * (count[last[k]] - alike[k])


@compiled
def _unshared(start: int, stop: int, hit: I8, species: I8, kinds: int) -> I8:
    """How many ions of each species, without hits that may be of two."""
    count, before = np.zeros(kinds, np.int64), -1
    for row in range(start, stop):
        if hit[row] != before and (row + 1 == stop or hit[row + 1] != hit[row]):
            count[species[row]] += 1
        before = hit[row]
    return count


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

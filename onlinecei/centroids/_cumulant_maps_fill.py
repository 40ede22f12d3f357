"""Raw sums of cumulant maps: tuples of different hits, the first two by their flight times and the others as counts."""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids.layout import Layout
from onlinecei.compiled import compiled
from onlinecei.records import Hits, Ions


def fill_cumulant_maps(values: I8, layout: Layout, hits: Hits, ions: Ions) -> None:
    """Count the tuples of a batch for every section ``cumulants`` of the setup."""
    species = [window.ion for window in layout.setup.ions]
    for section in layout.setup.cumulants:
        kinds = np.array([species.index(ion) for ion in section.parsed], dtype=np.int64)
        pieces = [layout.view(values, f"{section.name}:cumulant_{piece}") for piece in ("pairs", "times", "others")]
        _fill(ions.first_ion, ions.hit, ions.species, hits.t_ns, kinds, layout.windows_ns[kinds[:2]], *pieces)


@compiled
def _fill(first_ion: I8, hit: I8, species: I8, t: F8, kinds: I8, windows: F8, pairs: I8, times: I8, others: I8) -> None:
    none = 0
    for pulse in range(first_ion.size - 1):
        none = max(none, first_ion[pulse + 1] - first_ion[pulse])
    inside, place = np.zeros((none + 1, 4), np.int64), np.empty((none, 2), np.int64)
    totals, count = np.empty(3, np.int64), np.zeros(4, np.int64)
    for pulse in range(first_ion.size - 1):
        number = _gather(first_ion[pulse], first_ion[pulse + 1], hit, species, t, kinds, inside, windows, place, pairs)
        _count_all(number, inside, totals)
        _count_without(none, none, totals, inside, count)
        for k in range(others.size):
            others[k] += count[k]
        for a in range(number):
            for slot in range(2):
                if inside[a, slot]:
                    _count_without(a, none, totals, inside, count)
                    for k in range(others.size):
                        times[slot, k, place[a, slot]] += count[k]
            for b in range(number):
                if inside[a, 0] and inside[b, 1] and a != b:
                    _count_without(a, b, totals, inside, count)
                    for k in range(others.size):
                        pairs[k, place[a, 0], place[b, 1]] += count[k]


@compiled
def _gather(
    start: int, stop: int, hit: I8, species: I8, t: F8, kinds: I8, inside: I8, windows: F8, place: I8, pairs: I8
) -> int:
    """Note of every hit of a pulse which ions it may be, and its bins as one of the first two; gives how many hits."""
    number, before = 0, -1
    for row in range(start, stop):
        if hit[row] != before:
            before = hit[row]
            inside[number, :] = 0
            number += 1
        for slot in range(kinds.size):
            if species[row] == kinds[slot]:
                inside[number - 1, slot] = 1
                if slot < 2:
                    low, high, bins = windows[slot, 0], windows[slot, 1], pairs.shape[1]
                    place[number - 1, slot] = min(int((t[hit[row]] - low) * (bins / (high - low))), bins - 1)
    return number


@compiled
def _count_all(number: int, inside: I8, totals: I8) -> None:
    """Hits that may be the third ion, the fourth, and both."""
    totals[:] = 0
    for a in range(number):
        totals[0] += inside[a, 2]
        totals[1] += inside[a, 3]
        totals[2] += inside[a, 2] * inside[a, 3]


@compiled
def _count_without(a: int, b: int, totals: I8, inside: I8, count: I8) -> None:
    """Choices of none of the other ions, of the third, the fourth, and of both, from all hits but two."""
    third = totals[0] - inside[a, 2] - inside[b, 2]
    fourth = totals[1] - inside[a, 3] - inside[b, 3]
    both = totals[2] - inside[a, 2] * inside[a, 3] - inside[b, 2] * inside[b, 3]
    count[0], count[1], count[2], count[3] = 1, third, fourth, third * fourth - both

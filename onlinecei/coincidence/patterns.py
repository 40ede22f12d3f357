"""Pulses by how many ions of each species they hold, their pattern: those alike are worked on one after another.

Patterns come in any order. A processor that meets them as they come guesses wrong, pulse by pulse, how often the next
loop turns; among pulses that are alike it guesses right, and what follows from the pattern is found once for all.
"""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import I4, I8, Bool
from onlinecei.compiled import compiled
from onlinecei.records import Ions

MOST_PATTERNS = 512
"""Patterns that are told apart; a run of few hits a pulse has some dozens, and pulses of many hits gain nothing."""
_SLOT_BITS = 11
"""Four slots for each pattern, so that most are found at the first look."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
"""An odd number near 2^64 over the golden ratio: products with it differ in their first bits (Knuth, TAOCP 6.4)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Patterns:
    """The pulses of a batch in groups of one pattern, and the ions of each by species."""

    begin: I4
    """(P, S + 1) where the ions of each species begin in `row`; the last entry is where those of the pulse end."""
    row: I4
    """(I + 1,) rows of `Ions` by pulse, species and time; the last one is no row."""
    shared: Bool
    """(P,) whether a hit of the pulse may be of two species."""
    first: I8
    """(G + 1,) group g has the pulses `pulse[first[g]:first[g + 1]]`, at least one."""
    pulse: I4
    """(P,) rising within a group."""

    @classmethod
    def of(cls, ions: Ions, kinds: int) -> "Patterns":
        """Sort ions of so many species."""
        begin, row, shared = _by_species(ions.first_ion, ions.hit, ions.species, kinds)
        first, pulse = _by_pattern(begin)
        return cls(begin=begin, row=row, shared=shared, first=first, pulse=pulse)


@compiled
def _by_species(first_ion: I8, hit: I8, species: I8, kinds: int) -> tuple[I4, I4, Bool]:
    """Count the ions of each pulse and species, and put them there; no loop is as short as a pulse."""
    pulses, rows = first_ion.size - 1, species.size
    owner, rank = _owners(first_ion, rows), np.empty(rows, np.int32)
    begin, shared = np.zeros((pulses, kinds + 1), np.int32), np.zeros(pulses, np.bool_)
    for k in range(rows):
        pulse, kind = owner[k], species[k]
        rank[k] = begin[pulse, kind + 1]
        begin[pulse, kind + 1] += 1
        shared[pulse] |= (k > 0) & (hit[k] == hit[k - 1])
    for pulse in range(pulses):
        begin[pulse, 0] = first_ion[pulse]
        for kind in range(kinds):
            begin[pulse, kind + 1] += begin[pulse, kind]
    row = np.empty(rows + 1, np.int32)
    for k in range(rows):
        row[begin[owner[k], species[k]] + rank[k]] = k
    return begin, row, shared


@compiled
def _owners(first: I8, rows: int) -> I4:
    """Pulse of each row, given where the rows of each pulse begin (P + 1,)."""
    owner = np.zeros(rows + 1, np.int32)
    for pulse in range(1, first.size - 1):
        owner[first[pulse]] += 1
    for row in range(1, rows):
        owner[row] += owner[row - 1]
    return owner[:rows]


@compiled
def _by_pattern(begin: I4) -> tuple[I8, I4]:
    """Groups of pulses; one that comes when all patterns are taken is a group by itself."""
    pulses = begin.shape[0]
    known, group = np.full(1 << _SLOT_BITS, -1, np.int32), np.empty(pulses, np.int32)
    size = np.zeros(pulses + 1, np.int64)
    example = np.empty(pulses, np.int64)
    patterns = groups = 0
    for pulse in range(pulses):
        slot = _slot(begin, pulse)
        while known[slot] >= 0 and not _same(begin, pulse, example[known[slot]]):
            slot = (slot + 1) & ((1 << _SLOT_BITS) - 1)
        if known[slot] < 0:
            example[groups] = pulse
            group[pulse] = groups
            if patterns < MOST_PATTERNS:
                known[slot] = groups
                patterns += 1
            groups += 1
        else:
            group[pulse] = known[slot]
        size[group[pulse] + 1] += 1
    first = np.cumsum(size[: groups + 1])
    place, ordered = first.copy(), np.empty(pulses, np.int32)
    for pulse in range(pulses):
        ordered[place[group[pulse]]] = pulse
        place[group[pulse]] += 1
    return first, ordered


@compiled
def _slot(begin: I4, pulse: int) -> int:
    number = np.uint64(0)
    for kind in range(begin.shape[1] - 1):
        number = (number + np.uint64(begin[pulse, kind + 1] - begin[pulse, kind])) * _SPREAD
    return int(np.int64(number >> np.uint64(64 - _SLOT_BITS)))


@compiled
def _same(begin: I4, pulse: int, other: int) -> bool:
    """Whether two pulses hold as many ions of every species."""
    apart = begin[pulse, 0] - begin[other, 0]
    same = True
    for kind in range(1, begin.shape[1]):
        same &= begin[pulse, kind] - begin[other, kind] == apart
    return same

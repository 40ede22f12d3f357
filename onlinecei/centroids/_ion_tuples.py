"""Which tuples of ions are counted in each pulse, and how each is made from smaller ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from onlinecei.arrays import I8
from onlinecei.ions import Channel, Ion
from onlinecei.setup import Setup

MOST_IONS = 4
"""Largest tuples that are counted."""
GROUPS = 64
"""Pulses are parted by the last bits of their hash into so many groups, whose spread is the error of every average."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IonTuples:
    """All multisets of up to four ions that are part of a channel of the setup, and how each comes from smaller ones.

    Smaller ones stand first, those of one size in the order of the setup's list of ions.
    """

    ions: tuple[tuple[Ion, ...], ...]
    """(K,) ions of each."""
    row: Mapping[tuple[Ion, ...], int]
    """Its place, for ions in the order of the setup."""
    upto: I8
    """(5,) how many have no more than 0 to 4 ions."""
    parent: I8
    """(K,) number of the multiset without its last ion, counted from 1; 0: nothing is left."""
    last: I8
    """(K,) species of the last ion."""
    alike: I8
    """(K,) how many ions before the last are of its species."""
    without: I8
    """(K, S) number of the multiset without one ion of a species, counted from 1; -1: it has none."""
    times: I8
    """(K, S) how many ions of each species."""


@lru_cache(maxsize=8)
def ion_tuples(setup: Setup) -> IonTuples:
    """Name the tuples that are counted for a setup."""
    species = [section.ion for section in setup.ions]
    chosen = {part for section in setup.channels for part in _parts(section.channel, species)}
    rows = sorted(chosen, key=lambda part: (len(part), part))
    number = {(): 0} | {part: k + 1 for k, part in enumerate(rows)}
    without = np.full((len(rows), len(species)), -1, dtype=np.int64)
    for k, part in enumerate(rows):
        for place, kind in enumerate(part):
            without[k, kind] = number[part[:place] + part[place + 1 :]]
    named = tuple(tuple(species[kind] for kind in part) for part in rows)
    return IonTuples(
        ions=named,
        row={ions: k for k, ions in enumerate(named)},
        upto=np.array([sum(len(part) <= size for part in rows) for size in range(MOST_IONS + 1)], dtype=np.int64),
        parent=np.array([number[part[:-1]] for part in rows], dtype=np.int64),
        last=np.array([part[-1] for part in rows], dtype=np.int64),
        alike=np.array([part.count(part[-1]) - 1 for part in rows], dtype=np.int64),
        without=without,
        times=np.array([[part.count(kind) for kind in range(len(species))] for part in rows], dtype=np.int64).reshape(
            len(rows), len(species)
        ),
    )


def _parts(channel: Channel, species: list[Ion]) -> set[tuple[int, ...]]:
    """Multisets of up to four ions of a channel, as rising numbers of species."""
    ions = sorted(species.index(ion) for ion in channel.ions)
    return {part for size in range(1, MOST_IONS + 1) for part in combinations(ions, size)}

"""Which ion came from which site: the sum over all ways to hand identical ions to identical sites.

The ways are not listed. A table over the sets of sites that are taken gives their weighted sum and the share of every
pair of ion and site in it exactly, in a time that grows as ``k 2^n`` for k ions and n sites.
"""

import math

import numpy as np

from onlinecei.arrays import F8
from onlinecei.compiled import compiled

MAX_ALIKE = 8
"""Identical sites of a molecule that the table is laid out for (256 sets)."""


def _chances() -> F8:
    """Probability of an assignment that takes a set of N sites, (N, set): one over the ways to hand out so many."""
    used = np.array([taken.bit_count() for taken in range(1 << MAX_ALIKE)])
    ways = [[math.perm(sites, min(k, sites)) for k in used.tolist()] for sites in range(MAX_ALIKE + 1)]
    return 1.0 / np.array(ways, dtype=np.float64)


_CHANCE = _chances()


@compiled
def match(
    first: int, ions: int, sites: int, mode: int, weight: F8, stray: F8, ahead: F8, behind: F8, share: F8
) -> float:  # fmt: skip
    """Average the weights of all assignments of ions to sites in which no site is used twice.

    Every set of sites that the ions can have come from is equally likely, and so is every order within it.

    Parameters
    ----------
    first, ions, sites
        Rows first to first + ions (K) and the columns up to sites (N) are the ones that count.
    weight
        (>= K, >= N) of ion k on site n.
    stray
        (>= K,) of ion k having come from elsewhere.
    ahead, behind
        (>= K + 1, >= 2^N) room to work in.
    mode, share
        ``share[mode]`` (>= K, >= N) is written: probability that ion k came from site n.

    Returns
    -------
    float
        The average, zero where it is too small for a number.
    """
    total = _fill_ahead(first, ions, sites, weight, stray, ahead, behind)
    if total > 0.0:
        _fill_share(first, ions, sites, mode, total, weight, stray, ahead, behind, share)
    return total


@compiled
def _fill_ahead(first: int, ions: int, sites: int, weight: F8, stray: F8, ahead: F8, behind: F8) -> float:
    """Sum over the first ions for every set of sites that they take; returns the sum over all of them."""
    sets = 1 << sites
    for i in range(ions + 1):
        for taken in range(sets):
            ahead[i, taken] = 0.0
    ahead[0, 0] = 1.0
    for i in range(ions):
        for taken in range(sets):
            value = ahead[i, taken]
            if value > 0.0:
                ahead[i + 1, taken] += value * stray[first + i]
                for n in range(sites):
                    if not taken >> n & 1:
                        ahead[i + 1, taken | 1 << n] += value * weight[first + i, n]
    total = 0.0
    for taken in range(sets):
        behind[ions, taken] = _CHANCE[sites, taken]
        total += ahead[ions, taken] * _CHANCE[sites, taken]
    return total


@compiled
def _fill_share(
    first: int, ions: int, sites: int, mode: int, total: float, weight: F8, stray: F8, ahead: F8, behind: F8, share: F8
) -> None:  # fmt: skip
    """Go back from the last ion to the first, and so give the share of every pair."""
    sets = 1 << sites
    for i in range(ions - 1, -1, -1):
        for n in range(sites):
            share[mode, first + i, n] = 0.0
        for taken in range(sets):
            before = ahead[i, taken] / total
            if not before > 0.0:
                behind[i, taken] = 0.0
                continue
            rest = behind[i + 1, taken] * stray[first + i]
            for n in range(sites):
                if not taken >> n & 1:
                    part = weight[first + i, n] * behind[i + 1, taken | 1 << n]
                    rest += part
                    share[mode, first + i, n] += before * part
            behind[i, taken] = rest

"""Maps of third and fourth cumulants over the flight times of two ions: which pairs come with the others."""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids._axes import Axis
from onlinecei.centroids.cumulants import partitions
from onlinecei.centroids.layout import Layout
from onlinecei.ions import Ion
from onlinecei.records import Delta
from onlinecei.setup import CumulantSection, Setup


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulantMap:
    """Three or four ions per pulse that one molecule made, by the flight times of the first two."""

    ions: tuple[Ion, ...]
    """In the order of the setup."""
    axes: tuple[Axis, Axis]
    """Flight times of the first and the second ion, within their windows."""
    pulses: int
    """Averaged over, empty ones included."""
    values: F8
    """(B, B) per pulse, identical ions in every order: the map of O+, H+, H+ holds each molecule twice. NaN without
    pulses."""
    errors: F8
    """(B, B) standard errors, of leading order."""

    @property
    def name(self) -> str:
        """Such as ``O+/H+/H+``."""
        return "/".join(ion.name for ion in self.ions)


def cumulant_maps(total: Delta, setup: Setup) -> tuple[CumulantMap, ...]:
    """Third and fourth cumulants for every section ``cumulants`` of the setup.

    They are those of `ion_cumulants`, with the numbers of the first two ions counted bin by bin; added up over the map
    they are the same.

    Notes
    -----
    The variance is the number of tuples per pulse over the pulses, which a rare tuple that comes on its own has. Where
    there are fewer than chance makes, it is the number that chance makes, so that no bin is sure without a count. Twice
    that stands where identical ions make each tuple count twice in one bin: on the diagonal of two identical ions, and
    where the third and the fourth ion are identical. What is left out is more than Poisson fluctuation: with a molecule
    in every other pulse the errors are a third too small. In bins of less than one tuple they are too large.
    """
    layout = Layout.of(setup)
    return tuple(_map(section, layout, total) for section in setup.cumulants)


def _map(section: CumulantSection, layout: Layout, total: Delta) -> CumulantMap:
    pairs, times, others = (layout.view(total.values, f"{section.name}:cumulant_{name}") for name in _PIECES)
    pulses, size = int(others[0]), len(section.parsed)
    if not pulses:
        values = errors = np.full(pairs.shape[1:], np.nan)
    else:
        mean = _Means(pairs=pairs / pulses, times=times / pulses, others=others / pulses)
        values = sum((_term(blocks, mean) for blocks in partitions(size)), start=np.zeros(pairs.shape[1:]))
        errors = np.sqrt(_variance(section, mean) / pulses)
    first, second = layout.blocks[f"{section.name}:cumulant_pairs"].axes
    return CumulantMap(ions=section.parsed, axes=(first, second), pulses=pulses, values=values, errors=errors)


_PIECES = ("pairs", "times", "others")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Means:
    """Averages over pulses; the row of each is the set of the other ions: none, third, fourth, both."""

    pairs: F8
    times: F8
    others: F8

    def of(self, block: tuple[int, ...]) -> F8:
        """Average of the tuples of some of the ions, as it stands in the map."""
        row = sum(1 << (ion - 2) for ion in block if ion >= 2)
        if 0 in block:
            return np.asarray(self.pairs[row] if 1 in block else self.times[0, row][:, None])
        return np.asarray(self.times[1, row][None, :] if 1 in block else self.others[row])


def _term(blocks: list[tuple[int, ...]], mean: _Means) -> F8:
    sign = (-1) ** (len(blocks) - 1) * math.factorial(len(blocks) - 1)
    return np.asarray(sign * math.prod(mean.of(block) for block in blocks))


def _variance(section: CumulantSection, mean: _Means) -> F8:
    ions = section.parsed
    chance = math.prod(mean.of((ion,)) for ion in range(len(ions)))
    variance = np.maximum(mean.pairs[-1], chance)
    if ions[0] == ions[1]:
        variance[np.diag_indices_from(variance)] *= 2
    return np.asarray(variance * (2 if ions[2:] == (ions[-1], ions[-1]) else 1))

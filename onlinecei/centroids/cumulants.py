"""How many ions of a pulse are from one molecule, without any gate: joint cumulants of the numbers of ions.

Molecules explode one by one, independent of each other. The N-th joint factorial cumulant of the numbers of ions of a
pulse is then the mean number of N-tuples of ions that one molecule made (a cluster Poisson process; Daley and
Vere-Jones, An Introduction to the Theory of Point Processes, chapter 5).
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._ion_tuples import ion_tuples
from onlinecei.centroids.layout import Layout
from onlinecei.ions import Ion
from onlinecei.records import Delta
from onlinecei.setup import ChannelSection, Setup

_Block = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IonCumulant:
    """Combinations of some ions per pulse, and how many of them are true coincidences."""

    ions: tuple[Ion, ...]
    """One to four, in the order of the setup's list of ions."""
    pulses: int
    """All that were analysed, empty ones included."""
    combinations_per_pulse: float
    """Mean number of combinations, identical ions taken unordered; NaN without pulses."""
    true_per_pulse: float
    """The joint cumulant: what of them one molecule made. Of a single ion it is the mean number."""
    error_per_pulse: float
    """Standard error of `true_per_pulse`; NaN where fewer than two groups of pulses are filled."""

    @property
    def name(self) -> str:
        """Such as ``O+/H+/H+``."""
        return "/".join(ion.name for ion in self.ions)


def ion_cumulants(total: Delta, setup: Setup, section: ChannelSection | None = None) -> tuple[IonCumulant, ...]:
    """Joint cumulants of the numbers of ions, without a gate.

    C2 = <AB> - <A><B>; C3 = <ABC> - <AB><C> - <AC><B> - <BC><A> + 2 <A><B><C>; the fourth has the products of two pairs
    and of a pair and two means as well. Averages are over all pulses, and count tuples of different hits, so that
    identical ions and overlapping windows need no correction.

    Parameters
    ----------
    total
        Sums of all that was analysed.
    section
        Channel whose ions and parts are asked for; omitted: all parts of all channels.

    Returns
    -------
    tuple[IonCumulant, ...]
        Of every combination of up to four of the ions, small ones first.

    Notes
    -----
    The errors are those of first order in the averages (delta method), with the covariance of the averages from 64
    groups of pulses: 9 % uncertain, and blind to what all pulses of a train share. Pulses of fluctuating energy
    have cumulants without any molecule that breaks up; a detector that loses hits close to others has negative ones.
    """
    layout, tuples = Layout.of(setup), ion_tuples(setup)
    pulses, sums = layout.view(total.values, "pulses_by_group"), layout.view(total.values, "ion_moments")
    asked = None if section is None else Counter(section.channel.ions)
    return tuple(
        _cumulant(ions, tuples.row, pulses, sums) for ions in tuples.ions if asked is None or Counter(ions) <= asked
    )


def _cumulant(ions: tuple[Ion, ...], row: Mapping[tuple[Ion, ...], int], pulses: I8, sums: I8) -> IonCumulant:
    number, alike = int(pulses.sum()), math.prod(math.factorial(count) for count in Counter(ions).values())
    mean = sums.sum(axis=0) / np.float64(number) if number else np.full(sums.shape[1], np.nan)
    value, slope = _value_and_slope(ions, row, mean)
    return IonCumulant(
        ions=ions,
        pulses=number,
        combinations_per_pulse=float(mean[row[ions]]) / alike,
        true_per_pulse=value / alike,
        error_per_pulse=_error(slope, mean, pulses, sums) / alike,
    )


def _value_and_slope(ions: tuple[Ion, ...], row: Mapping[tuple[Ion, ...], int], mean: F8) -> tuple[float, F8]:
    """Sum over the partitions of the ions into blocks: (-1)^(b-1) (b-1)! times the product of the blocks' averages."""
    value, slope = 0.0, np.zeros(mean.size)
    for blocks in partitions(len(ions)):
        sign = (-1) ** (len(blocks) - 1) * math.factorial(len(blocks) - 1)
        rows = [row[tuple(ions[place] for place in block)] for block in blocks]
        value += sign * float(np.prod(mean[rows]))
        for k, own in enumerate(rows):
            slope[own] += sign * float(np.prod(mean[rows[:k] + rows[k + 1 :]]))
    return value, slope


def _error(slope: F8, mean: F8, pulses: I8, sums: I8) -> float:
    filled = int(np.count_nonzero(pulses))
    if filled < 2:
        return math.nan
    apart = (sums - np.outer(pulses, mean)) @ slope
    return float(np.sqrt(filled / (filled - 1) * np.sum(apart**2)) / pulses.sum())


def partitions(size: int) -> Iterator[list[_Block]]:
    """Give all ways to part the numbers below `size` into blocks, each block rising."""
    if size == 0:
        yield []
        return
    for blocks in partitions(size - 1):
        yield [*blocks, (size - 1,)]
        for k, block in enumerate(blocks):
            yield [*blocks[:k], (*block, size - 1), *blocks[k + 1 :]]

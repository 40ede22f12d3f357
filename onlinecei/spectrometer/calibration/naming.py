"""Which peak is which ion: the two numbers of ``t = C sqrt(m/q) + t0`` under which the hits are likeliest.

No peaks are picked. The hits are taken as a mixture of all ions that the molecule may give, at every pair of C and t0
around those of the setup; a wrong pair leaves peaks without an ion, or off the middle of theirs. Since the size of
the momenta is known across the flight too, even two peaks alone have one naming only.
"""

from dataclasses import dataclass

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.spectrometer.calibration.mixture import maximise
from onlinecei.spectrometer.calibration.model import FIELD, STRETCH, T0, Fixed
from onlinecei.spectrometer.calibration.readings import Kinds, Sample, read
from onlinecei.spectrometer.calibration.refine import refine

T0_STEPS_NS: F8 = np.arange(-60.0, 61.0, 6.0)
SLOPE_STEPS: F8 = np.arange(-0.06, 0.0601, 0.0075)
"""How far around the setup is looked: cables are known better than 60 ns, voltages and lengths than six per cent of
the flight time (twelve of the field). Steps are those in which the likelihood of narrow peaks still slopes upward."""
SCAN_HITS, CLIMB_HITS = 1500, 5000
SCAN_BINS, SCAN_TURNS = 32, 5
CLIMBS = 4
"""Maxima of the scan that are followed up."""
CLIMB_ROUNDS = 12
PEAK_HITS, PEAK_NS = 20_000, 5.0
"""Hits and bins in which peaks without a name are looked for."""
SAME = 0.03
"""Two maxima name the peaks alike when no more than this share of the ions changes its name."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Naming:
    """A way to name the peaks."""

    parameters: F8
    """(7,)"""
    log_likelihood: float
    hits: F8
    """(K,) of each ion, in the sample that was looked at."""
    looked_at: int
    """Hits of that sample."""


def name_peaks(sample: Sample, kinds: Kinds, start: F8, fixed: Fixed) -> list[Naming]:
    """Find the ways to name the peaks, the likeliest first.

    Parameters
    ----------
    sample
        The hits.
    kinds
        What they may be.
    start
        (7,) parameters of the setup, with centre and jet as `spots` gives them.
    fixed
        What is given.

    Returns
    -------
    list[Naming]
        One or more, each a maximum of the likelihood of the same hits.
    """
    few, more = thinned(sample, SCAN_HITS), thinned(sample, CLIMB_HITS)
    peaks = _peaks(_scan(few, kinds, start, fixed))
    free = np.ones(start.size, dtype=np.bool_)
    free[STRETCH] = False
    found: list[Naming] = []
    for row, column in peaks:
        climbed = refine(more, kinds, _moved(start, row, column), fixed, free, rounds=CLIMB_ROUNDS)
        found.append(
            Naming(
                parameters=climbed.parameters,
                log_likelihood=climbed.mixture.log_likelihood,
                hits=climbed.mixture.hits,
                looked_at=more.t.size,
            )
        )
    found.sort(key=lambda naming: -naming.log_likelihood)
    return [each for k, each in enumerate(found) if all(_differs(each.hits, other.hits) for other in found[:k])]


def thinned(sample: Sample, hits: int) -> Sample:
    """Every so many hits, so that about the wanted number is left."""
    rows = slice(None, None, max(sample.t.size // hits, 1))
    return Sample(
        x=sample.x[rows].copy(), y=sample.y[rows].copy(), t=sample.t[rows].copy(), background=sample.background
    )


def _moved(start: F8, row: int, column: int) -> F8:
    moved = start.copy()
    moved[T0] += T0_STEPS_NS[row] * units.NANOSECOND
    moved[FIELD] -= 2.0 * SLOPE_STEPS[column]
    return moved


def _scan(sample: Sample, kinds: Kinds, start: F8, fixed: Fixed) -> F8:
    """Likelihood of the hits at every pair of t0 and C."""
    rows = [
        [_likelihood(sample, kinds, _moved(start, row, column), fixed) for column in range(SLOPE_STEPS.size)]
        for row in range(T0_STEPS_NS.size)
    ]
    return np.array(rows)


def _likelihood(sample: Sample, kinds: Kinds, parameters: F8, fixed: Fixed) -> float:
    readings = read(sample, kinds, parameters, fixed)
    return maximise(readings, kinds, sample, SCAN_BINS, SCAN_TURNS).log_likelihood


def _peaks(height: F8) -> list[tuple[int, int]]:
    """Places not lower than any neighbour, highest first."""
    padded = np.pad(height, 1, constant_values=-np.inf)
    around = [
        padded[1 + i : 1 + i + height.shape[0], 1 + j : 1 + j + height.shape[1]]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if i or j
    ]
    rows = np.argwhere(np.all([height >= other for other in around], axis=0))
    ordered = sorted(rows.tolist(), key=lambda place: -float(height[place[0], place[1]]))
    return [(int(row), int(column)) for row, column in ordered[:CLIMBS]]


def _differs(one: F8, other: F8) -> bool:
    return bool(np.abs(one - other).sum() > 2 * SAME * max(float(one.sum()), 1.0))


def unnamed_share(sample: Sample, kinds: Kinds, parameters: F8, fixed: Fixed) -> float:
    """Share of the ions that stand in peaks of the background of the mixture: that no kind explains."""
    some = thinned(sample, PEAK_HITS)
    readings = read(some, kinds, parameters, fixed)
    mixture = maximise(readings, kinds, some, SCAN_BINS, 4 * SCAN_TURNS)
    named = np.bincount(np.repeat(np.arange(some.t.size), np.diff(readings.first)), mixture.share, some.t.size)
    counts = np.bincount((some.t / (PEAK_NS * units.NANOSECOND)).astype(np.int64), 1.0 - named)
    even = float(np.median(counts))
    excess = counts - even - 4.0 * np.sqrt(even + 1.0)
    unnamed = float(np.maximum(excess, 0.0).sum())
    return unnamed / max(unnamed + float(mixture.hits.sum()), 1.0)

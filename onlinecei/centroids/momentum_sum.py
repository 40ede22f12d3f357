"""The peak of true coincidences in the momentum sum: where it stands and how wide it is.

Momentum is conserved, so the peak stands at zero and is as wide as the resolution. Where it stands elsewhere, the
calibration is not that of the data.
"""

import math
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8

AXES = "xyz"
"""Components of the momentum sum, in order."""
REACH = 2.5
"""Half of the interval that mean and width are taken from, in widths: the tails hold background."""
_INSIDE = 1 - 2 * REACH * math.exp(-REACH * REACH / 2) / math.sqrt(2 * math.pi) / math.erf(REACH / math.sqrt(2))
"""Variance of a normal distribution cut off at `REACH`, over that of the whole."""
ROUNDS, SETTLED = 50, 1e-3
"""Most rounds, and the change in bins below which they end; a peak narrower than its start grows by half a round."""
FEWEST = 50
SURE = 8.0
"""Events in the peak at least: so many in all, and so many standard deviations of what is counted there."""
DRIFTED_WIDTHS, DRIFTED_ERRORS = 0.3, 5.0
"""An offset of more widths and of more errors than these means another calibration: one of 0.3 widths makes the peak
5 % wider, and is seen in a few hundred events."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SumPeak:
    """One component of the momentum sum of true coincidences."""

    axis: str
    offset_au: float
    """Mean of the peak."""
    error_au: float
    """Standard error of the mean."""
    width_au: float
    """Standard deviation of the peak."""
    events: float
    """In the peak, less the background under it."""

    @property
    def drifted(self) -> bool:
        """Whether the offset is too large for the calibration in use."""
        return abs(self.offset_au) > max(DRIFTED_WIDTHS * self.width_au, DRIFTED_ERRORS * self.error_au)


def sum_peaks(counts: I8, edges: F8) -> tuple[SumPeak, ...]:
    """Find the peak of each component.

    The background is taken from the outer sixths of the histogram, and runs straight under the peak. Mean and width
    are those of the rest within `REACH` widths, again and again until they stay.

    Parameters
    ----------
    counts
        (3, B) combinations, as the block ``CHANNEL:momentum_sum`` holds them.
    edges
        (B + 1,) in a.u., evenly spaced.

    Returns
    -------
    tuple[SumPeak, ...]
        Of the components x, y and z that have a peak.
    """
    found = (_peak(axis, row.astype(np.float64), edges) for axis, row in zip(AXES, counts, strict=True))
    return tuple(peak for peak in found if peak is not None)


def _peak(axis: str, counts: F8, edges: F8) -> SumPeak | None:
    place = (edges[1:] + edges[:-1]) / 2
    rest, bin_width = counts - _background(counts, place), float(edges[1] - edges[0])
    mean, width = float(place[np.convolve(rest, np.ones(5), mode="same").argmax()]), bin_width
    for _ in range(ROUNDS):
        near = np.abs(place - mean) <= REACH * width
        events = rest[near].sum()
        if events < max(FEWEST, SURE * math.sqrt(counts[near].sum())):
            return None
        before = mean, width
        mean = float((rest[near] * place[near]).sum() / events)
        variance = float((rest[near] * (place[near] - mean) ** 2).sum() / events) / _INSIDE
        width = math.sqrt(max(variance, (bin_width / 2) ** 2))
        if max(abs(mean - before[0]), abs(width - before[1])) <= SETTLED * bin_width:
            break
    error = math.sqrt(float((counts[near] * (place[near] - mean) ** 2).sum())) / (events * _INSIDE)
    return SumPeak(axis=axis, offset_au=mean, error_au=float(error), width_au=width, events=float(events))


def _background(counts: F8, place: F8) -> F8:
    """Straight line through the means of the outer sixths of the histogram."""
    sixth = counts.size // 6
    low, high = counts[:sixth].mean(), counts[-sixth:].mean()
    start, stop = place[:sixth].mean(), place[-sixth:].mean()
    line: F8 = low + (high - low) * (place - start) / (stop - start)
    return line

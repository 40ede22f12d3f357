"""Time-sum peaks of pairs of channels: where they are and how much stands above the background."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.detector.calibration._pairs import sum_counts
from onlinecei.detector.calibration._signals import Signals
from onlinecei.setup import DelayLinesSection, Setup

SEARCH_NS = (150.0, 800.0)
"""How far about the setup's time sums peaks are looked for; the second only where the first finds none."""
BINS_PER_NS = 2.0
CORE_NS, SIDE_NS = 1.5, (6.0, 12.0)
"""A peak is what stands in the core above the mean of both sides: a wrong pair of channels, smeared over tens of ns,
does not."""
SIGNIFICANT, FEWEST = 6.0, 25
"""A peak has so many standard deviations and signals above the background; four thousand bins give five by chance
once in a thousand runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """Time-sum peak of a pair of channels."""

    pair: tuple[int, int]
    centre_ns: float
    excess: float
    """Time sums above the background; 0 without a peak."""

    @property
    def found(self) -> bool:
        """Whether there is one."""
        return self.excess > 0


def reach_ns(setup: Setup, lines: DelayLinesSection) -> float:
    """Half the difference of two signals from the end of a wire, with room for wrong scales and unequal cables."""
    return 1.3 * setup.detector.radius_mm / min(lines.mm_per_ns) + 10.0


def time_sums(
    signals: Signals, plate: int, pairs: list[tuple[int, int]], setup: Setup, lines: DelayLinesSection
) -> list[Peak]:
    """Look for the time-sum peak of each pair of channels, relative to the channel `plate`."""
    middle, reach = float(np.mean(lines.time_sum_ns)), reach_ns(setup, lines)
    found: list[Peak] = []
    for search in SEARCH_NS:
        low, bins = middle - search, int(2 * search * BINS_PER_NS)
        one, two = np.array(pairs, dtype=np.int64).reshape(-1, 2).T.copy()
        counts = sum_counts(signals.first, signals.t_ns, plate, one, two, low, bins, BINS_PER_NS, reach)
        found = [_peak(pair, row, low) for pair, row in zip(pairs, counts, strict=True)]
        if any(peak.found for peak in found):
            break
    return found


def _peak(pair: tuple[int, int], counts: I8, low: float) -> Peak:
    core, sides, share = _masks()
    inside, outside = (np.convolve(counts, mask, "valid") for mask in (core, sides))
    excess = inside - share * outside
    height = excess / np.sqrt(inside + share**2 * outside + 1.0)
    best = int(np.argmax(np.where(excess >= FEWEST, height, -np.inf)))
    found = excess[best] >= FEWEST and height[best] > SIGNIFICANT
    around = slice(best + core.size // 2 - 6, best + core.size // 2 + 7)
    places = low + (np.arange(counts.size)[around] + 0.5) / BINS_PER_NS
    above = np.maximum(counts[around] - outside[best] / sides.sum(), 0.0) + 1e-9
    return Peak(pair=pair, centre_ns=float(np.average(places, weights=above)), excess=float(excess[best] * found))


def _masks() -> tuple[F8, F8, float]:
    """Bins of the core and of the sides, and the share of the sides that lies under the core."""
    half = int(SIDE_NS[1] * BINS_PER_NS)
    distance = np.abs(np.arange(-half, half + 1)) / BINS_PER_NS
    core, sides = distance <= CORE_NS, distance >= SIDE_NS[0]
    return core.astype(np.float64), sides.astype(np.float64), float(core.sum() / sides.sum())

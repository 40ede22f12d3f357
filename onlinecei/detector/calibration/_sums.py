"""The time sum of one layer: its value in the middle, how it changes across the wires, its width."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, Bool
from onlinecei.detector.calibration._mixture import Fit, fit_line
from onlinecei.detector.calibration._pairs import pairs_near
from onlinecei.detector.calibration._peaks import Peak
from onlinecei.detector.calibration._signals import Signals

GATE_NS = 12.0
"""About the peak: what a change of the time sum across the wires may span, and a background beside it."""
CLOSE_NS, START_NS = 6.0, 0.6
"""Gate and width about a first line through the peaks of slices."""
SIGMAS, NARROWEST_NS = 10.0, 1.5
"""Gate of the final fit, in widths: the background about the peak is even over a short range only."""
SLICES, BINS_PER_NS, FEWEST = 12, 4, 5.0
"""Slices across the wires, bins of their time sums, standard deviations of a peak above the background."""
MOST_PAIRS = 150_000
"""More would only cost time."""
UNIT_NS = 50.0
"""Half differences are fitted in units of this, so that all numbers of a fit are alike."""
SIGNIFICANT, VISIBLE, SPREAD_NS = 4.0, 0.05, 8.0
"""A slope or curvature of fewer standard errors is left out, and one that changes the time sum by less than this share
of its width; hits that lie closer together cannot tell."""
BLOCKS = 8
"""Parts of the run that are compared."""
CHANCE = 3.0
"""Mean square of eight distances over their errors: by chance once in five hundred runs."""
UNKNOWN = 0.015
"""Error of the time sum that is always added, over its width: what a background that is not quite even, because of
the dead time, makes of it with tens of hits in a pulse."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LayerSum:
    """Time sum of a layer: ``values[0] + values[1] d + values[2] d^2`` with d half the difference in ns."""

    values: F8
    """(3,) in ns, 1, 1/ns; 0 where not significant."""
    errors: F8
    """(3,) standard errors; the first with what changes in the course of the run."""
    sigma_ns: float
    pairs: float
    """How many pairs of signals the peak holds."""
    half_ns: F8
    """(N,) half differences of the pairs about the peak, background included."""
    sum_ns: F8
    """(N,) their time sums."""
    drift_ns: F8
    """(B,) mean distance from the fit in each part of the run; empty where there are too few."""
    drift_error_ns: F8

    @property
    def drifts(self) -> bool:
        """Whether the parts of the run differ by more than chance explains."""
        return _more_than_chance(self.drift_ns, self.drift_error_ns)


def layer_sum(signals: Signals, plate: int, a: int, b: int, peak: Peak, reach: float) -> LayerSum:
    """Fit the time sum of the layer with the ends `a` and `b`."""
    found = pairs_near(signals.first, signals.t_ns, plate, a, b, peak.centre_ns, GATE_NS, reach)
    pulse, half, total = found[:, :: 1 + found.shape[1] // MOST_PAIRS]
    powers = np.vander(half / UNIT_NS, 3, increasing=True)
    above = total - peak.centre_ns
    fit, values, _, _ = _fitted(above, powers, _first_line(half, above), CLOSE_NS, START_NS)
    gate = min(CLOSE_NS, max(NARROWEST_NS, SIGMAS * fit.sigma))
    fit, values, errors, close = _fitted(above, powers, values, gate, fit.sigma)
    drift, drift_error = _drift(pulse[close], (above - powers @ values)[close], fit, signals.pulses)
    errors[0] = np.hypot(_with_drift(errors[0], drift, drift_error), UNKNOWN * fit.sigma)
    unit = UNIT_NS ** np.arange(3)
    return LayerSum(
        values=values / unit + np.array([peak.centre_ns, 0.0, 0.0]),
        errors=errors / unit,
        sigma_ns=fit.sigma,
        pairs=fit.points,
        half_ns=half,
        sum_ns=total,
        drift_ns=drift,
        drift_error_ns=drift_error,
    )


def _first_line(half: F8, above: F8) -> F8:
    """Parabola (3,) through the peaks of slices across the wires; a constant where too few slices have one."""
    edges = np.unique(np.quantile(half, np.linspace(0, 1, SLICES + 1)))
    peaks = [_peak(above[(half >= low) & (half <= high)]) for low, high in pairwise(edges)]
    found = np.array([np.isfinite(peak) for peak in peaks], dtype=bool)
    middle, place = ((edges[1:] + edges[:-1]) / 2)[found] / UNIT_NS, np.array(peaks)[found]
    if found.sum() < SLICES / 2 or np.ptp(middle) * UNIT_NS < SPREAD_NS:
        return np.zeros(3)
    return np.asarray(np.polynomial.polynomial.polyfit(middle, place, 2), dtype=np.float64)


def _peak(above: F8) -> float:
    """Place of the highest nanosecond; NaN where it does not stand out."""
    counts = np.histogram(above, int(2 * GATE_NS * BINS_PER_NS), (-GATE_NS, GATE_NS))[0]
    inside = np.convolve(counts, np.ones(BINS_PER_NS), "valid")
    usual, best = float(np.median(inside)), int(np.argmax(inside))
    if inside[best] - usual < FEWEST * np.sqrt(usual + inside[best]):
        return np.nan
    return best / BINS_PER_NS + 0.5 - GATE_NS


def _fitted(above: F8, powers: F8, start: F8, gate: float, sigma: float) -> tuple[Fit, F8, F8, Bool]:
    """Fit within a gate about a first line: the constant, and those of slope and curvature that differ from zero.

    Returns the fit, the values and errors of all three, and which points lie in the gate.
    """
    close = np.abs(above - powers @ start) < gate
    above, powers = above[close] - powers[close] @ start, powers[close]
    kept = [0, *_significant(above, powers, start, gate, sigma)]
    dropped = np.array([0.0 if power in kept else start[power] for power in range(3)])
    fit = fit_line(above + powers @ dropped, powers[:, kept], gate, sigma)
    values, errors = np.zeros(3), np.zeros(3)
    values[kept], errors[kept] = fit.values + start[kept], fit.errors
    return fit, values, errors, close


def _significant(above: F8, powers: F8, start: F8, gate: float, sigma: float) -> list[int]:
    if len(above) < 10 * powers.shape[1]:
        return []
    fit = fit_line(above, powers, gate, sigma)
    spread = _spread(powers[:, 1], fit.weight)
    if spread * UNIT_NS < SPREAD_NS:
        return []
    values = fit.values + start
    least = np.maximum(SIGNIFICANT * fit.errors, VISIBLE * fit.sigma / spread ** np.arange(3))
    return [power for power in (1, 2) if abs(values[power]) > least[power] > 0]


def _spread(values: F8, weight: F8) -> float:
    mean = np.average(values, weights=weight)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weight)))


def _drift(pulse: F8, residual: F8, fit: Fit, pulses: int) -> tuple[F8, F8]:
    """Mean residual in each part of the run, with its error."""
    if fit.points < 30 * BLOCKS:
        return np.empty(0), np.empty(0)
    block = np.minimum(pulse * BLOCKS / pulses, BLOCKS - 1).astype(np.int64)
    number = np.bincount(block, fit.weight, BLOCKS)
    full = number > 10
    return (np.bincount(block, fit.weight * residual, BLOCKS) / np.maximum(number, 1))[full], fit.sigma / np.sqrt(
        number[full]
    )


def _with_drift(error: float, drift: F8, drift_error: F8) -> float:
    """Scatter of the parts of the run as a standard deviation, where it is more than chance explains."""
    return float(np.hypot(error, drift.std())) if _more_than_chance(drift, drift_error) else error


def _more_than_chance(drift: F8, error: F8) -> bool:
    return bool(drift.size > 1 and np.mean((drift / error) ** 2) > CHANCE)

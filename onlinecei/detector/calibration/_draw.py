"""The arrays of the plots."""

import numpy as np

from onlinecei.detector.calibration._found import Found
from onlinecei.detector.calibration._pairs import sum_counts
from onlinecei.detector.calibration._peaks import reach_ns
from onlinecei.detector.calibration._signals import LAYERS, NAMES
from onlinecei.detector.calibration._sums import GATE_NS, LayerSum
from onlinecei.detector.calibration.plots import AgreementPlot, ImagePlot, RatePlot, TimeSumMap, TimeSumPlot
from onlinecei.records import MCP

BESIDE_NS = 20.0
"""Shown beside the old and the new time sum."""
BINS_PER_NS = 4.0
IMAGE_BINS = 160
RESIDUAL_MM = 8.0


def rates(found: Found) -> RatePlot:
    """Count edges per pulse and channel."""
    channels = [*range(2 * found.lines.layers), MCP]
    per_pulse = found.signals.counts[channels] / max(found.signals.pulses, 1)
    return RatePlot(names=tuple(NAMES[channel] for channel in channels), per_pulse=per_pulse)


def time_sum(found: Found, layer: int) -> TimeSumPlot:
    """Histogram the time sums of a layer about its peak and what the setup said."""
    each, before, order = found.sums[layer], found.lines.time_sum_ns[layer], found.wiring.order
    value = before if each is None else float(each.values[0])
    low, high = min(before, value) - BESIDE_NS, max(before, value) + BESIDE_NS
    bins = int((high - low) * BINS_PER_NS)
    one, two = (np.array([order[2 * layer + end]]) for end in (0, 1))
    reach = reach_ns(found.setup, found.lines)
    signals = found.signals
    counts = sum_counts(signals.first, signals.t_ns, order[MCP], one, two, low, bins, BINS_PER_NS, reach)
    return TimeSumPlot(
        layer=LAYERS[layer],
        edges_ns=low + np.arange(bins + 1) / BINS_PER_NS,
        counts=counts[0],
        before_ns=before,
        fitted_ns=np.nan if each is None else value,
        sigma_ns=np.nan if each is None else each.sigma_ns,
        drift_ns=np.empty(0) if each is None else each.drift_ns,
        drift_error_ns=np.empty(0) if each is None else each.drift_error_ns,
    )


def time_sum_map(found: Found, layer: int, each: LayerSum) -> TimeSumMap:
    """Histogram the time sums of a layer against position."""
    scale, radius = found.mm_per_ns[layer], 1.1 * found.setup.detector.radius_mm
    line = np.linspace(-radius, radius, 101)
    half = line / scale
    fitted = each.values[0] + (each.values[1] + each.values[2] * half) * half
    across = np.linspace(-radius, radius, 101)
    along = np.linspace(each.values[0] - GATE_NS, each.values[0] + GATE_NS, 97)
    counts = np.histogram2d(each.half_ns * scale, each.sum_ns, bins=(across, along))[0]
    return TimeSumMap(
        layer=LAYERS[layer],
        position_edges_mm=across,
        sum_edges_ns=along,
        counts=counts.astype(np.int64),
        position_mm=line,
        fitted_ns=fitted,
    )


def agreement(found: Found) -> AgreementPlot | None:
    """Histogram u - v - w with the old and the new numbers."""
    complete = found.halves[:, np.isfinite(found.halves).all(axis=0)]
    if found.lines.layers < 3 or not complete.size:
        return None
    edges = np.linspace(-RESIDUAL_MM, RESIDUAL_MM, 161)
    signs = np.array([1.0, -1.0, -1.0])
    before = (signs * np.array(found.lines.mm_per_ns)) @ complete - found.lines.w_offset_mm
    after = (signs * found.mm_per_ns) @ complete - found.w_offset_mm
    return AgreementPlot(
        edges_mm=edges,
        before=np.histogram(before, edges)[0],
        after=np.histogram(after, edges)[0],
        sigma_mm=np.nan if found.agreement is None else float(found.agreement.sigma_ns * found.mm_per_ns[0]),
    )


def image(found: Found) -> ImagePlot | None:
    """Histogram the places of hits."""
    x, y = found.image
    if not x.size:
        return None
    edges = np.linspace(-1.2, 1.2, IMAGE_BINS + 1) * found.setup.detector.radius_mm
    rim, middle = found.rim, (float(np.median(x)), float(np.median(y)))
    far = float(np.quantile(np.hypot(x - middle[0], y - middle[1]), 0.99))
    return ImagePlot(
        x_edges_mm=edges,
        y_edges_mm=edges,
        counts=np.histogram2d(x, y, bins=(edges, edges))[0].astype(np.int64),
        filled=rim is not None,
        centre_mm=rim.centre_mm if rim else middle,
        radius_mm=rim.radius_mm if rim else far,
        centre_error_mm=rim.centre_error_mm if rim else np.nan,
        radius_error_mm=rim.radius_error_mm if rim else np.nan,
    )

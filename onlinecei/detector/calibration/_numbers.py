"""Fitted numbers and the new section of the setup."""

import math

import numpy as np

from onlinecei.detector.calibration._found import GATE_SIGMAS, Found
from onlinecei.detector.calibration._signals import LAYERS
from onlinecei.fitted import Fitted
from onlinecei.setup import DelayLinesSection

KEY = "delay_lines."
LEAST_NS = 1.0
"""A time sum that is shorter, or negative, cannot come from a delay line."""
NARROWEST_NS = 0.5
"""Half-width of the gate on the time sum, at least: a gate of a few bins of a converter would be a trap."""


def numbers(found: Found) -> tuple[Fitted, ...]:
    """List what was fitted, in the order of the setup's keys."""
    sums = [fitted for layer in range(found.lines.layers) for fitted in _time_sum(found, layer)]
    return (*_scales(found), *sums, *_half_width(found), *_offset(found))


def new_section(lines: DelayLinesSection, fitted: tuple[Fitted, ...]) -> DelayLinesSection:
    """Give the section with fitted numbers in the place of the old ones."""
    content = lines.model_dump()
    for each in fitted:
        name, _, index = each.name.removeprefix(KEY).partition("[")
        if index:
            values = list(content[name]) or [0.0] * lines.layers
            values[int(index.rstrip("]"))] = each.value
            content[name] = tuple(values)
        else:
            content[name] = each.value
    for name in ("time_sum_slope_ns_per_mm", "time_sum_curvature_ns_per_mm2"):
        if not any(content[name]):
            content[name] = ()
    return DelayLinesSection.model_validate(content)


def half_width_ns(found: Found) -> float | None:
    """Six widths of the broadest time sum, on a tenth of a nanosecond; None without a time sum."""
    widths = [each.sigma_ns for each in found.sums if each is not None]
    return max(NARROWEST_NS, math.ceil(10 * GATE_SIGMAS * max(widths)) / 10) if widths else None


def _scales(found: Found) -> list[Fitted]:
    values, before, agreement = found.mm_per_ns, found.lines.mm_per_ns, found.agreement
    if agreement is None or not agreement.certain:
        return []
    common, absolute = found.scale_error, "relative to u, whose scale was left"
    fitted = []
    if found.scale != 1 and found.rim is not None:
        absolute = "with u scaled to the rim"
        how = f"rim of the image brought to detector.radius_mm = {found.rim.radius_mm:g}"
        fitted.append(_one("mm_per_ns[0]", values[0], common * values[0], before[0], "mm/ns", how))
    how = f"u = v + w, {agreement.points:.0f} hits, {absolute}"
    for layer in (1, 2):
        relative = math.hypot(common, agreement.ratio_errors[layer - 1] / agreement.ratios[layer - 1])
        name, value = f"mm_per_ns[{layer}]", values[layer]
        fitted.append(_one(name, value, relative * value, before[layer], "mm/ns", how))
    return fitted


def _offset(found: Found) -> list[Fitted]:
    agreement = found.agreement
    if agreement is None or not agreement.certain:
        return []
    error = math.hypot(agreement.offset_error * found.mm_per_ns[0], found.scale_error * found.w_offset_mm)
    how = f"u = v + w, {agreement.points:.0f} hits"
    return [_one("w_offset_mm", found.w_offset_mm, error, found.lines.w_offset_mm, "mm", how)]


def _time_sum(found: Found, layer: int) -> list[Fitted]:
    """Time sum of a layer; slope and curvature where they are significant, or where the setup had them."""
    each, lines, scale = found.sums[layer], found.lines, found.mm_per_ns[layer]
    if each is None or each.values[0] < LEAST_NS:
        return []
    how = f"{each.pairs:.0f} pairs of {LAYERS[layer]}, width {each.sigma_ns:.2f} ns"
    at_scale = ", at the mm_per_ns that was left" if scale == lines.mm_per_ns[layer] else ""
    fitted = [
        _one(f"time_sum_ns[{layer}]", each.values[0], each.errors[0], lines.time_sum_ns[layer], "ns", how)
    ]  # fmt: skip
    for power, name, unit, old in (
        (1, "time_sum_slope_ns_per_mm", "ns/mm", lines.time_sum_slope_ns_per_mm),
        (2, "time_sum_curvature_ns_per_mm2", "ns/mm^2", lines.time_sum_curvature_ns_per_mm2),
    ):
        before = old[layer] if old else None
        if each.values[power] or before:
            said = how + at_scale if each.values[power] else "not significant"
            value, error = np.array([each.values[power], each.errors[power]]) / scale**power
            error = math.hypot(error, power * found.scale_error * value)
            fitted.append(_one(f"{name}[{layer}]", value, error, before, unit, said))
    return fitted


def _half_width(found: Found) -> list[Fitted]:
    value = half_width_ns(found)
    if value is None:
        return []
    before = found.lines.time_sum_half_width_ns
    how = f"{GATE_SIGMAS:g} times the broadest time sum, rounded up"
    return [_one("time_sum_half_width_ns", value, 0.05, before, "ns", how)]


def _one(name: str, value: float, error: float, before: float | None, unit: str, how: str) -> Fitted:
    return Fitted(name=KEY + name, value=float(value), error=float(error), before=before, unit=unit, how=how)

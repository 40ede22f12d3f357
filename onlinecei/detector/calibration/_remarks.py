"""Sentences for the person who reads a calibration of the delay lines."""

from collections.abc import Iterator

import numpy as np

from onlinecei.detector.calibration._found import Found
from onlinecei.detector.calibration._numbers import LEAST_NS
from onlinecei.detector.calibration._peaks import SEARCH_NS
from onlinecei.detector.calibration._remarks_place import on_image, on_scales
from onlinecei.detector.calibration._signals import LAYERS, MOST_IN_PULSE, NAMES
from onlinecei.detector.calibration._swaps import swap_remark
from onlinecei.fitted import Remark
from onlinecei.records import MCP

FAINT = 0.6
"""A wire end with less than this share of the signals of the others is worth a look at its discriminator."""
FEW_PAIRS = 200
FEW_PLATES = 100
"""Signals of the MCP below which a peak that is not found says nothing."""
DRIFT_NS, FAR_DRIFT_NS = 0.1, 1.0
"""Change of a time sum over the run that is said, and that needs a look."""


def remarks(found: Found) -> tuple[Remark, ...]:
    """Say what could not be determined, what looks wrong and what was left as it was."""
    said = [*_edges(found), *_dead(found)]
    if found.signals.t_ns.size:
        said += [
            *swap_remark(found.wiring.order, found.wiring.others),
            *_sums(found),
            *on_scales(found),
            *on_image(found),
        ]
    return tuple(said)


def _edges(found: Found) -> Iterator[Remark]:
    signals = found.signals
    if signals.not_finite:
        yield Remark(text=f"{signals.not_finite} edges have no finite time and were left out")
    if signals.unknown:
        yield Remark(text=f"{signals.unknown} edges come from channels that kind '{found.lines.kind}' does not have")
    if signals.crowded:
        yield Remark(text=f"pulses with more than {MOST_IN_PULSE} edges were left out: {signals.crowded}")
    if not signals.t_ns.size:
        yield Remark(text="there are no usable edges: everything was left as it was", serious=True)
    elif not signals.counts[MCP]:
        text = "the MCP (channel 6) has no signals: time sums cannot be found and everything was left as it was"
        yield Remark(text=text, serious=True)


def _dead(found: Found) -> Iterator[Remark]:
    if not found.signals.t_ns.size:
        return
    counts = found.signals.counts[: 2 * found.lines.layers]
    usual = float(np.median(counts[[end for end in range(counts.size) if end in found.alive]] if counts.any() else [0]))
    for layer in range(found.lines.layers):
        ends = (2 * layer, 2 * layer + 1)
        dead = [end for end in ends if end not in found.alive]
        if len(dead) == 2:
            yield Remark(text=_dead_layer(found, layer), serious=True)
        for end in dead if len(dead) == 1 else ():
            yield Remark(
                text=f"layer {LAYERS[layer]}: wire end {NAMES[end]} has no signals; its time sum{_all_scales(found)} "
                "were left as they were",
                serious=True,
            )
        for end in ends if not dead else ():
            if counts[end] < FAINT * usual:
                share = 100 * counts[end] / usual
                yield Remark(text=f"wire end {NAMES[end]} has only {share:.0f} % of the signals of the others")


def _all_scales(found: Found) -> str:
    return " and scale" if found.lines.kind == "quad" else ", all scales and w_offset_mm"


def _dead_layer(found: Found, layer: int) -> str:
    rest = [name for k, name in enumerate(LAYERS[: found.lines.layers]) if k != layer and found.sums[k] is not None]
    if len(rest) < 2:
        return f"layer {LAYERS[layer]} is dead: the places of hits cannot be found"
    return f"layer {LAYERS[layer]} is dead: calibrated from {rest[0]} and {rest[1]}; scales and w_offset_mm were left"


def _sums(found: Found) -> Iterator[Remark]:
    if not found.signals.counts[MCP]:
        return
    for layer, each in enumerate(found.sums):
        name, before = LAYERS[layer], found.lines.time_sum_ns[layer]
        ends = [found.wiring.order[2 * layer + end] in found.alive for end in (0, 1)]
        if each is None and all(ends):
            yield Remark(text=_no_peak(found, name, before), serious=True)
        elif each is not None and each.values[0] < LEAST_NS:
            text = f"layer {name}: a time sum of {each.values[0]:.1f} ns is too short for a delay line; it was left"
            yield Remark(text=text, serious=True)
        elif each is not None:
            if each.pairs < FEW_PAIRS:
                yield Remark(text=f"layer {name}: the time sum stands on {each.pairs:.0f} pairs only")
            if each.drifts and np.ptp(each.drift_ns) > DRIFT_NS:
                text = f"layer {name}: the time sum moves by {np.ptp(each.drift_ns):.2f} ns in the course of the run"
                yield Remark(text=text, serious=bool(np.ptp(each.drift_ns) > FAR_DRIFT_NS))


def _no_peak(found: Found, name: str, before: float) -> str:
    plates = found.signals.counts[MCP]
    if plates < FEW_PLATES:
        return f"layer {name}: too few events ({plates} MCP signals) for a time sum; {before:g} ns was left"
    return (
        f"layer {name}: no time-sum peak within {SEARCH_NS[-1]:g} ns of {before:g} ns among {plates} MCP signals; "
        "it was left as it was"
    )

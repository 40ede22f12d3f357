"""Sentences about scales and the image."""

from collections.abc import Iterator

import numpy as np

from onlinecei.detector.calibration._found import Found
from onlinecei.detector.calibration._signals import LAYERS
from onlinecei.fitted import Remark

FEW = 200
"""Complete hits."""
FAR = 0.2
"""A scale factor that changes by more is not believed without a look."""
AGREE = 0.5
"""Share of complete hits whose layers must agree."""
OUTSIDE = 0.03
"""Share of hits that may lie outside the plate."""
OFF_CENTRE, FAR_OFF_CENTRE = 0.02, 0.1
"""Distance of the rim's centre from (0, 0), over its radius."""


def on_scales(found: Found) -> Iterator[Remark]:
    if found.lines.kind == "quad":
        yield Remark(
            text="mm_per_ns was left as it was: two layers cannot check each other, and swapped ends of a wire or "
            "exchanged layers only mirror the image"
        )
        return
    if any(each is None for each in found.sums):
        return
    yield from _agreement(found)
    yield Remark(
        text="edges cannot tell whether the image is turned by 180 degrees (all ends swapped) or mirrored (v and w "
        "exchanged)"
    )
    if found.scale != 1:
        text = f"mm_per_ns of u went from {found.lines.mm_per_ns[0]:g} to {found.mm_per_ns[0]:.4g} to bring the rim "
        yield Remark(
            text=text + f"of the image to detector.radius_mm = {found.setup.detector.radius_mm:g}: is it right?"
        )
    else:
        why = "the radius is not stated in the setup" if found.rim is not None else "the image has no rim to tell it"
        yield Remark(text=f"mm_per_ns of u was left at {found.lines.mm_per_ns[0]:g}, all else is relative to it: {why}")


def _agreement(found: Found) -> Iterator[Remark]:
    agreement, before = found.agreement, found.lines.mm_per_ns
    if agreement is None:
        complete = int(np.isfinite(found.halves).all(axis=0).sum())
        why = "too few for scales" if complete < FEW else "and no scales make u = v + w hold"
        text = f"{complete} hits have three complete layers {why}: mm_per_ns and w_offset_mm were left as they were"
        yield Remark(text=text, serious=True)
        return
    if not agreement.certain:
        yield Remark(text="hits are too few or too close together for scales: mm_per_ns and w_offset_mm were left")
        return
    if agreement.share < AGREE:
        text = f"only {100 * agreement.share:.0f} % of the hits with three complete layers obey u = v + w"
        yield Remark(text=text, serious=True)
    if agreement.uneven_ns:
        uneven = agreement.uneven_ns * found.mm_per_ns[0]
        yield Remark(text=f"u - v - w depends on the place by {uneven:.2f} mm rms: the wires are not even")
    for layer in (1, 2):
        ratio = found.mm_per_ns[layer] / before[layer]
        if abs(ratio / found.scale - 1) > FAR:
            text = f"mm_per_ns of {LAYERS[layer]} came out at {ratio:.2f} times the setup's: is the kind right?"
            yield Remark(text=text, serious=True)


def on_image(found: Found) -> Iterator[Remark]:
    x, y = found.image
    if not x.size:
        return
    rim, radius, centre = found.rim, found.setup.detector.radius_mm, found.setup.detector.centre_mm
    middle = rim.centre_mm if rim else (float(np.median(x)), float(np.median(y)))
    far = rim.radius_mm if rim else float(np.quantile(np.hypot(x - middle[0], y - middle[1]), 0.99))
    if np.hypot(centre[0] - middle[0], centre[1] - middle[1]) > max(far, FAR_OFF_CENTRE * radius):
        text = f"detector.centre_mm = ({centre[0]:g}, {centre[1]:g}) lies outside the image, whose middle is at "
        yield Remark(text=text + f"({middle[0]:.1f}, {middle[1]:.1f})", serious=True)
    off = float(np.hypot(*middle)) / radius
    if off > (OFF_CENTRE if rim else FAR_OFF_CENTRE * 3):
        what = "rim" if rim else "image"
        text = f"the middle of the {what} lies at ({middle[0]:.1f}, {middle[1]:.1f}) mm, and hits are cut at "
        yield Remark(text=text + f"{radius:g} mm about (0, 0)", serious=off > FAR_OFF_CENTRE)
    outside = float(np.mean(np.hypot(x, y) > radius))
    if outside > OUTSIDE:
        yield Remark(text=f"{100 * outside:.0f} % of the hits lie outside detector.radius_mm = {radius:g}")

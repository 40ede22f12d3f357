"""What is said of a geometry in words."""

import math
from html import escape

from onlinecei import units
from onlinecei.centroids.quality import Quality
from onlinecei.geometry import Fit
from onlinecei.records import Reconstruction
from onlinecei_gui import theme
from onlinecei_gui.molecule.shown import Shown
from onlinecei_gui.words import grouped, short

NEVER = "never"


def summary(found: Reconstruction, shown: Shown, quality: Quality | None, pulses_per_s: float | None) -> str:
    """Write all of it, as HTML."""
    lines = [_headline(found) if found.found else _no_geometry(found)]
    if found.alternatives:
        lines.append(_weights(found))
    if quality and (words := _outlook(quality, pulses_per_s)):
        lines.append(words)
    lines += [escape(remark) for remark in shown.remarks]
    lines += [f"<span style='color:{theme.now.orange}'>{escape(doubt)}</span>" for doubt in found.doubts]
    return "<br>".join(lines)


def reference_words(name: str, laid: Fit) -> str:
    """Say how far the reference is, and what was done to it."""
    image = ", its mirror image" if laid.mirrored else ""
    word = f"<span style='color:{theme.now.blue}'>reference</span>"
    return f"{word} {escape(name)}{image}: {laid.rms:.3f}\u2009Å rms away"


def duration(minutes: float) -> str:
    """Write how long something takes."""
    if minutes < 1.5:
        return "a minute"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


def to_halve(quality: Quality, pulses_per_s: float | None) -> str:
    """Say what it takes until the error is half of what it is: ``never`` where no data do, empty without a geometry."""
    pulses, minutes = quality.pulses_to_halve, quality.minutes_to_halve(pulses_per_s)
    if pulses is None:
        return ""
    if math.isinf(pulses):
        return NEVER
    return f"{short(pulses)} more pulses" if minutes is None else f"{duration(minutes)} more at this rate"


def _headline(found: Reconstruction) -> str:
    warning = "" if found.solutions == 1 else f" style='color:{theme.now.orange}'"
    return (
        f"{grouped(found.centroids.events)} events · misfit {100 * found.misfit:.2g}\u2009% · "
        f"<span{warning}>{found.solutions} solution{'s' * (found.solutions != 1)}</span> · {escape(found.method)}"
    )


def _no_geometry(found: Reconstruction) -> str:
    reason = f"<span style='color:{theme.now.orange}'>no geometry: {escape(found.reason)}</span>"
    return f"{grouped(found.centroids.events)} events · {reason}"


def _weights(found: Reconstruction) -> str:
    others = ", ".join(f"{each.weight:.0%} (misfit {100 * each.misfit:.2g}\u2009%)" for each in found.alternatives)
    return f"weight {found.weight:.0%}, others {others}: {escape(found.weighed_by)}"


def _outlook(quality: Quality, pulses_per_s: float | None) -> str:
    """Say how sure the geometry and its events are, and what it takes to be twice as sure of it."""
    pure = "" if math.isnan(quality.true_share) else f"{quality.true_share:.0%} true"
    if not (wait := to_halve(quality, pulses_per_s)):
        return pure
    then = "more data do not halve it" if wait == NEVER else f"half of it after <b>{wait}</b>"
    error = f"error {quality.geometry_error_au / units.ANGSTROM:.4f}\u2009Å rms, {then}"
    return f"{pure} · {error}" if pure else error

"""Numbers and samples in words, the same in the file, the report and the terminal."""

from typing import TYPE_CHECKING

from onlinecei.fitted import Fitted
from onlinecei.report.words import channel_in_words, ion_in_words, with_error

if TYPE_CHECKING:
    from onlinecei.calibration.record import Calibration

__all__ = [
    "channel_in_words",
    "ion_in_words",
    "plain_name",
    "pull",
    "sample_in_words",
    "sentence",
    "unit_of",
    "with_error",
]


def pull(fitted: Fitted) -> float | None:
    """Change of a number over its error; None where there was none before or the error is no positive number."""
    if fitted.before is None or not fitted.error > 0:
        return None
    return (fitted.value - fitted.before) / fitted.error


def sample_in_words(calibration: "Calibration") -> str:
    """Say what was looked at: trains, pulses and hits."""
    rows = "delay-line edges" if calibration.lines is not None else "hits"
    return (
        f"{calibration.trains:,} of {calibration.trains_of_run:,} trains, "
        f"{calibration.pulses:,} pulses, {calibration.rows:,} {rows}"
    )


_PLAIN = {
    "spectrometer.field_v_per_mm": "electric field",
    "spectrometer.t0_ns": "t0",
    "spectrometer.acceleration_mm": "length of the field",
    "spectrometer.drift_mm": "field-free length",
    "spectrometer.magnetic_field_gauss": "magnetic field",
    "detector.centre_mm": "centre",
    "detector.jet_velocity_m_per_s": "velocity of the jet",
    "detector.radius_mm": "radius of the detector",
    "delay_lines.mm_per_ns": "scale",
    "delay_lines.time_sum_ns": "time sum",
    "delay_lines.time_sum_slope_ns_per_mm": "slope of the time sum",
    "delay_lines.time_sum_curvature_ns_per_mm2": "curvature of the time sum",
    "delay_lines.time_sum_half_width_ns": "half-width of the time sum",
    "delay_lines.w_offset_mm": "offset of layer w",
    "delay_lines.method_max": "most rebuilding of a hit",
}
_UNITS = {
    "_v_per_mm": "V/mm", "_m_per_s": "m/s", "_ns_per_mm": "ns/mm", "_ns_per_mm2": "ns/mm²", "_mm_per_ns": "mm/ns",
    "_gauss": "G", "_ns": "ns", "_mm": "mm", "_au": "a.u.",
}  # fmt: skip
"""By the end of a key; the longest that fits comes first."""


def unit_of(key: str) -> str:
    """Give the unit that a key ends in; empty where it has none."""
    name = f"_{key.partition('[')[0].rpartition('.')[2]}"
    return next((unit for end, unit in _UNITS.items() if name.endswith(end)), "")


def plain_name(key: str) -> str:
    """Name a number of the setup in words: ``detector.centre_mm[0]`` is the centre, x."""
    name, _, index = key.rstrip("]").partition("[")
    words = _PLAIN.get(name, name)
    if not index.isdecimal():
        return words
    return f"{words}, {'layer ' + 'uvw'[int(index)] if name.startswith('delay_lines') else 'xyz'[int(index)]}"


def sentence(text: str) -> str:
    """Begin with a capital, unless it begins with a name, and end with a full stop."""
    words = text.strip().rstrip(".")
    first = words.partition(" ")[0]
    capital = len(first) > 1 and first.isalpha()
    return f"{words[:1].upper() if capital else words[:1]}{words[1:]}{'' if words.endswith(('?', '!')) else '.'}"

"""What a calibration says: fitted numbers with their errors, and sentences for the person who reads them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """One number of the setup that was fitted to a run."""

    name: str
    """Its key in the setup: ``spectrometer.t0_ns``, ``delay_lines.time_sum_ns[0]``."""
    value: float
    error: float
    """One standard deviation, what is known of systematic errors included."""
    before: float | None
    """What the setup said; None: nothing."""
    unit: str
    how: str
    """From what, and how well, in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What could not be determined, looks wrong or was left as it was: one sentence."""

    text: str
    serious: bool = False
    """Whether the calibration should not be used before a person has looked."""

"""What the calibration from hits gives: the setup, the fitted numbers, and plain arrays for the plots of the report."""

from dataclasses import dataclass

from onlinecei.arrays import F8, I8
from onlinecei.fitted import Fitted, Remark
from onlinecei.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NamedSpectrum:
    """Flight-time spectrum with the peaks that were found and named."""

    edges_ns: F8
    """(B + 1,)"""
    counts: I8
    """(B,)"""
    names: tuple[str, ...]
    """K peaks: ``O+``, or ``H2O+`` for an ion of residual gas or a bound fragment."""
    positions_ns: F8
    """(K,) where the calibrated spectrometer expects an ion at rest."""
    hits: F8
    """(K,) about how many hits the peak holds."""
    gas: tuple[bool, ...]
    """(K,) whether it is an ion that the explosion into atomic ions does not give."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SpeciesImage:
    """Where the hits in the flight-time window of one ion landed."""

    name: str
    edges_mm: F8
    """(N + 1,) of both axes."""
    counts: I8
    """(N, N), x first."""
    centre_mm: tuple[float, float]
    """Middle of the spot by the calibration, jet included."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MomentumSums:
    """Momentum sum of a complete channel with the setup before and after."""

    channel: str
    edges_au: F8
    """(B + 1,) of all histograms."""
    before: I8
    """(3, B) counts in x, y, z of all combinations that were searched."""
    after: I8
    """(3, B)"""
    xy_before: I8
    """(B, B) counts, x first, whatever z."""
    xy_after: I8
    """(B, B)"""
    events: int
    """Combinations within the gate after calibration."""
    background_share: float
    """Of those, false coincidences."""
    width_before_au: tuple[float, float, float]
    """Standard deviation of the true events per component."""
    width_after_au: tuple[float, float, float]
    mean_before_au: tuple[float, float, float]
    mean_after_au: tuple[float, float, float]
    gate_au: float
    """Half-width of the gate put into the setup."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeResiduals:
    """Flight times of ions at rest against the line ``t = C sqrt(m/q) + t0``."""

    names: tuple[str, ...]
    """K species."""
    root_mass_per_charge: F8
    """(K,) sqrt of daltons per elementary charge."""
    t_ns: F8
    """(K,) measured for that species alone."""
    error_ns: F8
    """(K,) one standard deviation."""
    residual_ns: F8
    """(K,) measured less the line."""
    slope_ns: float
    """C."""
    t0_ns: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LandingLine:
    """Middle of each species' spot against flight time: its intercept is the centre, its slope the jet's velocity."""

    names: tuple[str, ...]
    """K species."""
    t_ns: F8
    """(K,) flight time, t0 taken off."""
    place_mm: F8
    """(K, 2) x and y of the spot's middle."""
    error_mm: F8
    """(K, 2) one standard deviation."""
    centre_mm: tuple[float, float]
    velocity_mm_per_ns: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drifts:
    """What moved through the run, in slices of trains."""

    train_id: F8
    """(S,) mean train of each slice."""
    t0_ns: F8
    """(S,) with the field held."""
    t0_error_ns: F8
    """(S,) one standard deviation."""
    field_v_per_mm: F8
    """(S,) with t0 held."""
    field_error_v_per_mm: F8
    """(S,)"""
    change_t0_ns: float
    """Over the run, from a straight line fitted together with that of the field."""
    change_t0_error_ns: float
    change_field: float
    """Relative, over the run."""
    change_field_error: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HitCalibration:
    """A setup calibrated from the hits of a run, and what that rests on."""

    setup: Setup
    """As given, with spectrometer, detector, ions and channels filled in; as it was where nothing could be said."""
    fitted: tuple[Fitted, ...] = ()
    """``spectrometer.field_v_per_mm``, ``spectrometer.t0_ns``, ``detector.centre_mm[0]``, ``detector.centre_mm[1]``,
    ``detector.jet_velocity_m_per_s[0]`` and ``[1]``."""
    remarks: tuple[Remark, ...] = ()
    spectrum: NamedSpectrum | None = None
    images: tuple[SpeciesImage, ...] = ()
    momentum_sums: tuple[MomentumSums, ...] = ()
    """One for each complete channel that has events."""
    time_residuals: TimeResiduals | None = None
    landing: LandingLine | None = None
    drifts: Drifts | None = None

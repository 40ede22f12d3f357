"""What a person looks at before believing a calibration: plain arrays, for whatever draws them."""

from dataclasses import dataclass

from onlinecei.arrays import F8, I8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RatePlot:
    """How often each channel fires."""

    names: tuple[str, ...]
    """Of the channels that the detector has."""
    per_pulse: F8
    """(C,) edges per pulse."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeSumPlot:
    """Time sums of one layer, from all pairs of signals that the detector's size allows."""

    layer: str
    edges_ns: F8
    """(B + 1,)"""
    counts: I8
    """(B,)"""
    before_ns: float
    """What the setup said."""
    fitted_ns: float
    """In the middle of the wires; NaN where no peak was found."""
    sigma_ns: float
    """Width of the peak about the fit against position; NaN where none was found."""
    drift_ns: F8
    """(D,) mean distance from the fit in equal parts of the run, in their order; empty where there are too few."""
    drift_error_ns: F8
    """(D,)"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TimeSumMap:
    """Time sums of one layer against the position across its wires; that of w lacks the offset."""

    layer: str
    position_edges_mm: F8
    """(X + 1,)"""
    sum_edges_ns: F8
    """(Y + 1,)"""
    counts: I8
    """(X, Y)"""
    position_mm: F8
    """(N,) where the fitted line is drawn."""
    fitted_ns: F8
    """(N,)"""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgreementPlot:
    """How far u = v + w is from holding, before and after; channels put right in both."""

    edges_mm: F8
    """(B + 1,)"""
    before: I8
    """(B,) u - v - w with the numbers of the setup; what lies beyond the edges is left out."""
    after: I8
    """(B,)"""
    sigma_mm: float
    """Width afterwards; NaN where no numbers were found that make the layers agree."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImagePlot:
    """Where hits with complete layers lie."""

    x_edges_mm: F8
    """(X + 1,)"""
    y_edges_mm: F8
    """(Y + 1,)"""
    counts: I8
    """(X, Y)"""
    filled: bool
    """Whether the image ends at the rim of the plate all around. If so the circle is that of the rim; if not it is
    about the median place and holds 99 % of the hits."""
    centre_mm: tuple[float, float]
    radius_mm: float
    centre_error_mm: float
    """NaN where the image is not filled."""
    radius_error_mm: float
    """NaN where the image is not filled."""

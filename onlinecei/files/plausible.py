"""Whether numbers that came in under the names and units of a setup can be what they are taken for."""

from typing import Final

import numpy as np

from onlinecei.centroids import Layout
from onlinecei.records import Batch
from onlinecei.setup import Setup

ENOUGH: Final = 100
"""Hits, below which nothing is said."""
_MOST_LOST: Final = 0.9
"""Share of hits outside of everything that no background explains."""
_SMALL: Final = 0.01
"""All hits within this share of the detector's radius, or of the flight times, are in another unit."""


def remarks(batch: Batch, setup: Setup) -> list[str]:
    """Say which columns of hits look as if they were in another unit; empty where none does."""
    if batch.edges is not None or batch.hits < ENOUGH:
        return []
    radius, end = setup.detector.radius_mm, Layout.of(setup).time_end_ns
    places = _remark(np.hypot(batch.x_mm, batch.y_mm), radius, "hits", "mm", "the detector's radius is")
    times = _remark(batch.t_ns, end, "flight times", "ns", "the setup expects ions up to")
    return [each for each in (places, times) if each]


def _remark(values: np.ndarray, limit: float, what: str, unit: str, expected: str) -> str:
    known = np.abs(values[np.isfinite(values)])
    if known.size < ENOUGH:
        return ""
    typical = float(np.median(known))
    lost = float(np.mean(known > limit))
    if lost > _MOST_LOST or float(np.quantile(known, 0.99)) < _SMALL * limit:
        return f"{what} are at {typical:.3g} {unit} typically, {expected} {limit:.4g} {unit}: is {unit}_per_unit right?"
    return ""

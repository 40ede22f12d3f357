"""Scale factors of v and w relative to u, and the offset of w: the three layers made to agree."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.detector.calibration._agreement import rough_plane, unevenness
from onlinecei.detector.calibration._mixture import fit_plane

GATE_NS, START_NS = 6.0, 0.7
ONLY_BELOW = 0.01
"""A ratio of scale factors with a larger relative error is not taken over."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Agreement:
    """What makes u = v + w hold, in units of the scale of u."""

    ratios: F8
    """(2,) mm_per_ns of v and w over that of u."""
    ratio_errors: F8
    offset: float
    """w_offset over mm_per_ns of u, in ns."""
    offset_error: float
    sigma_ns: float
    """Width of u - v - w over the scale of u."""
    share: float
    """Of the plate signals with three complete layers, how many lie on the plane."""
    uneven_ns: float
    """Rms by which the layers disagree beyond chance, by place."""
    points: float

    @property
    def certain(self) -> bool:
        """Whether the ratios are known well enough to be used."""
        return bool(np.all(self.ratio_errors < ONLY_BELOW * self.ratios))


def layers_agree(halves: F8) -> Agreement | None:
    """Fit u = v + w to the half differences (3, N) of plate signals, NaN where a layer is not complete.

    None where there are too few, or where no plane holds a good part of them.
    """
    points = halves[:, np.isfinite(halves).all(axis=0)].T
    plane = rough_plane(points)
    if plane is None:
        return None
    near = points[np.abs(points @ plane[0] - plane[1]) < GATE_NS]
    _, _, fit = fit_plane(near, plane[0], plane[1], GATE_NS, START_NS)
    ratios = fit.values[:2]
    if np.any(ratios <= 0):
        return None
    residual = near[:, 0] - near[:, 1:] @ ratios - fit.values[2]
    sure = fit.weight > 0.5
    uneven = unevenness(residual[sure], near[sure, 1], near[sure, 2])
    errors = np.hypot(fit.errors, uneven / np.array([*near[sure, 1:].std(axis=0), 1.0]))
    return Agreement(
        ratios=ratios,
        ratio_errors=errors[:2],
        offset=float(fit.values[2]),
        offset_error=float(errors[2]),
        sigma_ns=fit.sigma,
        share=fit.points / len(points),
        uneven_ns=uneven,
        points=fit.points,
    )

"""What a network gives for a sample of C channels, refined or not."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np

from onlinecei.arrays import F8
from onlinecei.molexa.network import Sample
from onlinecei.molexa.refine import Solution, doubts_about
from onlinecei.molexa.refine.refinement import RIVAL
from onlinecei.records import Alternative

WEIGHED_BY = "posterior probability"
"""What `Reconstruction.weighed_by` says of refined geometries."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answer:
    """One geometry."""

    positions_au: F8
    """(N, 3)"""
    uncertainty_au: F8
    """(N, 3) half-widths of the intervals of 68.27 %."""
    round_trip_au: F8
    """(C, N, 3); NaN where there is no model to explode it."""
    misfit: F8
    """(C,)"""
    solutions: int
    doubts: tuple[str, ...]
    covariance_au2: F8 | None = None
    """(3 N, 3 N) with the squares of the half-widths on its diagonal; None where only these are known."""
    weight: float = math.nan
    """Of this geometry among all solutions; NaN where there was one answer only."""
    alternatives: tuple[Alternative, ...] = ()
    """The other solutions, the likeliest first."""

    @classmethod
    def refined(cls, found: list[Solution]) -> Self | None:
        """Take the likeliest of the solutions; None where there is none."""
        if not found:
            return None
        best, *others = found
        return cls(
            positions_au=best.positions_au,
            uncertainty_au=best.half_widths_au[0],
            round_trip_au=best.round_trip_au,
            misfit=best.misfit,
            solutions=sum(each.weight > RIVAL for each in found),
            doubts=best.flags,
            covariance_au2=_scaled(best),
            weight=best.weight,
            alternatives=tuple(_alternative(each) for each in others if each.weight > RIVAL),
        )

    @classmethod
    def plain(cls, sample: Sample, covariance_au2: F8, positions_au: F8, half_widths_au: F8) -> Self:
        """Take a network's own answer, with the half-widths (2, N, 3) that it states."""
        return cls(
            positions_au=positions_au,
            uncertainty_au=half_widths_au[0],
            round_trip_au=np.full(sample.momentum_au.shape, np.nan),
            misfit=np.full(len(sample.charge), np.nan),
            solutions=1,
            doubts=doubts_about(sample, covariance_au2),
        )


def _scaled(best: Solution) -> F8:
    """Covariance (3 N, 3 N) as wide as the intervals that are stated."""
    wider = best.half_widths_au[0] / np.where(best.sigma_au > 0, best.sigma_au, 1.0)
    return np.asarray(best.covariance_au2 * np.outer(wider, wider))


def _alternative(found: Solution) -> Alternative:
    return Alternative(positions_au=found.positions_au, weight=found.weight, misfit=float(found.misfit[0]))

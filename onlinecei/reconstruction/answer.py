"""What a network gives for a sample of C channels, refined or not."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from onlinecei.arrays import F8
from onlinecei.molexa.network import Sample
from onlinecei.molexa.refine import Solution, doubts_about
from onlinecei.molexa.refine.refinement import RIVAL


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

    @classmethod
    def refined(cls, found: list[Solution]) -> Self | None:
        """Take the likeliest of the solutions; None where there is none."""
        if not found:
            return None
        best = found[0]
        return cls(
            positions_au=best.positions_au,
            uncertainty_au=best.half_widths_au[0],
            round_trip_au=best.round_trip_au,
            misfit=best.misfit,
            solutions=sum(each.weight > RIVAL for each in found),
            doubts=best.flags,
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

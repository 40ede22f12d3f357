"""Sections of the setup on how pulses differ: their delay and their energy."""

import math
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from onlinecei.records import UNPUMPED
from onlinecei.setup.section import Finite, NotNegative, Positive, Section

ALL_DELAYS = "all delays"
"""What the one bin of a setup without edges is called."""


class DelaysSection(Section):
    """Bins of pump-probe delay: by their edges, by the positions of a motor scan, or one for all."""

    edges_fs: tuple[Finite, ...] | None = None
    """Rising edges, one more than bins; omitted: one bin for all pulses."""
    positions_fs: Annotated[tuple[Finite, ...], Field(min_length=1)] | None = None
    """Rising positions of a motor scan, instead of edges: a bin for each."""
    tolerance_fs: Positive | None = None
    """A pulse belongs to a position that its delay is nearer to than this; omitted: half the smallest step."""
    unpumped: bool = False
    """Whether pulses without pump have a bin of their own, the last one."""
    timing_tool: Literal["ignore", "add", "require"] = "ignore"
    """Whether the jitter that a timing tool measured is added to the delay: never, where it is known, or always, where
    pulses of unknown jitter are in no bin."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        edges, positions = self.edges_fs, self.positions_fs
        if edges is not None and positions is not None:
            raise ValueError("edges_fs and positions_fs are both given, expected one of them")
        if edges is not None and (len(edges) < 2 or any(b <= a for a, b in pairwise(edges))):
            raise ValueError(f"edges_fs is {list(edges)}, expected two or more rising numbers")
        if positions is not None and any(b <= a for a, b in pairwise(positions)):
            raise ValueError(f"positions_fs is {list(positions)}, expected rising numbers")
        return self

    @model_validator(mode="after")
    def _near(self) -> Self:
        tolerance, positions = self.tolerance_fs, self.positions_fs or ()
        if tolerance is not None and not positions:
            raise ValueError(f"tolerance_fs is {tolerance}, expected none without positions_fs")
        if tolerance is None and len(positions) == 1:
            raise ValueError(f"positions_fs is {list(positions)}, expected tolerance_fs with a single position")
        if tolerance is not None and len(positions) > 1 and tolerance > self._half_step:
            raise ValueError(f"tolerance_fs is {tolerance}, expected at most half the smallest step, {self._half_step}")
        if self.timing_tool == "require" and self.edges_fs is None and not positions:
            raise ValueError("timing_tool is 'require', expected edges_fs or positions_fs with it")
        return self

    @property
    def _half_step(self) -> float:
        return min(b - a for a, b in pairwise(self.positions_fs or ())) / 2

    @property
    def reach_fs(self) -> float:
        """Distance from a position below which a delay belongs to it."""
        return self._half_step if self.tolerance_fs is None else self.tolerance_fs

    @property
    def bins(self) -> tuple[tuple[float, float], ...]:
        """Edges of each bin; NaN for that of the pulses without pump."""
        without_pump = ((math.nan, math.nan),) if self.unpumped else ()
        if self.positions_fs is not None:
            return tuple((each - self.reach_fs, each + self.reach_fs) for each in self.positions_fs) + without_pump
        if self.edges_fs is not None:
            return tuple(pairwise(self.edges_fs)) + without_pump
        return ((-math.inf, math.inf), *without_pump)

    @property
    def labels(self) -> tuple[str, ...]:
        """What each bin is called."""
        if self.positions_fs is not None:
            pumped = tuple(f"{each:g} fs" for each in self.positions_fs)
        elif self.edges_fs is not None:
            pumped = tuple(f"{low:g} to {high:g} fs" for low, high in pairwise(self.edges_fs))
        else:
            pumped = (ALL_DELAYS,)
        return (*pumped, UNPUMPED) if self.unpumped else pumped

    @property
    def leaves_out_unpumped(self) -> bool:
        """Whether pulses without pump are in no bin."""
        return not self.unpumped and (self.edges_fs is not None or self.positions_fs is not None)

    @property
    def unpumped_bin(self) -> int | None:
        """Number of the bin of the pulses without pump; None: there is none."""
        return len(self.bins) - 1 if self.unpumped else None


class PulseEnergySection(Section):
    """Sums by pulse energy, for the covariance that is left when the energy no longer fluctuates."""

    edges_uj: tuple[NotNegative, ...]
    """Rising edges, one more than bins; pulses outside, or of unknown energy, are left out and counted."""
    bins: Annotated[int, Field(ge=10, le=2000)] = 200
    """First against second flight time, per side and for each energy."""

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if len(self.edges_uj) < 2 or any(b <= a for a, b in pairwise(self.edges_uj)):
            raise ValueError(f"edges_uj is {list(self.edges_uj)}, expected two or more rising numbers")
        return self

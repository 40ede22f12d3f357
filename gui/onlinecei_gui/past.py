"""What the window knows from before a moment: how fast it went, where the calibration stood, what was marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids.momentum_sum import SumPeak

if TYPE_CHECKING:
    from onlinecei_gui.doing.marks import Mark

Peaks = tuple[float, Mapping[str, SumPeak]]
"""When by the clock of the window, in s, and the peaks of the momentum sum by axis."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """Empty for what is read from a file."""

    at_s: float = 0.0
    """When the moment came, by the clock of the window."""
    pulses_per_s: float | None = None
    """None where it is not known."""
    rates: tuple[F8, F8] = field(default_factory=lambda: (np.zeros(1), np.zeros((0, 2))))
    """Of `history.History`."""
    peaks: Mapping[str, Sequence[Peaks]] = field(default_factory=dict)
    """Of `drift.Drift`, by channel."""
    marks: "Sequence[Mark]" = ()
    """Set on this run."""

"""Geometries on their way downhill, side by side."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from onlinecei.arrays import F8, I8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Points:
    """K geometries, the place of every channel's frame about each, and what follows."""

    position_au: F8
    """(K, N, 3)"""
    rotation: F8
    """(K, C, 3, 3) from the frame of the geometry, which is that of the first channel, to that of each channel."""
    momentum_au: F8
    """(K, C, N, 3) of the model, in the frame of the geometry."""
    residual: F8
    """(K, 3 C N) deviations from the measured momenta in units of their errors, zero for ions not detected."""
    cost: F8
    """(K,) sum of squares of the residual and of the prior's; NaN where the model gives no momenta."""

    def at(self, rows: I8) -> Self:
        """Some of them."""
        kept: dict[str, Any] = {each.name: getattr(self, each.name)[rows] for each in fields(self)}
        return type(self)(**kept)

    def put(self, rows: I8, others: Self) -> None:
        """Write others in their place."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(others, each.name)

    @property
    def turned_au(self) -> F8:
        """Momenta (K, C, N, 3) in the frames of the channels."""
        return np.asarray(self.momentum_au @ np.swapaxes(self.rotation, -1, -2))

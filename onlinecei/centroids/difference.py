"""What the pump changes: any block of a channel per pulse at each delay, less the same without pump."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._axes import Axis
from onlinecei.centroids.layout import Layout
from onlinecei.errors import ResultError
from onlinecei.records import Delta
from onlinecei.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """A histogram per pulse with pump less that without."""

    name: str
    """Of the block, such as ``O+/H+/H+:ker``."""
    delay_fs: tuple[tuple[float, float], ...]
    """(D,) edges of the delay bins with pump."""
    pulses: I8
    """(D,) with pump, empty ones included."""
    pulses_unpumped: int
    axes: tuple[Axis, ...]
    """Histogram axes of the last dimensions."""
    values: F8
    """(D, ...) counts per pulse; NaN where one of the two has no pulses."""
    errors: F8
    """(D, ...) standard errors."""


def pumped_minus_unpumped(total: Delta, setup: Setup, name: str) -> Difference:
    """Take the pulses without pump from those with it, bin by bin.

    Parameters
    ----------
    total
        Sums of all that was analysed.
    name
        A block of counts that has the delay bin as first dimension, such as ``O+/H+/H+:ker`` or
        ``O+/H+/H+:momentum_map``.

    Returns
    -------
    Difference
        The errors are those of counts, each independent of the others: sqrt(n / P^2 + n0 / P0^2). An event puts several
        counts into a momentum map, but hardly two into one bin.

    Raises
    ------
    ResultError
        The setup has no bin for pulses without pump, or the block is none of counts by delay.
    """
    layout, without = Layout.of(setup), setup.delays.unpumped_bin
    if without is None:
        raise ResultError("the setup has no bin for pulses without pump, expected delays.unpumped = true")
    if name not in blocks_by_delay(layout):
        raise ResultError(f"'{name}' holds no counts by delay, expected one of {', '.join(blocks_by_delay(layout))}")
    counts, pulses = layout.view(total.values, name), layout.view(total.values, "pulses_by_delay")
    per_pulse, variance = _per_pulse(counts, pulses)
    return Difference(
        name=name,
        delay_fs=setup.delays.bins[:without],
        pulses=pulses[:without],
        pulses_unpumped=int(pulses[without]),
        axes=layout.blocks[name].axes,
        values=per_pulse[:without] - per_pulse[without],
        errors=np.sqrt(variance[:without] + variance[without]),
    )


def blocks_by_delay(layout: Layout) -> tuple[str, ...]:
    """Name the blocks of counts that have the delay bin as first dimension."""
    kinds = ("events", "ker", "momentum_map")
    return tuple(f"{section.name}:{kind}" for section in layout.setup.channels for kind in kinds)


def _per_pulse(counts: I8, pulses: I8) -> tuple[F8, F8]:
    """Mean of each bin with its variance; NaN without pulses."""
    known = np.where(pulses > 0, pulses, np.nan).reshape(-1, *[1] * (counts.ndim - 1))
    return counts / known, counts / known**2

"""False coincidences in the histograms of channels, small enough to travel with every version."""

from collections.abc import Iterator

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.centroids.background import background
from onlinecei.centroids.layout import Block, Layout
from onlinecei.errors import ResultError
from onlinecei.records import Delta, FalseCounts
from onlinecei.setup import Setup

KINDS = ("events", "ker", "momentum_map", "newton", "momentum_sum")
"""Blocks of a channel whose false coincidences are told, in the order of the layout."""


def false_counts(total: Delta, setup: Setup) -> FalseCounts | None:
    """Take the false coincidences of all histograms of channels from `background`; None where no pulses were kept."""
    found = background(total, setup)
    if found is None:
        return None
    layout = Layout.of(setup)
    blocks = [_known(block, block.of(found.values), found.known).ravel() for block in told_blocks(layout)]
    return FalseCounts(
        pulses=layout.view(total.values, "pulses_by_delay").copy(),
        counts=np.concatenate([np.empty(0), *blocks]).astype(np.float32),
    )


def false_in(found: FalseCounts, layout: Layout, name: str, pulses: I8) -> F8:
    """Give the false coincidences in a block of a channel, such as ``O+/H+/H+:ker``.

    Parameters
    ----------
    found
        Of this layout.
    pulses
        (D,) pulses of each delay bin to expect them in: those of a newer version, or of a part of the run. At the same
        beam and target false coincidences are as frequent in all of them.

    Returns
    -------
    F8
        In the shape of the block; NaN where nothing is known.

    Raises
    ------
    ResultError
        The numbers are those of another layout, or the block is none of a channel.
    """
    start = 0
    for block in told_blocks(layout):
        if block.name == name:
            own = found.counts[start : start + block.size].astype(np.float64).reshape(block.shape)
            return own * _ratio(block, found.pulses, pulses)
        start += block.size
    raise ResultError(f"no false coincidences are told of '{name}', expected a channel's {', '.join(KINDS)}")


def check_false_counts(found: FalseCounts, layout: Layout) -> None:
    """Raise `ResultError` where the numbers are not those of a layout."""
    size, delays = sum(block.size for block in told_blocks(layout)), len(layout.setup.delays.bins)
    if found.counts.shape != (size,) or found.pulses.shape != (delays,):
        raise ResultError(
            f"false coincidences of {found.pulses.size} delay bins in {found.counts.size} numbers, "
            f"this setup has {delays} bins and {size} numbers"
        )


def told_blocks(layout: Layout) -> Iterator[Block]:
    """Go through the blocks whose false coincidences are told."""
    for section in layout.setup.channels:
        names = (f"{section.name}:{kind}" for kind in KINDS)
        yield from (layout.blocks[name] for name in names if name in layout.blocks)


def _known(block: Block, values: F8, known: Bool) -> F8:
    """Momentum sums of all delays together are known where pulses of any bin are."""
    if block.name.endswith(":momentum_sum"):
        return np.asarray(values if known.any() else np.full(block.shape, np.nan))
    return np.where(known.reshape(-1, *[1] * (values.ndim - 1)), values, np.nan)


def _ratio(block: Block, then: I8, now: I8) -> F8:
    if block.name.endswith(":momentum_sum"):
        then, now = then.sum(keepdims=True), now.sum(keepdims=True)
    ratio = now / np.where(then > 0, then, np.nan)
    return np.asarray(ratio.reshape(-1, *[1] * (len(block.shape) - 1)))

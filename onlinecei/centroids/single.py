"""Single events of one channel and delay, out of those that were kept."""

from collections.abc import Mapping

import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids.delays import delay_bins
from onlinecei.centroids.kept import kept_channels
from onlinecei.records import Delta, KeptEvents
from onlinecei.setup import Setup

SingleEvents = Mapping[tuple[str, int], F8]
"""Laboratory momenta (E, N, 3) in the canonical order of the channel, by its name with its state, and number of the
delay bin."""


def single_events(total: Delta, setup: Setup) -> SingleEvents:
    """Give the kept events of every complete channel and delay bin; nothing where none were kept."""
    if not total.kept:
        return {}
    pairs = zip(kept_channels(setup), total.kept, strict=True)
    return {
        (section.name, delay): in_bin(each, delay, setup).momentum_au.astype(np.float64)
        for section, each in pairs
        if setup.complete(section)
        for delay in range(len(setup.delays.bins))
    }


def in_bin(kept: KeptEvents, delay_bin: int, setup: Setup) -> KeptEvents:
    """Choose the events of one delay bin."""
    return kept.chosen(delay_bins(kept.delay_fs, setup) == delay_bin)

"""Histograms of what pulses are like."""

import numpy as np

from onlinecei.arrays import F8, I8, U4
from onlinecei.centroids._pulse_axes import ENERGY_SHIFT, FIRST_ENERGY
from onlinecei.centroids.layout import Layout
from onlinecei.compiled import compiled
from onlinecei.records import Batch


def fill_pulses(values: I8, layout: Layout, batch: Batch) -> None:
    """Count the delays and the energies of the pulses of a batch; what is unknown or beyond an axis is left out."""
    edges = layout.blocks["delays"].axes[0].edges
    _fill(
        batch.delay_fs, batch.energy_uj.view(np.uint32), edges[0], edges[-1],
        layout.view(values, "delays"), layout.view(values, "pulse_energies"),
    )  # fmt: skip


@compiled
def _fill(delay: F8, energy_bits: U4, first: float, last: float, delays: I8, energies: I8) -> None:
    per_fs = delays.size / (last - first)
    for pulse in range(delay.size):
        if first <= delay[pulse] < last:
            delays[min(int((delay[pulse] - first) * per_fs), delays.size - 1)] += 1
        step = np.int64(energy_bits[pulse] >> ENERGY_SHIFT) - FIRST_ENERGY
        if 0 <= step < energies.size:
            energies[step] += 1

"""Histograms of what pulses are like."""

import numpy as np

from onlinecei.arrays import F8, I8, U4, U8
from onlinecei.centroids._pulse_axes import ENERGY_SHIFT, FIRST_ENERGY
from onlinecei.centroids.layout import Layout
from onlinecei.compiled import compiled
from onlinecei.records import NO_PUMP_FS, Batch


def fill_pulses(values: I8, layout: Layout, batch: Batch, delay_bin: I8) -> dict[str, int]:
    """Count the delays and the energies of the pulses of a batch; what is unknown or beyond an axis is left out.

    Gives the counters of pulses by name.
    """
    edges = layout.blocks["delays"].axes[0].edges
    empty, outside, unpumped = _fill(
        batch.first_hit, batch.delay_fs, batch.energy_uj.view(np.uint32), edges[0], edges[-1], delay_bin,
        layout.view(values, "pulses_by_delay"), layout.view(values, "delays"), layout.view(values, "pulse_energies"),
    )  # fmt: skip
    return {
        "pulses": batch.pulses,
        "pulses_without_hits": empty,
        "pulses_outside_delays": outside,
        "pulses_without_pump": unpumped,
    }


@compiled
def _fill(
    first_hit: U8, delay: F8, energy_bits: U4, first: float, last: float, delay_bin: I8, by_bin: I8, delays: I8,
    energies: I8,
) -> tuple[int, int, int]:  # fmt: skip
    per_fs = delays.size / (last - first)
    empty = outside = unpumped = 0
    for pulse in range(delay.size):
        empty += first_hit[pulse] == first_hit[pulse + 1]
        if delay_bin[pulse] >= 0:
            by_bin[delay_bin[pulse]] += 1
        else:
            outside += delay[pulse] != NO_PUMP_FS
        unpumped += delay[pulse] == NO_PUMP_FS
        if first <= delay[pulse] < last:
            delays[min(int((delay[pulse] - first) * per_fs), delays.size - 1)] += 1
        step = np.int64(energy_bits[pulse] >> ENERGY_SHIFT) - FIRST_ENERGY
        if 0 <= step < energies.size:
            energies[step] += 1
    return empty, outside, unpumped

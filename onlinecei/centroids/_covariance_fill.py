"""Singles and pairs of flight times by pulse energy: what partial and contingent covariance maps are made of."""

import math

import numpy as np

from onlinecei.arrays import F4, F8, I8
from onlinecei.centroids.layout import ENERGY_STEPS, Layout
from onlinecei.compiled import compiled
from onlinecei.records import Batch, Hits


def fill_covariance(values: I8, layout: Layout, batch: Batch, hits: Hits) -> None:
    """Count the flight times of a batch and their pairs by pulse energy, where the setup asks for it."""
    section = layout.setup.pulse_energy
    if section is not None:
        _fill_energies(
            batch.energy_uj, np.array(section.edges_uj), hits.first_hit, hits.t_ns, layout.time_end_ns,
            layout.view(values, "pulse_energy:left_out"), layout.view(values, "pulse_energy:pulses"),
            layout.view(values, "pulse_energy:energy"), layout.view(values, "pulse_energy:time"),
            layout.view(values, "pulse_energy:energy_time"), layout.view(values, "pulse_energy:pairs"),
        )  # fmt: skip


@compiled
def _fill_energies(
    energy: F4, edges: F8, first_hit: I8, t: F8, end: float,
    left_out: I8, pulses: I8, energies: I8, times: I8, energy_times: I8, pairs: I8,
) -> None:  # fmt: skip
    per_ns = times.shape[1] / end
    for pulse in range(energy.size):
        known = float(energy[pulse])
        if not edges[0] <= known < edges[-1]:
            left_out[0] += 1
            continue
        row = np.searchsorted(edges, known, side="right") - 1
        steps = math.floor(known / edges[-1] * ENERGY_STEPS + 0.5)
        pulses[row] += 1
        energies[row, 0] += steps
        energies[row, 1] += steps * steps
        for b in range(first_hit[pulse], first_hit[pulse + 1]):
            if t[b] >= end:
                break
            column = int(t[b] * per_ns)
            times[row, column] += 1
            energy_times[row, column] += steps
            for a in range(first_hit[pulse], b):
                pairs[row, int(t[a] * per_ns), column] += 1

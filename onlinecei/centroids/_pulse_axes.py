"""Axes of what pulses are like, whatever the setup says of bins: their delay and their energy."""

import hist
import numpy as np

from onlinecei.arrays import F4
from onlinecei.centroids._axes import Axis, axis
from onlinecei.setup import DelaysSection

DELAY_BINS, DELAY_MARGIN = 240, 0.1
"""Bins across the delays of the setup, and how far they reach beyond, as a share of the whole."""
UNKNOWN_DELAYS_FS, UNKNOWN_DELAY_BINS = 5000.0, 1000
"""Where the setup has no bins of delay: as far in both directions, in bins of 10 fs."""
ENERGY_SHIFT = 20
"""A pulse energy without these last bits is its bin: eight bins for each doubling, and no logarithm of any pulse."""
FIRST_ENERGY, LAST_ENERGY = ((127 + power) << (23 - ENERGY_SHIFT) for power in (-10, 14))
"""Of 1 nJ and of 16 mJ: anything that an X-ray laser gives."""


def delay_axis(delays: DelaysSection) -> Axis:
    """Evenly spaced bins over all delays of a setup, finer than its own."""
    edges = np.array(delays.bins).ravel()
    known = edges[np.isfinite(edges)]
    if not known.size:
        return axis(UNKNOWN_DELAY_BINS, -UNKNOWN_DELAYS_FS, UNKNOWN_DELAYS_FS, "delay", "delay [fs]")
    margin = DELAY_MARGIN * float(np.ptp(known))
    return axis(DELAY_BINS, float(known.min()) - margin, float(known.max()) + margin, "delay", "delay [fs]")


def energy_edges_uj() -> F4:
    """Edges of the bins of pulse energy, eight for each doubling."""
    steps = np.arange(FIRST_ENERGY, LAST_ENERGY + 1, dtype=np.uint32)
    edges: F4 = (steps << np.uint32(ENERGY_SHIFT)).view(np.float32)
    return edges


def energy_axis() -> hist.axis.Variable:
    """Bins of pulse energy."""
    return hist.axis.Variable(energy_edges_uj(), name="energy", label="pulse energy [uJ]", flow=False)

"""Coordinates that the labelled arrays of a result share."""

import numpy as np
import xarray as xr

from onlinecei.arrays import AnyArray
from onlinecei.setup import Setup


def delay_coordinates(setup: Setup) -> dict[str, xr.Variable]:
    """Delay bins: centre, edges, and a label that tells those without a centre apart."""
    low, high = np.array(setup.delays.bins, dtype=np.float64).T
    finite = np.isfinite(low) & np.isfinite(high)
    centre = np.full(low.size, np.nan)
    centre[finite] = (low[finite] + high[finite]) / 2
    return {
        "delay": variable("delay", centre, "centre of the delay bin", "fs"),
        "delay_from": variable("delay", low, "lower edge of the delay bin", "fs"),
        "delay_to": variable("delay", high, "upper edge of the delay bin", "fs"),
        "delay_label": variable("delay", np.array(setup.delays.labels), "delay bin"),
    }


def variable(dimensions: str | tuple[str, ...], values: AnyArray, words: str, unit: str = "") -> xr.Variable:
    """Values with their meaning and unit."""
    return xr.Variable(dimensions, values, {"long_name": words, **({"units": unit} if unit else {})})

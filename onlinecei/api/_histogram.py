"""Histograms of a result as labelled arrays."""

from typing import Final

import hist
import numpy as np
import xarray as xr

from onlinecei.api._bins import delay_coordinates, variable
from onlinecei.arrays import AnyArray
from onlinecei.centroids import Block, Layout, background
from onlinecei.centroids._axes import Axis
from onlinecei.centroids.layout import PROJECTIONS
from onlinecei.errors import ResultError
from onlinecei.files.result import MIXED
from onlinecei.records import Delta
from onlinecei.setup import Setup

_FIRST: Final = {
    "detector_image_by_ion": ("species",),
    "ker": ("delay",),
    "momentum_map": ("delay", "plane"),
    "momentum_sum": ("component",),
    "newton": ("delay",),
}
"""Names of the dimensions of a histogram before its axes."""


def histogram_names(setup: Setup) -> list[str]:
    """Name every histogram of a setup."""
    return [name for name, block in Layout.of(setup).blocks.items() if block.axes]


def histogram(name: str, total: Delta, setup: Setup) -> xr.Dataset:
    """Give the counts of a histogram and, where mixing finds them, the false coincidences among them.

    Raises
    ------
    ResultError
        There is no histogram of this name.
    """
    layout = Layout.of(setup)
    if name not in histogram_names(setup):
        raise ResultError(f"there is no histogram '{name}', expected one of: {', '.join(histogram_names(setup))}")
    block, kind = layout.blocks[name], name.rpartition(":")[2]
    dimensions = _dimensions(block, kind)
    counts = {"counts": variable(dimensions, layout.view(total.values, name), f"counts, {name}", "counts")}
    false = background(total, setup) if ":" in name and kind in MIXED else None
    if false is not None:
        errors = np.sqrt(block.of(false.squares))
        counts["background"] = variable(dimensions, block.of(false.values), "false coincidences", "counts")
        counts["background_error"] = variable(dimensions, errors, "standard error of the background", "counts")
    leading, own = dimensions[: -len(block.axes)], dimensions[-len(block.axes) :]
    coordinates = {**_leading(leading, setup), **dict(map(_axis, block.axes, own))}
    return xr.Dataset(counts, coords=coordinates, attrs={"histogram": name, "setup_hash": setup.hash})


def _dimensions(block: Block, kind: str) -> tuple[str, ...]:
    leading = len(block.shape) - len(block.axes)
    first = _FIRST.get(kind, tuple(f"index_{place}" for place in range(leading)))
    names = [str(axis.name) for axis in block.axes]
    own = [f"{name}_{place}" if names.count(name) > 1 else name for place, name in enumerate(names, 1)]
    return (*first, *own)


def _leading(dimensions: tuple[str, ...], setup: Setup) -> dict[str, xr.Variable]:
    found: dict[str, xr.Variable] = {}
    if "delay" in dimensions:
        found |= delay_coordinates(setup)
    if "plane" in dimensions:
        found["plane"] = variable("plane", np.array(PROJECTIONS), "plane of the molecular frame")
    if "component" in dimensions:
        found["component"] = variable("component", np.array(["x", "y", "z"]), "component in the laboratory")
    if "species" in dimensions:
        names: AnyArray = np.array([each.ion.name for each in setup.ions])
        found["species"] = variable("species", names, "ion")
    return found


def _axis(axis: Axis, dimension: str) -> tuple[str, xr.Variable]:
    """Centres of the bins; where all are alike, their width is an attribute."""
    text, _, unit = str(axis.label).rstrip("]").partition(" [")
    centres = variable(dimension, axis.centers, text, unit)
    if isinstance(axis, hist.axis.Regular):
        centres.attrs["bin_width"] = float(axis.widths[0])
    else:
        centres.attrs["bin_edges"] = axis.edges
    return dimension, centres

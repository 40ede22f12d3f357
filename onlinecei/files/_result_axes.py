"""NXdata groups: a signal, its axes by the centres of their bins, and the edges beside them.

Centres, since not every viewer takes axes that are one longer than the signal.
"""

import h5py
import numpy as np

from onlinecei.centroids._axes import Axis

COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True}


def new_group(parent: h5py.Group, name: str, nexus_class: str, **attributes: object) -> h5py.Group:
    """Give the group of a name, made with its NeXus class if it is not there."""
    group = parent.require_group(name)
    group.attrs.update(NX_class=nexus_class, **attributes)
    return group


def new_data(parent: h5py.Group, name: str, signal: str, shape: tuple[int, ...], axes: tuple[Axis, ...]) -> h5py.Group:
    """Make an NXdata group with its axes; dimensions before them are counted by ``index_0`` and so on."""
    extra = shape[: len(shape) - len(axes)]
    labels = [f"index_{k}" for k in range(len(extra))] + [_axis_name(axis, k) for k, axis in enumerate(axes)]
    data = new_group(parent, name, "NXdata", signal=signal, axes=labels)
    for k, length in enumerate(extra):
        data[f"index_{k}"] = np.arange(length)
    for k, axis in enumerate(axes):
        _write_axis(data, _axis_name(axis, k), axis)
    return data


def write_signal(data: h5py.Group, name: str, values: np.ndarray, unit: str) -> None:
    """Write what an NXdata group shows, and say how to: as curves or as images."""
    data.create_dataset(name, data=values, **COMPRESSION)
    axes = sum(not label.startswith("index_") for label in data.attrs["axes"])
    data[name].attrs.update(units=unit, interpretation="spectrum" if axes == 1 else "image")


def _axis_name(axis: Axis, position: int) -> str:
    """Name of an axis in a plot; momentum axes are told apart by their place."""
    return f"{axis.name}_{position}" if axis.name == "p" else str(axis.name)


def _write_axis(data: h5py.Group, name: str, axis: Axis) -> None:
    text, _, unit = str(axis.label).rstrip("]").partition(" [")
    data[name], data[f"{name}_edges"] = axis.centers, axis.edges
    for own in (name, f"{name}_edges"):
        data[own].attrs.update(long_name=f"{text} ({unit})", units=unit)

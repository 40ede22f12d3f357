"""What a result says about chance and about the pump: maps per pulse with errors, and true rates without a gate."""

import h5py
import numpy as np

from onlinecei.arrays import F8
from onlinecei.centroids import (
    contingent_covariance,
    covariance,
    cumulant_maps,
    ion_cumulants,
    partial_covariance,
    pumped_minus_unpumped,
)
from onlinecei.centroids._axes import Axis
from onlinecei.files._result_axes import new_data, new_group, write_signal
from onlinecei.files.nexus_names import nexus_name
from onlinecei.records import Delta
from onlinecei.setup import Setup


def write_cumulants(entry: h5py.Group, setup: Setup, total: Delta) -> None:
    """Write covariance and cumulant maps, true rates, and differences by the pump where the setup has them."""
    kinds = [covariance] if setup.pulse_energy is None else [covariance, partial_covariance, contingent_covariance]
    for kind in kinds:
        found = kind(total, setup)
        group = _write_map(entry, found.kind, found.axes, found.values, found.errors)
        group["pulses"], group["notes"] = found.pulses, "; ".join(found.notes)
    for own in cumulant_maps(total, setup):
        parent = new_group(entry, nexus_name(own.name), "NXcollection")
        _write_map(parent, "cumulant", own.axes, own.values, own.errors)["pulses"] = own.pulses
    _write_rates(entry, setup, total)
    if setup.delays.unpumped:
        for section in setup.channels:
            for name in ("ker", "momentum_map"):
                _write_difference(entry, setup, total, f"{section.name}:{name}")


def _write_rates(entry: h5py.Group, setup: Setup, total: Delta) -> None:
    rows = ion_cumulants(total, setup)
    group = new_group(entry, "ion_cumulants", "NXcollection")
    group["ions"] = np.array([each.name for each in rows], dtype=h5py.string_dtype())
    for name in ("combinations_per_pulse", "true_per_pulse", "error_per_pulse"):
        group[name] = np.array([getattr(each, name) for each in rows], dtype=np.float64)


def _write_difference(entry: h5py.Group, setup: Setup, total: Delta, name: str) -> None:
    found = pumped_minus_unpumped(total, setup, name)
    owner, _, kind = name.partition(":")
    channel = new_group(entry, nexus_name(owner), "NXcollection")
    parent = new_group(channel, "pumped_minus_unpumped", "NXcollection")
    _write_map(parent, kind, found.axes, found.values, found.errors)


def _write_map(parent: h5py.Group, name: str, axes: tuple[Axis, ...], values: F8, errors: F8) -> h5py.Group:
    """Write an NXdata group; what is single precision here is in the sums to the last bit."""
    group = new_data(parent, name, "per_pulse", values.shape, axes)
    for key, column in (("per_pulse", values), ("per_pulse_errors", errors)):
        write_signal(group, key, column.astype(np.float32), "1/pulse")
    return group

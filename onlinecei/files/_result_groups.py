"""Momenta and geometries in a result file, as people and viewers look at them: a group for each channel."""

import h5py
import numpy as np

from onlinecei.centroids.momentum_sum import AXES, SumPeak
from onlinecei.centroids.quality import Quality, qualities
from onlinecei.files._result_axes import new_group
from onlinecei.files.nexus_names import nexus_name
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.setup import Setup


def write_centroids(entry: h5py.Group, setup: Setup, snapshot: Snapshot) -> None:
    """Write momenta and geometries, a group for each channel with the delay bin as first index."""
    for section in setup.channels:
        name = section.name
        rows = [each for each in snapshot.reconstructions if each.centroids.name == name]
        if not rows:
            continue
        group = new_group(entry, nexus_name(name), "NXcollection", default="ker")
        group["name"] = name
        group["state"] = section.state
        group["ions"] = [ion.name for ion in section.channel.ions]
        group["events"] = np.array([each.centroids.events for each in rows])
        group["labelled"] = np.array([int(each.centroids.labelled) for each in rows])
        for key in ("false_events", "false_error"):
            group[key] = np.array([getattr(each.centroids, key) for each in rows])
        for key in ("background_share", "lasting_share"):
            group[key] = np.array([getattr(each.centroids, key) for each in rows])
        no_count = np.full(len(section.channel.ions), np.nan)
        effective = [each.centroids.effective_events for each in rows]
        group["effective_events"] = np.array([no_count if each is None else each for each in effective])
        for key, unit in (("momentum_au", "a.u."), ("error_au", "a.u.")):
            with_unit(group, key, np.array([getattr(each.centroids, key) for each in rows]), unit)
        for key in ("positions_au", "uncertainty_au"):
            with_unit(group, key, np.array([getattr(each, key) for each in rows]), "bohr")
        with_unit(group, "round_trip_au", np.array([each.round_trip_au for each in rows]), "a.u.")
        group["misfit"] = np.array([each.misfit for each in rows])
        group["no_geometry_because"] = [each.reason for each in rows]
        group["doubts"] = ["; ".join(each.doubts) for each in rows]
        _write_solutions(group, rows)
        _write_averages(group, rows)
        _write_joint(group, rows)


def _write_solutions(group: h5py.Group, rows: list[Reconstruction]) -> None:
    """Write momenta of a sudden explosion, and other geometries with their weights, where a delay bin has some."""
    missing, most = np.full(rows[0].positions_au.shape, np.nan), max(len(each.alternatives) for each in rows)
    sudden = [missing if each.sudden_au is None else each.sudden_au for each in rows]
    with_unit(group, "sudden_au", np.array(sudden), "a.u.")
    group["weight"] = np.array([each.weight for each in rows])
    if not most:
        return
    own = new_group(group, "alternatives", "NXcollection")
    own["weighed_by"] = [each.weighed_by for each in rows]
    others = [[*each.alternatives, *[None] * (most - len(each.alternatives))] for each in rows]
    for key in ("weight", "misfit"):
        own[key] = np.array([[getattr(one, key, np.nan) for one in row] for row in others])
    positions = [[missing if one is None else one.positions_au for one in row] for row in others]
    with_unit(own, "positions_au", np.array(positions), "bohr")


def _write_averages(group: h5py.Group, rows: list[Reconstruction]) -> None:
    """Write averages over single events, where a delay bin has one."""
    if not any(each.per_event for each in rows):
        return
    missing = np.full(rows[0].positions_au.shape, np.nan)
    own = new_group(group, "per_event", "NXcollection")
    own["events"] = np.array([each.per_event.events if each.per_event else 0 for each in rows])
    own["left_out"] = np.array([each.per_event.left_out if each.per_event else 0 for each in rows])
    for key in ("positions_au", "error_au", "spread_au"):
        values = [getattr(each.per_event, key) if each.per_event else missing for each in rows]
        with_unit(own, key, np.array(values), "bohr")
    own["doubts"] = ["; ".join(each.per_event.doubts) if each.per_event else "" for each in rows]


def _write_joint(group: h5py.Group, rows: list[Reconstruction]) -> None:
    """Write geometries of this channel and others together, where a delay bin has one."""
    if not any(each.joint for each in rows):
        return
    missing = np.full(rows[0].positions_au.shape, np.nan)
    own = new_group(group, "joint", "NXcollection")
    own["channels"] = [each.joint.name if each.joint else "" for each in rows]
    for key in ("positions_au", "uncertainty_au"):
        values = [getattr(each.joint, key) if each.joint else missing for each in rows]
        with_unit(own, key, np.array(values), "bohr")
    own["misfit"] = np.array([each.joint.total_misfit if each.joint else np.nan for each in rows])
    own["doubts"] = ["; ".join(each.joint.doubts) if each.joint else "" for each in rows]


def write_quality(entry: h5py.Group, setup: Setup, snapshot: Snapshot) -> None:
    """Write how good the data are: a row for each channel and delay bin; NaN where something is not known."""
    rows = qualities(snapshot.state.total.values, snapshot.reconstructions, setup)
    if not rows:
        return
    group = new_group(entry, "quality", "NXcollection")
    group["channel"] = [each.name for each in rows]
    with_unit(group, "delay_fs", np.array([each.delay_fs for each in rows]), "fs")
    for key in ("events", "events_per_pulse", "true_share"):
        group[key] = np.array([getattr(each, key) for each in rows])
    for key in ("offset_au", "error_au", "width_au"):
        values = [[getattr(_of_axis(each, axis), key, np.nan) for axis in AXES] for each in rows]
        with_unit(group, f"momentum_sum_{key}", np.array(values), "a.u.")
    with_unit(group, "geometry_error_au", np.array([each.geometry_error_au for each in rows]), "bohr")
    to_halve = [each.pulses_to_halve for each in rows]
    group["pulses_to_halve_it"] = np.array([np.nan if pulses is None else pulses for pulses in to_halve], np.float64)


def _of_axis(quality: Quality, axis: str) -> SumPeak | None:
    return next((peak for peak in quality.peaks if peak.axis == axis), None)


def with_unit(group: h5py.Group, name: str, values: np.ndarray, unit: str) -> None:
    """Write a dataset with its unit."""
    group[name] = values
    group[name].attrs["units"] = unit

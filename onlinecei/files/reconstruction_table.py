"""All reconstructions of a result in one table: a row for each ion of each channel and delay bin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.files.provenance import origin
from onlinecei.files.tables import ion_rows, shared_columns
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.setup import Setup

_LENGTH, _MOMENTUM = "Angstrom", "a.u."


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: its values are of one type, None where there is none."""

    name: str
    type: type
    words: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with what is known of their columns, and of where they come from."""

    columns: tuple[TableColumn, ...]
    rows: tuple[Mapping[str, Any], ...]
    origin: Mapping[str, object]
    """Run, setup, models, versions, trains used and left out."""


def _vector(form: str, words: str, unit: str) -> tuple[TableColumn, ...]:
    return tuple(TableColumn(form.format(axis), float, f"{words}, {axis}", unit) for axis in "xyz")


_SETS: Final = (
    TableColumn("channel", str, "channel, with its state"),
    TableColumn("complete", bool, "whether the channel holds every atom"),
    TableColumn("delay", str, "delay bin"),
    TableColumn("delay_fs", float, "centre of the delay bin", "fs"),
    TableColumn("delay_from_fs", float, "lower edge of the delay bin", "fs"),
    TableColumn("delay_to_fs", float, "upper edge of the delay bin", "fs"),
    TableColumn("events", int, "events"),
    TableColumn("mean_ker_ev", float, "mean kinetic energy of the ions", "eV"),
)
_IONS: Final = (
    TableColumn("ion_index", int, "place of the ion in its channel"),
    TableColumn("ion", str, "ion"),
    *_vector("p{}_au", "mean momentum in the molecular frame", _MOMENTUM),
    *_vector("ep{}_au", "standard error of the mean momentum", _MOMENTUM),
    TableColumn("labelled", bool, "whether identical ions were told apart"),
    TableColumn("effective_events", float, "ions that the mean rests on, where they were told apart"),
    TableColumn("false_events", float, "false coincidences among the events"),
    TableColumn("false_error", float, "standard error of the false coincidences"),
)
_GEOMETRY: Final = (
    *_vector("{}_angstrom", "position about the centre of mass, in the molecular frame", _LENGTH),
    *_vector("e{}_angstrom", "standard error of the position", _LENGTH),
    TableColumn("misfit", float, "rms of measured less round-trip momenta, over that of the measured"),
    TableColumn("solutions", int, "geometries that explain the momenta equally well"),
    TableColumn("weight", float, "share of the geometry among all solutions"),
    TableColumn("method", str, "how the geometry was made"),
    TableColumn("reason", str, "why there is no geometry"),
    TableColumn("doubts", str, "what is odd"),
)
_AVERAGE: Final = (
    TableColumn("average_events", int, "single events averaged in real space"),
    *_vector("average_{}_angstrom", "mean over single events", _LENGTH),
    *_vector("average_e{}_angstrom", "standard error of the mean over single events", _LENGTH),
    *_vector("average_spread_{}_angstrom", "spread of single events", _LENGTH),
)
_JOINT: Final = (
    TableColumn("joint_channels", str, "channels with one geometry together"),
    *_vector("joint_{}_angstrom", "geometry of several channels together", _LENGTH),
    *_vector("joint_e{}_angstrom", "standard error of that position", _LENGTH),
    TableColumn("joint_misfit", float, "misfit of the channels together"),
)


def reconstruction_table(snapshot: Snapshot) -> Table:
    """Put every set of centroids that has events into one table, with its geometry where there is one."""
    setup, made = Setup.from_toml(snapshot.setup_text), snapshot.reconstructions
    more: tuple[TableColumn, ...] = _AVERAGE if any(each.per_event for each in made) else ()
    more += _JOINT if any(each.joint for each in made) else ()
    rows = [row for each in made if each.centroids.events for row in _rows(each, setup)]
    return Table(columns=(*_SETS, *_IONS, *_GEOMETRY, *more), rows=tuple(rows), origin=origin(snapshot))


def _rows(each: Reconstruction, setup: Setup) -> list[dict[str, Any]]:
    shared = {**shared_columns(each.centroids), **_delay(each, setup), **_said(each)}
    own = _atoms(each)
    told = each.centroids.effective_events
    counts = [{} if told is None else {"effective_events": float(told[place])} for place in range(len(own))]
    return [{**shared, **ion, **own[place], **counts[place]} for place, ion in enumerate(ion_rows(each.centroids))]


def _delay(each: Reconstruction, setup: Setup) -> dict[str, Any]:
    low, high = map(float, each.centroids.delay_fs)
    centre = (low + high) / 2 if np.isfinite([low, high]).all() else None
    label = setup.delays.labels[each.centroids.delay_bin]
    known = {} if np.isnan(low) else {"delay_from_fs": low, "delay_to_fs": high}
    return {"delay": label, "delay_fs": centre, "delay_from_fs": None, "delay_to_fs": None, **known}


def _said(each: Reconstruction) -> dict[str, Any]:
    """Give what is said of a geometry as a whole."""
    row: dict[str, Any] = {"method": each.method, "reason": each.reason, "doubts": "; ".join(each.doubts)}
    if each.found:
        row |= {"misfit": _known(each.misfit), "solutions": each.solutions, "weight": _known(each.weight)}
    if each.per_event:
        row["average_events"] = each.per_event.events
    if each.joint:
        row |= {"joint_channels": each.joint.name, "joint_misfit": _known(each.joint.total_misfit)}
    return row


def _atoms(each: Reconstruction) -> list[dict[str, float]]:
    """Give the positions of each atom and their errors."""
    vectors: list[tuple[str, F8]] = []
    if each.found:
        vectors += [("{}_angstrom", each.positions_au), ("e{}_angstrom", each.uncertainty_au)]
    if average := each.per_event:
        vectors += [("average_{}_angstrom", average.positions_au), ("average_e{}_angstrom", average.error_au)]
        vectors += [("average_spread_{}_angstrom", average.spread_au)]
    if joint := each.joint:
        vectors += [("joint_{}_angstrom", joint.positions_au), ("joint_e{}_angstrom", joint.uncertainty_au)]
    return [_atom(place, vectors) for place in range(len(each.centroids.channel.ions))]


def _atom(place: int, vectors: Sequence[tuple[str, F8]]) -> dict[str, float]:
    pairs = ((form.format(axis), values[place, k]) for form, values in vectors for k, axis in enumerate("xyz"))
    return {name: float(value) / units.ANGSTROM for name, value in pairs}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

"""Momenta and geometries of a result as one labelled set of arrays."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

import onlinecei
from onlinecei.api._bins import delay_coordinates, variable
from onlinecei.api._columns import COLUMNS, Column
from onlinecei.files.provenance import models_of
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.setup import ChannelSection, Setup

AXES = ("x", "y", "z")


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where each reconstruction goes."""

    channels: tuple[ChannelSection, ...]
    delays: int

    @property
    def sizes(self) -> dict[str, int]:
        ions = max((len(each.channel.ions) for each in self.channels), default=0)
        own = {"channel": len(self.channels), "delay": self.delays, "ion": ions, "axis": 3}
        return {**own, "other_ion": ions, "other_axis": 3}

    def filled(self, column: Column, made: Sequence[Reconstruction]) -> xr.Variable:
        """Lay the values of a column out; shorter channels leave the places of further ions empty."""
        names = [each.name for each in self.channels]
        shape = tuple(self.sizes[name] for name in column.dimensions)
        values = np.full(shape, column.nothing, object if column.nothing == "" else None)
        for each in made:
            value = column.value(each)
            if value is not None:
                place = values[names.index(each.centroids.name), each.centroids.delay_bin, ...]
                place[tuple(slice(0, size) for size in np.shape(value))] = value
        texts = column.nothing == ""
        return variable(column.dimensions, values.astype(str) if texts else values, column.words, column.unit)


def dataset(snapshot: Snapshot, setup: Setup) -> xr.Dataset:
    """Give momenta and geometries of every channel and delay bin, with what they rest on."""
    made = snapshot.reconstructions
    grid = _Grid(setup.channels, len(setup.delays.bins))
    columns = {
        column.name: grid.filled(column, made)
        for column in COLUMNS
        if column.always or any(column.value(each) is not None for each in made)
    }
    coordinates = {**_channel_coordinates(grid), **delay_coordinates(setup)}
    return xr.Dataset(columns, coords=coordinates, attrs=_attributes(snapshot, setup))


def _channel_coordinates(grid: _Grid) -> dict[str, xr.Variable]:
    shape = (len(grid.channels), grid.sizes["ion"])
    name, number, charge = np.full(shape, "", object), np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for row, section in enumerate(grid.channels):
        ions = section.channel.ions
        name[row, : len(ions)] = [ion.name for ion in ions]
        number[row, : len(ions)] = [ion.atomic_number for ion in ions]
        charge[row, : len(ions)] = [ion.charge for ion in ions]
    both = ("channel", "ion")
    return {
        "channel": variable("channel", np.array([each.name for each in grid.channels], str), "channel"),
        "ion": variable("ion", np.arange(shape[1]), "place of the ion in its channel"),
        "axis": variable("axis", np.array(AXES), "component in the molecular frame"),
        "ion_name": variable(both, name.astype(str), "ion; empty where the channel has fewer"),
        "atomic_number": variable(both, number, "atomic number; 0 where the channel has fewer ions"),
        "charge": variable(both, charge, "charge of the ion", "e"),
    }


def _attributes(snapshot: Snapshot, setup: Setup) -> dict[str, str | int]:
    state = snapshot.state
    return {
        "run": snapshot.run,
        "simulated": int(state.total.simulated),
        "onlinecei": onlinecei.__version__,
        "setup": snapshot.setup_text,
        "setup_hash": setup.hash,
        "models": json.dumps(models_of(snapshot, setup), sort_keys=True),
        "trains_used": state.total.train_count,
        "trains_expected": state.trains_expected,
        "trains_left_out": json.dumps(dict(sorted(state.left_out.items()))),
        "trains_incomplete": json.dumps(dict(sorted(state.incomplete.items()))),
    }

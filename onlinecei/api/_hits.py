"""Hits and edges as they were recorded, as labelled arrays."""

import numpy as np
import xarray as xr

from onlinecei.api._bins import variable
from onlinecei.arrays import I8, U4, U8
from onlinecei.records import Batch


def hits_of(batch: Batch) -> xr.Dataset:
    """Give the pulses and hits, or edges, of a batch."""
    columns = {
        "delay": variable("pulse", batch.delay_fs, "pump-probe delay", "fs"),
        "energy": variable("pulse", batch.energy_uj, "pulse energy", "uJ"),
    }
    if batch.pump is not None:
        columns["pump"] = variable("pulse", batch.pump, "1 with the pump laser, 0 without, 255 not known")
    if batch.timing_tool_fs is not None:
        columns["timing_tool"] = variable("pulse", batch.timing_tool_fs, "measured jitter", "fs")
    return xr.Dataset(
        {**columns, **_rows(batch)},
        coords={
            "train_id": variable("pulse", batch.train_id[_owner(batch.first_pulse)], "train"),
            "pulse_id": variable("pulse", batch.pulse_id, "number of the pulse in its train"),
        },
    )


def _rows(batch: Batch) -> dict[str, xr.Variable]:
    if (edges := batch.edges) is not None:
        return {
            "channel": variable("edge", edges.channel, "wire end: u1, u2, v1, v2, w1, w2, mcp = 0 to 6"),
            "t": variable("edge", edges.t_ns, "time after the trigger of the pulse", "ns"),
            "pulse_of_edge": variable("edge", _owner(edges.first_edge), "row of the pulse"),
        }
    return {
        "x": variable("hit", batch.x_mm, "place on the detector", "mm"),
        "y": variable("hit", batch.y_mm, "place on the detector", "mm"),
        "t": variable("hit", batch.t_ns, "time after the trigger of the pulse", "ns"),
        "pulse_of_hit": variable("hit", _owner(batch.first_hit), "row of the pulse"),
    }


def _owner(first: U4 | U8) -> I8:
    """Row of the owner of each row, by the first row of each owner."""
    return np.repeat(np.arange(first.size - 1), (first[1:] - first[:-1]).astype(np.int64))

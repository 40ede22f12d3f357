"""Hits or edges of a facility's source as the columns of a train."""

from typing import Any

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import WireError
from onlinecei.facility.division import Division
from onlinecei.facility.values import Properties, numbers
from onlinecei.records import MCP, Edges
from onlinecei.setup import EdgesFrom, HitsFrom

_NO_CHANNEL = 255


def columns_of(signals: HitsFrom | EdgesFrom, found: Properties, division: Division) -> dict[str, Any]:
    """Give the columns of hits or of edges, as the fields of a Train."""
    t_ns = division.take(_numbers(found, signals.t_key), signals.t_key) * signals.ns_per_unit
    if isinstance(signals, HitsFrom):
        places = {
            name: division.take(_numbers(found, key), key) * signals.mm_per_unit
            for name, key in (("x_mm", signals.x_key), ("y_mm", signals.y_key))
        }
        columns = {name: column.astype(np.float32) for name, column in {**places, "t_ns": t_ns}.items()}
        return {"first_hit": division.first.astype(np.uint32), **columns}
    edges = _edges(signals, found, division, t_ns)
    no_hits = dict.fromkeys(("x_mm", "y_mm", "t_ns"), np.empty(0, np.float32))
    return {"first_hit": np.zeros(division.first.size, np.uint32), **no_hits, "edges": edges}


def _edges(signals: EdgesFrom, found: Properties, division: Division, t_ns: F8) -> Edges:
    """Name the channels as we do; edges of others, such as a trigger's, are left out."""
    if signals.channel_key is not None:
        theirs = division.take(_numbers(found, signals.channel_key), signals.channel_key)
    else:
        theirs = _second_index(_numbers(found, signals.t_key), division)
    ours = np.full(theirs.size, _NO_CHANNEL, np.uint8)
    names = (*range(len(signals.channels) - 1), MCP)
    for channel, name in zip(signals.channels, names, strict=True):
        ours[theirs == channel] = name
    known = ours != _NO_CHANNEL
    first = np.append(0, np.cumsum(known))[division.first.astype(np.int64)]
    return Edges(first_edge=first.astype(np.uint32), channel=ours[known], t_ns=t_ns[known])


def _second_index(times: F8, division: Division) -> F8:
    if times.ndim != 3:
        raise WireError(f"times of edges have shape {times.shape}, expected pulses, channels and edges")
    second: F8 = (division.rows // times.shape[2] % times.shape[1]).astype(np.float64)
    return second


def _numbers(found: Properties, key: str) -> F8:
    return numbers(found.values.get(key), key)

"""What belongs to the geometry beside its coordinates, as words and plain numbers, for `columns`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import ResultError
from onlinecei.files.further_columns import Taker
from onlinecei.ions import Channel
from onlinecei.records import Alternative, Reconstruction

MOST_ALTERNATIVES = 64
"""That a reader accepts: the classical inversion finds at most as many solutions as it has starts, which are twelve."""


def solution_words(each: Reconstruction) -> dict[str, Any]:
    """Give what is said in words; nothing where there is nothing beside the coordinates."""
    said: dict[str, Any] = {}
    if each.weighed_by:
        said["weight"], said["weighed_by"] = each.weight, each.weighed_by
    if each.alternatives:
        said["alternatives"] = [[other.weight, other.misfit] for other in each.alternatives]
    for name in ("covariance_au2", "sudden_au"):
        if getattr(each, name) is not None:
            said[name] = True
    return {"solution": said} if said else {}


def solution_numbers(each: Reconstruction) -> F8:
    """Give what is said in numbers, end to end."""
    columns = [each.covariance_au2, each.sudden_au]
    columns += [other.positions_au for other in each.alternatives]
    return np.concatenate([np.empty(0), *(column.ravel() for column in columns if column is not None)])


def solution_of(labels: Mapping[str, Any], channel: Channel, taker: Taker) -> dict[str, Any]:
    """Read the fields of a `Reconstruction` of a channel that are kept here; those that are missing keep defaults."""
    said, width = labels.get("solution", {}), len(channel.ions)
    found: dict[str, Any] = {}
    if "weighed_by" in said:
        found["weight"], found["weighed_by"] = float(said["weight"]), str(said["weighed_by"])
    for name, shape in (("covariance_au2", (3 * width, 3 * width)), ("sudden_au", (width, 3))):
        if said.get(name):
            found[name] = taker.take(*shape)
    rows = said.get("alternatives", ())
    if len(rows) > MOST_ALTERNATIVES:
        raise ResultError(f"{len(rows)} alternatives of a geometry, at most {MOST_ALTERNATIVES} are read")
    found["alternatives"] = tuple(
        Alternative(positions_au=taker.take(width, 3), weight=float(weight), misfit=float(misfit))
        for weight, misfit in rows
    )
    return found

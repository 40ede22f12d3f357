"""Averages over single events and joint geometries as words and plain numbers, for `columns`."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from onlinecei.arrays import F8, AnyArray
from onlinecei.errors import ResultError
from onlinecei.ions import Channel
from onlinecei.records import EventAverage, JointGeometry, Reconstruction

LEAST_CHANNELS, MOST_CHANNELS = 2, 64
MOST_CHARGE = 118


class Taker:
    """Hands out numbers in the order in which they were laid."""

    def __init__(self, numbers: AnyArray, name: str = "further") -> None:
        self._numbers = np.asarray(numbers, np.float64).reshape(-1)
        self._next, self._name = 0, name

    def take(self, *shape: int) -> F8:
        """Give the next numbers; `ResultError` where there are not so many."""
        size = int(np.prod(shape))
        found = self._numbers[self._next : self._next + size]
        if found.size != size:
            raise ResultError(f"the column '{self._name}' ends after {self._numbers.size} numbers, more are needed")
        self._next += size
        return np.array(found.reshape(shape))


def further(each: Reconstruction) -> dict[str, Any]:
    """Give what is said in words; nothing where there is neither."""
    said: dict[str, Any] = {}
    if average := each.per_event:
        said["per_event"] = {
            "method": average.method,
            "events": average.events,
            "left_out": average.left_out,
            "doubts": list(average.doubts),
        }
    if joint := each.joint:
        said["joint"] = {
            "method": joint.method,
            "channels": [channel.name for channel in joint.channels],
            "doubts": list(joint.doubts),
        }
    return said


def further_numbers(each: Reconstruction) -> F8:
    """Give what is said in numbers, end to end."""
    columns: list[AnyArray] = []
    if average := each.per_event:
        columns += [average.positions_au, average.covariance_au2]
    if joint := each.joint:
        columns += [joint.charge, joint.positions_au, joint.uncertainty_au]
        columns += [joint.momentum_au, joint.round_trip_au, joint.misfit]
    return np.concatenate([np.empty(0), *(np.asarray(column, np.float64).ravel() for column in columns)])


def per_event_of(said: Mapping[str, Any], channel: Channel, numbers: Taker) -> EventAverage | None:
    """Read an average over single events of a channel, if there is one."""
    if "per_event" not in said:
        return None
    words, width = said["per_event"], len(channel.ions)
    return EventAverage(
        method=str(words["method"]),
        events=int(words["events"]),
        left_out=int(words["left_out"]),
        positions_au=numbers.take(width, 3),
        covariance_au2=numbers.take(3 * width, 3 * width),
        doubts=tuple(str(doubt) for doubt in words["doubts"]),
    )


def joint_of(said: Mapping[str, Any], channel: Channel, numbers: Taker) -> JointGeometry | None:
    """Read a joint geometry, whose first channel is given, if there is one."""
    if "joint" not in said:
        return None
    words, width = said["joint"], len(channel.ions)
    channels = tuple(Channel.parse(str(name)) for name in words["channels"][:MOST_CHANNELS])
    if len(channels) < LEAST_CHANNELS or any(len(each.ions) != width for each in channels):
        raise ResultError(f"a geometry of the channels {words['channels']}, expected two or more of {width} ions each")
    charge = numbers.take(len(channels), width)
    if not np.isin(charge, np.arange(1, MOST_CHARGE + 1)).all():
        raise ResultError(f"the charges of the channels {words['channels']} are not whole numbers from 1")
    return JointGeometry(
        method=str(words["method"]),
        channels=channels,
        positions_au=numbers.take(width, 3),
        uncertainty_au=numbers.take(width, 3),
        charge=charge.astype(np.int64),
        momentum_au=numbers.take(len(channels), width, 3),
        round_trip_au=numbers.take(len(channels), width, 3),
        misfit=numbers.take(len(channels)),
        doubts=tuple(str(doubt) for doubt in words["doubts"]),
    )

"""Values of a facility as columns of ours: numbers checked, units scaled, one row for each pulse."""

from dataclasses import dataclass, field

import numpy as np

from onlinecei.arrays import F8, I8, U4, AnyArray
from onlinecei.errors import WireError

Value = int | float | str | bytes | AnyArray | None
"""What a source says under one of its keys."""
SIMULATED = "onlinecei.simulated"
"""Key under which a source of hits or edges says that its trains come from a simulation: true."""
MAX_PULSES = 100_000
"""Of one train; the European XFEL has 2700."""
MAX_ROWS = 20_000_000
"""Hits or edges of one train."""


@dataclass(slots=True)
class Properties:
    """What one source says about one train."""

    train_id: int = -1
    """-1: it does not say."""
    values: dict[str, Value] = field(default_factory=dict)
    """Those that were asked for, as far as they are numbers, texts or plain arrays."""


def numbers(value: Value, name: str) -> F8:
    """Give numbers of any shape; `WireError` where there are none."""
    if isinstance(value, bool | int | float):
        return np.array(float(value))
    if not isinstance(value, np.ndarray):
        said = "nothing that is a number" if value is None else f"the text '{str(value)[:40]}'"
        raise WireError(f"'{name}' is {said}")
    if value.size > MAX_ROWS:
        raise WireError(f"'{name}' has {value.size} numbers, at most {MAX_ROWS} are taken")
    return value.astype(np.float64)


def flat(value: Value, name: str) -> F8:
    """Give a column of numbers."""
    found = numbers(value, name)
    if found.ndim > 1 and found.size != max(found.shape, default=0):
        raise WireError(f"'{name}' has shape {found.shape}, expected one dimension")
    return found.reshape(-1)


def whole(value: Value, name: str, most: int) -> I8:
    """Give a column of whole numbers from 0 to `most`."""
    found = flat(value, name)
    if found.size and not (np.all(found >= 0) and np.all(found <= most) and np.all(found == np.floor(found))):
        raise WireError(f"'{name}' holds other than whole numbers from 0 to {most}")
    return found.astype(np.int64)


def per_pulse(value: Value, name: str, pulses: int) -> F8:
    """Give (P,) numbers: one said for all, or the first P of a column that some facilities fill up at its end."""
    found = flat(value, name)
    if found.size == 1:
        return np.full(pulses, found[0])
    if found.size < pulses:
        raise WireError(f"'{name}' has {found.size} values, the train has {pulses} pulses")
    return found[:pulses]


def pulse_ids(value: Value, name: str) -> U4:
    """Give (P,) pulse IDs."""
    found = whole(value, name, 2**32 - 1)
    if found.size > MAX_PULSES:
        raise WireError(f"'{name}' has {found.size} pulses, at most {MAX_PULSES} are taken")
    return found.astype(np.uint32)

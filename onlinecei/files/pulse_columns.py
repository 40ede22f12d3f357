"""Kept pulses as plain columns, the form in which they travel and are stored."""

from collections.abc import Mapping

import numpy as np

from onlinecei.arrays import AnyArray
from onlinecei.centroids import pulse_hash
from onlinecei.centroids.chosen_pulses import MOST_HITS
from onlinecei.centroids.kept_pulses import settled
from onlinecei.errors import ResultError
from onlinecei.records import KeptPulses

PER_PULSE = {"train_id": "<u8", "pulse": "<u4", "delay_fs": "<f8", "energy_uj": "<f4"}
PER_HIT = {"x_mm": "<f4", "y_mm": "<f4", "t_ns": "<f4"}
COLUMNS = {
    f"pulses_{name}": dtype for name, dtype in {"ceiling": "<u8", "first_hit": "<u8", **PER_PULSE, **PER_HIT}.items()
}
"""The fields of the record, the ceiling (1,) among them."""
MAX_LIMIT = 2_000_000
"""Largest limit that a setup can name."""


def pulses_to_columns(pulses: KeptPulses | None) -> dict[str, AnyArray]:
    """Give the columns; nothing where no pulses are kept."""
    if pulses is None:
        return {}
    pulses = settled(pulses)
    columns: dict[str, AnyArray] = {"pulses_ceiling": np.array([pulses.ceiling], np.uint64)}
    return columns | {f"pulses_{name}": getattr(pulses, name) for name in ("first_hit", *PER_PULSE, *PER_HIT)}


def pulses_from_columns(columns: Mapping[str, AnyArray], limit: int) -> KeptPulses | None:
    """Read the columns; `ResultError` where they do not fit together. Without any of them no pulses were kept."""
    if not any(name in columns for name in COLUMNS):
        return None
    for name, dtype in COLUMNS.items():
        if name not in columns or columns[name].dtype.str != dtype:
            raise ResultError(f"kept pulses need a column '{name}' of type {dtype}")
    _check_shapes(columns, limit)
    pulses = KeptPulses(
        limit=limit,
        ceiling=int(columns["pulses_ceiling"][0]),
        **{name: columns[f"pulses_{name}"] for name in ("first_hit", *PER_PULSE, *PER_HIT)},  # type: ignore[arg-type]
    )
    _check_content(pulses)
    return pulses


def _check_shapes(columns: Mapping[str, AnyArray], limit: int) -> None:
    """After this no offset points outside, and the sample is no larger than the limit."""
    if not 1 <= limit <= MAX_LIMIT:
        raise ResultError(f"a limit of {limit} kept pulses and hits, expected 1 to {MAX_LIMIT}")
    pulses, hits = columns["pulses_train_id"].size, columns["pulses_t_ns"].size
    if pulses + hits > limit:
        raise ResultError(f"{pulses} kept pulses with {hits} hits, expected {limit} at most in all")
    shapes = {"ceiling": 1, "first_hit": pulses + 1} | dict.fromkeys(PER_PULSE, pulses) | dict.fromkeys(PER_HIT, hits)
    for name, size in shapes.items():
        if columns[f"pulses_{name}"].shape != (size,):
            raise ResultError(f"'pulses_{name}' has shape {columns[f'pulses_{name}'].shape}, expected ({size},)")
    first = columns["pulses_first_hit"]
    if int(first[0]) != 0 or int(first[-1]) != hits or bool(np.any(first[1:] < first[:-1])):  # type: ignore[operator]
        raise ResultError(f"'pulses_first_hit' does not rise from 0 to {hits}")


def _check_content(pulses: KeptPulses) -> None:
    found = pulse_hash(pulses.train_id, pulses.pulse)
    if np.any(found[1:] < found[:-1]) or (found.size and int(found[-1]) >= pulses.ceiling):
        raise ResultError("the kept pulses do not stand in the order of their hash, below their ceiling")
    if np.any(np.diff(pulses.first_hit) > MOST_HITS):
        raise ResultError(f"a kept pulse holds more than {MOST_HITS} hits")
    if not all(np.all(np.isfinite(getattr(pulses, name))) for name in PER_HIT):
        raise ResultError("a hit of the kept pulses is not finite")

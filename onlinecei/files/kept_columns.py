"""Kept events as plain columns, the form in which they travel and are stored: channels end to end."""

from collections.abc import Mapping, Sequence

import numpy as np

from onlinecei.arrays import I8, AnyArray
from onlinecei.centroids import pulse_hash
from onlinecei.errors import ResultError
from onlinecei.ions import MAX_IONS
from onlinecei.records import KeptEvents

COLUMNS = {
    "kept_ions": "|u1",
    "kept_first": "<u8",
    "kept_train": "<u8",
    "kept_pulse": "<u4",
    "kept_position": "<u4",
    "kept_delay_fs": "<f8",
    "kept_momentum_au": "<f4",
}
"""Ions of each channel; which events are its own; then the columns of events, momenta (I, 3) of all their ions last."""
MAX_CHANNELS = 64
MAX_KEPT = 1_000_000
"""Largest limit that a setup can name."""


def kept_to_columns(kept: Sequence[KeptEvents]) -> dict[str, AnyArray]:
    """Lay events end to end; nothing where no channel keeps any."""
    if not kept:
        return {}
    return {
        "kept_ions": np.array([each.momentum_au.shape[1] for each in kept], np.uint8),
        "kept_first": np.cumsum([0, *(each.events for each in kept)], dtype=np.uint64),
        "kept_train": np.concatenate([each.train_id for each in kept]),
        "kept_pulse": np.concatenate([each.pulse for each in kept]),
        "kept_position": np.concatenate([each.position for each in kept]),
        "kept_delay_fs": np.concatenate([each.delay_fs for each in kept]),
        "kept_momentum_au": np.concatenate([each.momentum_au.reshape(-1, 3) for each in kept]),
    }


def kept_from_columns(columns: Mapping[str, AnyArray], limit: int) -> tuple[KeptEvents, ...]:
    """Take the columns apart; `ResultError` where they do not fit together. Without any of them nothing was kept."""
    if not any(name in columns for name in COLUMNS):
        return ()
    for name, dtype in COLUMNS.items():
        if name not in columns or columns[name].dtype.str != dtype:
            raise ResultError(f"kept events need a column '{name}' of type {dtype}")
    _check(columns, limit)
    first = columns["kept_first"].astype(np.int64)
    widths = columns["kept_ions"].astype(np.int64)
    ends = np.append(0, np.cumsum(np.diff(first) * widths))
    return tuple(_one(columns, limit, first[c : c + 2], ends[c : c + 2], int(widths[c])) for c in range(widths.size))


def _one(columns: Mapping[str, AnyArray], limit: int, events: I8, ions: I8, width: int) -> KeptEvents:
    rows = slice(*events.tolist())
    kept = KeptEvents(
        limit=limit,
        train_id=columns["kept_train"][rows],  # type: ignore[arg-type]
        pulse=columns["kept_pulse"][rows],  # type: ignore[arg-type]
        position=columns["kept_position"][rows],  # type: ignore[arg-type]
        delay_fs=columns["kept_delay_fs"][rows],  # type: ignore[arg-type]
        momentum_au=columns["kept_momentum_au"][slice(*ions.tolist())].reshape(-1, width, 3),  # type: ignore[arg-type]
    )
    found = pulse_hash(kept.train_id, kept.pulse)
    if np.any(found[1:] < found[:-1]):
        raise ResultError("the kept events do not stand in the order of their hash")
    return kept


def _check(columns: Mapping[str, AnyArray], limit: int) -> None:
    """After this no row points outside, and no number is odd."""
    widths, first = columns["kept_ions"], columns["kept_first"]
    if widths.ndim != 1 or not 1 <= widths.size <= MAX_CHANNELS or first.shape != (widths.size + 1,):
        raise ResultError(f"kept events of {widths.shape} channels with offsets {first.shape}, expected one more")
    if not 1 <= limit <= MAX_KEPT:
        raise ResultError(f"a limit of {limit} kept events, expected 1 to {MAX_KEPT}")
    if int(first[0]) != 0 or bool(np.any(first[1:] < first[:-1])):  # type: ignore[operator]
        raise ResultError("'kept_first' does not rise from 0")
    numbers, ions = np.diff(first.astype(np.float64)), widths.astype(np.float64)
    if bool(np.any((ions < 1) | (ions > MAX_IONS))) or bool(np.any(numbers > limit)):
        raise ResultError(f"kept events of more than {MAX_IONS} ions, or more than {limit} of a channel")
    shapes = dict.fromkeys(("kept_train", "kept_pulse", "kept_position", "kept_delay_fs"), (int(first[-1]),))
    for name, shape in {**shapes, "kept_momentum_au": (int(numbers @ ions), 3)}.items():
        if columns[name].shape != shape:
            raise ResultError(f"'{name}' has shape {columns[name].shape}, expected {shape}")
    if not np.all(np.isfinite(columns["kept_momentum_au"])):
        raise ResultError("a momentum of the kept events is not finite")

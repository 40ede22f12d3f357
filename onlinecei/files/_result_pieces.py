"""Pieces of a result file, checked while they are read."""

import json
from typing import Final

import h5py

from onlinecei.centroids import nothing_kept
from onlinecei.errors import ResultError
from onlinecei.files.kept_columns import COLUMNS as KEPT_COLUMNS
from onlinecei.files.kept_columns import kept_from_columns
from onlinecei.files.pulse_columns import COLUMNS as PULSE_COLUMNS
from onlinecei.files.pulse_columns import pulses_from_columns
from onlinecei.ions import MAX_IONS
from onlinecei.records import Facts, KeptEvents, KeptPulses
from onlinecei.setup import Setup

MAX_SETUP_BYTES: Final = 1_000_000
LEFT_OUT: Final = ("dropped", "quarantined", "missing")
"""Facts of a line that a result keeps: trains that are not in it, by reason."""


def kept_of(group: h5py.Group, setup: Setup) -> tuple[KeptEvents, ...]:
    """Give kept events, checked against the channels of the setup; none in a result that was written without."""
    empty = nothing_kept(setup)
    most = 3 * MAX_IONS * setup.limits.kept_events * len(empty)
    present = [name for name in KEPT_COLUMNS if name in group]
    for name in present:
        if group[name].size > max(most, len(empty) + 1):
            raise ResultError(f"'{name}' holds {group[name].size} numbers, the setup keeps at most {most}")
    kept = kept_from_columns({name: group[name][()] for name in present}, setup.limits.kept_events)
    found, expected = [[each.momentum_au.shape[1] for each in side] for side in (kept, empty)]
    if kept and found != expected:
        raise ResultError(f"events of channels of {found} ions are kept, the setup keeps those of {expected}")
    return kept


def pulses_of(group: h5py.Group, limit: int) -> KeptPulses | None:
    """Give kept pulses; None in a result that was written without."""
    present = [name for name in PULSE_COLUMNS if name in group]
    for name in present:
        if group[name].size > limit + 1:
            raise ResultError(f"'{name}' holds {group[name].size} numbers, the setup keeps at most {limit + 1}")
    return pulses_from_columns({name: group[name][()] for name in present}, limit)


def facts_of(group: h5py.Group) -> Facts:
    """Give the trains that a line left out; none in a result of an earlier version."""
    told = json.loads(text_of(group["left_out"])) if "left_out" in group else {}
    counted = {kind: counts_of(json.dumps(told.get(kind, {}))) for kind in LEFT_OUT}
    return Facts(dropped=counted["dropped"], quarantined=counted["quarantined"], missing=counted["missing"])


def models_of(group: h5py.Group) -> dict[str, str]:
    """Give the weights that geometries rest on; not known of a result of an earlier version."""
    told = json.loads(text_of(group["models"])) if "models" in group else {}
    return {str(name): str(digest) for name, digest in told.items()}


def text_of(dataset: h5py.Dataset) -> str:
    """Give a text that is not too long."""
    text = dataset.asstr()[()]
    if len(text) > MAX_SETUP_BYTES:
        raise ResultError(f"'{dataset.name}' holds {len(text)} characters, at most {MAX_SETUP_BYTES} are read")
    return str(text)


def counts_of(text: str) -> dict[str, int]:
    """Give counts by reason."""
    try:
        return {str(reason): int(count) for reason, count in json.loads(text).items()}
    except (ValueError, AttributeError) as error:
        raise ResultError(f"the counts of rejected trains cannot be read: {error}") from error

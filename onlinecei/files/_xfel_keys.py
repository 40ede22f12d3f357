"""Values of a European XFEL run by source and key, train by train."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from onlinecei.arrays import AnyArray
from onlinecei.errors import RunFileError
from onlinecei.facility import Value

if TYPE_CHECKING:
    from extra_data import DataCollection, KeyData

MOST_NAMES = 12
"""Names that an error lists."""


class MissingError(RunFileError):
    """A run has no such source or key."""


def open_key(run: "DataCollection", source: str, key: str) -> "Values":
    """Find a key of a source, or a field of one that is a compound: ``rec.hits.x`` is the field x of ``rec.hits``.

    Raises
    ------
    MissingError
        The run has no such source, or the source no such key.
    """
    if source not in run.all_sources:
        raise MissingError(f"no source '{source}', expected one of: {_some(run.all_sources)}")
    keys = run[source].keys(inc_timestamps=False)
    parent, _, field = key.rpartition(".")
    for name in (key, f"{key}.value"):
        if name in keys:
            return Values(run[source, name], None)
    if parent in keys:
        found = run[source, parent]
        if found.dtype.names and field in found.dtype.names:
            return Values(found, field)
        fields = found.dtype.names or ()
        raise MissingError(f"no field '{field}' in '{parent}' of '{source}', expected one of: {_some(fields)}")
    raise MissingError(f"no key '{key}' in '{source}', expected one of: {_some(keys)}")


def _some(names: "Iterator[str] | frozenset[str] | set[str] | tuple[str, ...]") -> str:
    there = sorted(names)
    more = f" and {len(there) - MOST_NAMES} more" if len(there) > MOST_NAMES else ""
    return (", ".join(there[:MOST_NAMES]) or "nothing") + more


class Values:
    """One key of a run, or a field of it."""

    def __init__(self, data: "KeyData", field: str | None) -> None:
        self._data, self._field = data, field

    @property
    def bytes_per_train(self) -> int:
        """About as much memory the values of a train take, fields that are not wanted included."""
        counts = self._data.data_counts(labelled=False)
        entry = int(np.prod(self._data.entry_shape, dtype=np.int64)) * self._data.dtype.itemsize
        return int(entry * int(counts.max(initial=1)))

    def of_trains(self, train_id: AnyArray, entry_dimensions: int | None) -> Mapping[int, Value]:
        """Read the values of some trains; those without any are missing.

        Parameters
        ----------
        train_id
            (T,) neighbours.
        entry_dimensions
            Dimensions that the values of one pulse have. Where a train has one entry with more, that entry is all of
            the train. None: a single entry is always taken for all of the train.
        """
        from extra_data import by_id  # noqa: PLC0415 - an optional part of the installation

        chosen = self._data.select_trains(by_id[train_id])
        values = chosen.ndarray()
        rows = np.append(0, np.cumsum(chosen.data_counts(labelled=False).astype(np.int64)))
        column = values[self._field] if self._field else values
        pairs = zip(np.asarray(chosen.train_ids).tolist(), rows[:-1].tolist(), rows[1:].tolist(), strict=True)
        return {train: _whole(column[a:b], entry_dimensions) for train, a, b in pairs if b > a}


def _whole(rows: AnyArray, entry_dimensions: int | None) -> Value:
    single = rows.shape[0] == 1 and (entry_dimensions is None or rows.ndim - 1 > entry_dimensions)
    found = rows[0] if single else rows
    if found.dtype.kind in "SO":
        text = np.atleast_1d(found)[0]
        return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return np.asarray(found)

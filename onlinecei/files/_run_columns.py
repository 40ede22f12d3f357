"""Columns of an open run file: found, checked, read by slices and cast."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from onlinecei.errors import RunFileError
from onlinecei.files._layout import (
    EDGES,
    FORMAT,
    FURTHER_COLUMNS,
    HITS,
    OFFSETS,
    OPTIONAL,
    SIMULATED,
    TRAIN_COLUMNS,
    VERSION,
    Content,
)
from onlinecei.files._salvage import whole_rows


def check_format(file: h5py.File, path: Path) -> str:
    """Return the setup text of a file that this version can read."""
    kind, version, setup = (_text(file.attrs.get(name)) for name in ("format", "version", "setup"))
    if kind != FORMAT:
        raise RunFileError(f"'{path}' is an HDF5 file but not a run: its 'format' is {kind!r}, not '{FORMAT}'")
    if not version or not version.isdecimal() or int(version[:9]) < 1:
        raise RunFileError(f"run file '{path}': attribute 'version' is {version!r}, expected {VERSION}")
    if int(version[:9]) > VERSION:
        raise RunFileError(f"run file '{path}' is of version {version}, this program reads up to {VERSION}")
    if setup is None:
        raise RunFileError(f"run file '{path}' lacks the attribute 'setup', the text of its setup file")
    return setup


def is_simulated(file: h5py.File) -> bool:
    """Tell whether a file says that its trains come from a simulation."""
    said = file.attrs.get(SIMULATED)
    return isinstance(said, int | np.integer | np.bool_) and bool(said == 1)


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value) if isinstance(value, str | int | np.integer) else None


def content_of(file: h5py.File, path: Path) -> Content:
    """Tell whether a run holds hits or edges."""
    hits, edges = ("hit" in file or HITS.offsets in file), ("edge" in file or EDGES.offsets in file)
    if hits and edges:
        raise RunFileError(f"run file '{path}' holds hits ('/hit') and edges ('/edge'), expected one of the two")
    return EDGES if edges else HITS


def find_columns(file: h5py.File, path: Path, names: Iterable[str]) -> dict[str, h5py.Dataset]:
    """Find columns; one that is missing or of another kind is an error that names it."""
    columns = {}
    for name in names:
        column = file.get(name)
        if column is None and name in OPTIONAL:
            continue
        if not isinstance(column, h5py.Dataset):
            raise RunFileError(f"run file '{path}' lacks the column '/{name}'")
        if column.ndim != 1 or column.dtype.kind not in "iuf":
            raise RunFileError(
                f"run file '{path}': column '/{name}' is {column.ndim}-dimensional of type {column.dtype}, "
                "expected one dimension of numbers"
            )
        columns[name] = column
    return columns


class Columns:
    """Known columns of a run file; read by slices, cast to the types of `records.Batch`."""

    def __init__(self, file: h5py.File, path: Path, size: int | None) -> None:
        self._path = path
        self.content = content_of(file, path)
        self._types = self.content.columns
        self._columns = find_columns(file, path, self._types)
        self._whole = {
            name: int(column.shape[0]) if size is None else whole_rows(column, size)
            for name, column in self._columns.items()
        }
        self.trains_claimed = max(self._claimed("train/train_id"), self._claimed("train/first_pulse") - 1)
        self.trains = self._shortest(TRAIN_COLUMNS)
        self.pulses = self._shortest({**self.content.pulse_columns, **FURTHER_COLUMNS})
        self.rows = self._shortest(self.content.rows)

    def _claimed(self, name: str) -> int:
        return int(self._columns[name].shape[0])

    def _shortest(self, names: Mapping[str, str]) -> int:
        rows = [self._whole[name] - (name in OFFSETS) for name in names if name in self._whole]
        return max(min(rows), 0)

    def read(self, name: str, start: int, stop: int) -> npt.NDArray[Any]:
        """Read rows of a column; a column left out gives NaN, or 0 for `pulse_id`."""
        dtype = np.dtype(self._types[name])
        if name not in self._columns:
            return np.full(stop - start, np.nan if dtype.kind == "f" else 0, dtype)
        raw = self._columns[name][start:stop]
        return raw.astype(dtype, copy=False) if raw.dtype == dtype else self._cast(name, raw, dtype)

    def _cast(self, name: str, raw: npt.NDArray[Any], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        if dtype.kind == "f":
            with np.errstate(over="ignore"):
                return raw.astype(dtype)
        with np.errstate(invalid="ignore"):
            cast = raw.astype(dtype)
        wrong = (raw < 0) | (cast != raw)
        if name in OFFSETS:
            cast[wrong] = np.iinfo(np.uint64).max
        elif wrong.any():
            raise RunFileError(
                f"run file '{self._path}': column '/{name}' holds {raw[wrong][0]}, "
                f"expected whole numbers from 0 to {np.iinfo(dtype).max}"
            )
        return cast

    def has(self, name: str) -> bool:
        """Whether the file holds the column."""
        return name in self._columns

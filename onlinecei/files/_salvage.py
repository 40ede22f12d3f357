"""Opening run files, those cut off included."""

import os
import re
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  registers the filters that hits are packed with

from onlinecei.errors import RunFileError

DAMAGE = (OSError, KeyError, RuntimeError, ValueError, TypeError)
"""What h5py raises on damaged files."""
_STORED_END = re.compile(r"truncated file.*stored_eof = (\d+)")
_LARGEST = 1 << 46
"""Bytes; a stored end beyond this (64 TiB) is damage."""


def open_hdf5(path: Path, stack: ExitStack) -> tuple[h5py.File, int]:
    """Open for reading; a file cut off is opened as a sparse copy, padded to the length that it once had.

    Returns
    -------
    file
        The open file, closed by `stack`.
    size
        Bytes that are really there: what lies beyond is lost.
    """
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise RunFileError(f"run file '{path}' {what}")
    try:
        if not h5py.is_hdf5(path):
            raise RunFileError(f"'{path}' is not an HDF5 file")
        size = path.stat().st_size
        file = stack.enter_context(_open(path, stack))
    except DAMAGE as error:
        raise RunFileError(f"run file '{path}' is damaged, nothing could be rescued: {_line(error)}") from error
    return file, size


def _open(path: Path, stack: ExitStack) -> h5py.File:
    try:
        return _open_whole(path)
    except OSError as error:
        cut = _STORED_END.search(str(error))
        if cut is None or int(cut[1]) > _LARGEST:
            raise
    return _open_whole(_padded(path, int(cut[1]), stack))


def _open_whole(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r", locking="best-effort")
    except OSError as error:
        if "already open for" not in str(error):
            raise
    # The writer is still at it, or died: only single-writer/multiple-reader access can look inside.
    return h5py.File(path, "r", swmr=True, libver="latest", locking="best-effort")


def _padded(path: Path, end: int, stack: ExitStack) -> Path:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="onlinecei-"))
    copy = Path(folder) / "padded.h5"
    shutil.copyfile(path, copy)
    os.truncate(copy, end)
    return copy


def whole_rows(column: h5py.Dataset, size: int) -> int:
    """Count the leading rows whose stored bytes lie within the first `size` bytes of the file."""
    rows = int(column.shape[0])
    if column.chunks is None:
        start = column.id.get_offset()
        return rows if start is None or start + rows * column.dtype.itemsize <= size else 0
    for first in range(0, rows, column.chunks[0]):
        if not _is_whole(column, first, size):
            return first
    return rows


def _is_whole(column: h5py.Dataset, first: int, size: int) -> bool:
    try:
        chunk = column.id.get_chunk_info_by_coord((first,))
    except DAMAGE:
        return False
    return chunk.byte_offset is not None and chunk.byte_offset + chunk.size <= size


def _line(error: BaseException) -> str:
    return str(error).strip("'\"").replace("\n", " ")

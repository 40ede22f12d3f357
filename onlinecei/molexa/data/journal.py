"""The journal beside a file of training data: what was made so far, safe whatever happens to the program."""

import fcntl
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgpack
import numpy as np

from onlinecei.closing import Closing
from onlinecei.errors import CEIError
from onlinecei.molexa.data.schema import FORMAT, VERSION, Key, Part, Setting

_HEAD = 12
"""Bytes before each record: its length (8) and its checksum (4)."""


class Journal(Closing):
    """Parts, each appended and brought to disk before the next; one that was cut off is left out.

    Parameters
    ----------
    path
        File to continue or to make.
    stage, settings
        What the parts are made with; a journal of other settings is refused.

    Raises
    ------
    CEIError
        The file cannot be written, is of another program, another stage or other settings, or in use.
    """

    def __init__(self, path: Path, stage: int, settings: Mapping[str, Setting]) -> None:
        self.path = path
        self._records: dict[Key, tuple[int, int]] = {}
        try:
            self._file = open(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")  # noqa: PTH123, SIM115 - kept open
        except OSError as error:
            raise CEIError(f"'{path}' cannot be written: {error}") from error
        try:
            self._lock()
            self._begin({"format": f"{FORMAT}-journal", "version": VERSION, "stage": stage, "settings": dict(settings)})
        except BaseException:
            self._file.close()
            raise

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CEIError(f"'{self.path}' is in use by another process that makes the same data") from error

    def _begin(self, head: dict[str, object]) -> None:
        size, start = self.path.stat().st_size, 0
        while (body := self._body(start, size)) is not None:
            if not start:
                check_same(head, _unpacked(body), self.path)
            else:
                record = _unpacked(body)
                self._records[record["name"], record["index"]] = (start + _HEAD, len(body))
            start += _HEAD + len(body)
        if size and not start and size > _HEAD:
            raise CEIError(
                f"'{self.path}' is not a journal of training data, or its beginning is damaged; move it away"
            )
        self._file.truncate(start)
        self._file.seek(start)
        if not start:
            self._write(msgpack.packb(head))

    def _body(self, start: int, size: int) -> bytes | None:
        self._file.seek(start)
        head = self._file.read(_HEAD)
        length = int.from_bytes(head[:8], "little")
        if len(head) < _HEAD or start + _HEAD + length > size:
            return None
        body = self._file.read(length)
        return body if zlib.crc32(body).to_bytes(4, "little") == head[8:] else None

    def _write(self, body: bytes) -> int:
        start = self._file.tell()
        try:
            self._file.write(len(body).to_bytes(8, "little") + zlib.crc32(body).to_bytes(4, "little") + body)
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise CEIError(f"'{self.path}' cannot be written: {error}") from error
        return start + _HEAD

    def append(self, part: Part) -> None:
        """Keep a part: it is on disk when this returns."""
        columns = {
            name: [column.dtype.str, list(column.shape), np.ascontiguousarray(column).tobytes()]
            for name, column in {**part.columns, "atoms": part.atoms}.items()
        }
        body: bytes = msgpack.packb({"name": part.key[0], "index": part.key[1], "columns": columns})
        self._file.seek(0, os.SEEK_END)
        self._records[part.key] = (self._write(body), len(body))

    def __contains__(self, key: object) -> bool:
        return key in self._records

    def __len__(self) -> int:
        return len(self._records)

    def keys(self) -> list[Key]:
        """What is in it."""
        return list(self._records)

    def read(self, key: Key) -> Part:
        """Give a part back."""
        start, length = self._records[key]
        self._file.seek(start)
        columns = {
            name: np.frombuffer(data, dtype).reshape(shape)
            for name, (dtype, shape, data) in _unpacked(self._file.read(length))["columns"].items()
        }
        return Part(key=key, atoms=columns.pop("atoms"), columns=columns)

    def remove(self) -> None:
        """Delete it: everything is in the file of training data."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of the file; what is in it stays."""
        self._file.close()


def check_same(wanted: Mapping[str, Any], found: Mapping[str, Any], path: Path) -> None:
    """Refuse to continue a file that was made with other settings."""
    for name in ("format", "version", "stage"):
        if wanted[name] != found.get(name):
            raise CEIError(f"'{path}' has {name} {found.get(name)}, expected {wanted[name]}")
    for name, value in wanted["settings"].items():
        if found["settings"].get(name) != value:
            raise CEIError(
                f"'{path}' was made with {name} {found['settings'].get(name)} and cannot be continued with {value}; "
                "give the same value, or another --out"
            )


def _unpacked(body: bytes) -> dict[str, Any]:
    record: dict[str, Any] = msgpack.unpackb(body)
    return record

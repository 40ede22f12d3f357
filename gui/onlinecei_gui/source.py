"""Where the dashboard gets its snapshots from."""

from pathlib import Path
from typing import Protocol

from onlinecei.records import Snapshot


class SnapshotSource(Protocol):
    """Something that has a newest snapshot now and then."""

    def poll(self) -> Snapshot | None:
        """Give the newest snapshot since the last call, or None; never blocks."""

    def close(self) -> None:
        """Let go of what the reader holds; the sender does not notice."""


class FixedSource:
    """A snapshot that is there from the start."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot: Snapshot | None = snapshot

    @classmethod
    def from_file(cls, path: Path) -> "FixedSource":
        """Read a result file."""
        from onlinecei.files.result import read_result  # noqa: PLC0415  a live dashboard needs no HDF5

        return cls(read_result(path))

    def poll(self) -> Snapshot | None:
        snapshot, self._snapshot = self._snapshot, None
        return snapshot

    def close(self) -> None:
        self._snapshot = None


class LiveSource:
    """The line, through a reader that it does not wait for."""

    def __init__(self, endpoint: str, keys: Path | None = None) -> None:
        from onlinecei.stream.reader import Reader  # noqa: PLC0415  showing a file needs no sockets

        self._reader = Reader(endpoint, keys=keys)

    def poll(self) -> Snapshot | None:
        return self._reader.poll(0)

    def close(self) -> None:
        self._reader.close()

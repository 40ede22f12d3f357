"""Where the dashboard gets its snapshots from."""

import threading
from pathlib import Path
from typing import Protocol

from onlinecei.errors import CEIError
from onlinecei.records import Facts, Snapshot

LOOK_S = 0.1
"""Between two questions to a line: as often as the window looks."""


class SnapshotSource(Protocol):
    """Something that has a newest snapshot now and then."""

    words: str
    """What it is, for people."""
    is_file: bool
    """Whether it is as it was written once: there is nobody who could say how it does now."""

    @property
    def facts(self) -> Facts | None:
        """What it says of itself, newer than the newest snapshot perhaps; None where it says nothing."""

    @property
    def silent_s(self) -> float:
        """For how long it has not answered; 0 where nothing is asked."""

    def poll(self) -> Snapshot | None:
        """Give the newest snapshot since the last call, or None; never blocks."""

    def close(self) -> None:
        """Let go of what the reader holds; the sender does not notice."""


class FixedSource:
    """A snapshot that is there from the start."""

    facts: Facts | None = None
    silent_s = 0.0
    is_file = True

    def __init__(self, snapshot: Snapshot | None, words: str = "") -> None:
        self._snapshot, self.words = snapshot, words

    @classmethod
    def from_file(cls, path: Path) -> "FixedSource":
        """Read a result file."""
        from onlinecei.files.result import read_result  # noqa: PLC0415  a live dashboard needs no HDF5

        return cls(read_result(path), str(path))

    def poll(self) -> Snapshot | None:
        snapshot, self._snapshot = self._snapshot, None
        return snapshot

    def close(self) -> None:
        self._snapshot = None


class LiveSource:
    """The line, read in a thread of its own, so that taking a message apart never holds up the window."""

    is_file = False

    def __init__(self, endpoint: str, keys: Path | None = None) -> None:
        from onlinecei.stream.reader import Reader  # noqa: PLC0415  showing a file needs no sockets

        self.endpoint, self.keys, self.words = endpoint, keys, endpoint
        self._reader = Reader(endpoint, keys=keys, rest_s=LOOK_S)
        self._newest: Snapshot | None = None
        self._error: CEIError | None = None
        self._lock, self._closed = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def poll(self) -> Snapshot | None:
        with self._lock:
            snapshot, self._newest = self._newest, None
            error, self._error = self._error, None
        if error is not None:
            raise error
        return snapshot

    def ask(self, setup_text: str | None) -> tuple[int, int]:
        """Ask the line for another setup; waits for the answer. `CEIError` where it refuses or is not there."""
        from onlinecei.stream.reader import revise  # noqa: PLC0415

        return revise(self.endpoint, setup_text, keys=self.keys)

    def close(self) -> None:
        self._closed.set()
        self._thread.join(2.0)

    @property
    def facts(self) -> Facts | None:
        return self._reader.facts

    @property
    def silent_s(self) -> float:
        return self._reader.silent_s

    def _follow(self) -> None:
        while not self._closed.is_set():
            try:
                snapshot = self._reader.poll(round(1000 * LOOK_S))
            except CEIError as error:
                with self._lock:
                    self._error = error
                self._closed.wait(LOOK_S)
                continue
            if snapshot is not None:
                with self._lock:
                    self._newest = snapshot
        self._reader.close()

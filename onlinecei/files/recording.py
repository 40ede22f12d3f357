"""Recording without an end: one run file after another in a folder, for as long as the disk has room."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from onlinecei.errors import RunFileError
from onlinecei.files._run_writer import RunWriter
from onlinecei.files.room import Room
from onlinecei.records import FURTHER_OF_PULSES, Batch

OVERHEAD_BYTES = 1_000_000
"""What a file needs beside its rows, and more: a new one of no rows has some ten thousand bytes."""
NEVER = float("inf")
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingLimits:
    """When a new file is begun, and when recording stops."""

    bytes_per_file: int = 2_000_000_000
    """A file of about this size is followed by another."""
    seconds_per_file: float = 600.0
    """Likewise one that was begun so long ago."""
    held_bytes: int = 32_000_000
    """Room that is held ready for what is written next."""
    spare_bytes: int = 1_000_000_000
    """Recording stops when the disk has less room than this, which is then there for results and saved states."""
    retry_s: float = 5.0
    """How often it is tried to go on."""


class RecordingFolder:
    """Run files of all that is added, named by run and first train, with the setup that each train had.

    What is added is in the file, and safe from the death of this process, once `flush` has come back.

    Parameters
    ----------
    folder
        Where the files go; it is made.
    run
        What the run is called.
    limits
        Of files and disk.
    clock
        Seconds.

    Raises
    ------
    RunFileError
        The folder cannot be made or written to.
    """

    def __init__(
        self,
        folder: Path,
        run: str,
        limits: RecordingLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._run, self._clock = folder, _plain(run), clock
        self._limits = limits or RecordingLimits()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._room = Room(folder, self._limits.held_bytes, self._limits.spare_bytes)
        except OSError as error:
            raise RunFileError(f"nothing can be recorded in '{folder}': {error}") from error
        self.recorded = 0
        """Trains that are in files."""
        self.not_recorded = 0
        """Trains that came while there was no room."""
        self.path: Path | None = None
        """The file of now; None: there is none."""
        self.stopped_since: datetime | None = None
        """Since when there is no room; None: there is."""
        self._writer: RunWriter | None = None
        self._kind: tuple[object, ...] = ()
        self._waiting: list[Batch] = []
        self._began = self._tried = -NEVER
        if not self._room.hold():
            self._stop()

    @property
    def waiting_bytes(self) -> int:
        """Size of what was added and not flushed."""
        return sum(batch.nbytes for batch in self._waiting)

    def add(self, batch: Batch, setup_text: str) -> None:
        """Add trains."""
        further = (getattr(batch, name) is None for name in FURTHER_OF_PULSES)
        kind = (batch.edges is None, batch.simulated, *further, setup_text)
        if kind != self._kind or self._is_full():
            self.flush()
            self._close_file()
            self._kind = kind
        self._waiting.append(batch)

    def flush(self) -> bool:
        """Bring all that was added into the file; False where there is no room, and it is counted as not recorded."""
        batches, self._waiting = self._waiting, []
        trains = sum(int(batch.train_id.size) for batch in batches)
        if not trains:
            return self.stopped_since is None
        if not self._has_room(2 * sum(batch.nbytes for batch in batches) + OVERHEAD_BYTES):
            self.not_recorded += trains
            return False
        self._room.give_up()
        self._write(batches)
        self.recorded += trains
        if not self._room.hold():
            self._stop()
        return True

    def close(self) -> None:
        """Flush and close; what is held ready is given up."""
        self.flush()
        self._close_file()
        self._room.close()

    def _write(self, batches: list[Batch]) -> None:
        if self._writer is None:
            self._writer = self._begin(batches[0])
        for batch in batches:
            self._writer.append(batch)
        self._writer.flush()

    def _begin(self, batch: Batch) -> RunWriter:
        no_edges, *_, setup_text = self._kind
        self.path = _free(self._folder / f"{self._run}-{int(batch.train_id[0]):010d}.h5")
        self._began = self._clock()
        further = [name for name in FURTHER_OF_PULSES if getattr(batch, name) is not None]
        return RunWriter(
            self.path,
            str(setup_text),
            edges=not no_edges,
            further=further,
            flush_s=NEVER,
            simulated=batch.simulated,
        )

    def _is_full(self) -> bool:
        if self._writer is None or self.path is None:
            return False
        old = self._clock() - self._began >= self._limits.seconds_per_file
        return old or self.path.stat().st_size + self.waiting_bytes >= self._limits.bytes_per_file

    def _has_room(self, nbytes: int) -> bool:
        if self.stopped_since is not None:
            if self._clock() - self._tried < self._limits.retry_s:
                return False
            self._tried = self._clock()
            if not self._room.comfortable():
                self._room.give_up()
                return False
            log.warning(
                "there is room again, recording goes on after %d trains that are not recorded", self.not_recorded
            )
            self.stopped_since = None
        if not self._room.hold(nbytes):
            self._stop()
        return self.stopped_since is None

    def _stop(self) -> None:
        """Close the file while there is still room for that, and leave what was held ready to others."""
        log.error("the disk of '%s' is full: recording stops until there is room", self._folder)
        self.stopped_since, self._tried = datetime.now(UTC), self._clock()
        self._room.give_up()
        self._close_file()

    def _close_file(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer = self.path = None


def _plain(name: str) -> str:
    """Give a name that every file system takes."""
    kept = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name.removesuffix(".h5"))
    return kept.strip(".-")[:100] or "run"


def _free(path: Path) -> Path:
    """Give a name that no file has: one is never written over."""
    again = 1
    free = path
    while free.exists():
        again += 1
        free = path.with_name(f"{path.stem}-{again}.h5")
    return free

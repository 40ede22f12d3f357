"""Recording of trains that came in and were not analysed: apart from the others, with the reason of each."""

import csv
import logging
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from onlinecei.errors import RunFileError
from onlinecei.files.recording import RecordingFolder, RecordingLimits
from onlinecei.records import Batch

FOLDER = "left-out"
"""Within the folder of a recording, whose replay does not look there."""
REASONS = "reasons.csv"
"""Beside the run files: train and reason, a line each. A train that was written again after a death has two."""
log = logging.getLogger(__name__)


class LeftOutFolder:
    """The folder within the folder of a recording; it is made when its first train comes.

    Where it cannot be made, what came is counted as not recorded, and what comes next tries again.

    Parameters
    ----------
    folder
        That of the recording.
    run
        What the run is called.
    limits
        Of files and disk.
    clock
        Seconds.
    """

    def __init__(
        self,
        folder: Path,
        run: str,
        limits: RecordingLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = folder / FOLDER
        self.recorded = 0
        """Trains that are in files."""
        self.not_recorded = 0
        """Trains that came while there was no room, or no folder."""
        self._run, self._limits, self._clock = run, limits, clock
        self._folder: RecordingFolder | None = None
        self._waiting: list[tuple[Batch, str, str]] = []
        self._told: set[str] = set()

    @property
    def waiting_bytes(self) -> int:
        """Size of what was added and not flushed."""
        return sum(batch.nbytes for batch, *_ in self._waiting)

    @property
    def stopped_since(self) -> datetime | None:
        """Since when there is no room; None: there is."""
        return None if self._folder is None else self._folder.stopped_since

    def add(self, batch: Batch, setup_text: str, reason: str) -> None:
        """Add trains that are not analysed."""
        self._waiting.append((batch, setup_text, reason))

    def flush(self) -> None:
        """Bring all that was added into the file, or count it as not recorded.

        Raises
        ------
        RunFileError
            A file cannot be written although there is room.
        """
        waiting, self._waiting = self._waiting, []
        folder = self._opened() if waiting else None
        if folder is None:
            self.not_recorded += sum(int(batch.train_id.size) for batch, *_ in waiting)
            return
        before = folder.recorded, folder.not_recorded
        for batch, setup_text, _ in waiting:
            folder.add(batch, setup_text)
        if folder.flush():
            self._give_reasons(waiting)
        self.recorded += folder.recorded - before[0]
        self.not_recorded += folder.not_recorded - before[1]

    def close(self) -> None:
        """Flush and close; what is held ready is given up."""
        self.flush()
        if self._folder is not None:
            self._folder.close()

    def _opened(self) -> RecordingFolder | None:
        if self._folder is None:
            try:
                self._folder = RecordingFolder(self.path, self._run, self._limits, self._clock)
            except RunFileError as error:
                self._tell(str(error))
        return self._folder

    def _give_reasons(self, waiting: list[tuple[Batch, str, str]]) -> None:
        path = self.path / REASONS
        try:
            begins = not path.exists()
            with path.open("a", encoding="utf-8", newline="") as file:
                lines = csv.writer(file, lineterminator="\n")
                if begins:
                    lines.writerow(("train_id", "reason"))
                for batch, _, reason in waiting:
                    lines.writerows((train_id, reason) for train_id in batch.train_id.tolist())
        except OSError as error:
            self._tell(f"'{path}' cannot be written: {error.strerror}")

    def _tell(self, error: str) -> None:
        """Say it once: it is met every second."""
        if error not in self._told:
            self._told = {error}
            log.error("the recording of trains that are left out is not whole: %s", error)

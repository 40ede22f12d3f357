"""A run that this window opens: `onlinecei replay` as a process beside it."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, QProcess, QTimer, pyqtSignal

REACHED = re.compile(r"reach it at (\S+)")
GRACE_MS = 8000
"""Time for the line to end what is under way."""
COMMAND = (sys.executable, "-m", "onlinecei.cli")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which run to replay, and how."""

    run: Path
    setup: Path | None = None
    rate: str = "max"
    """Trains per second."""
    workers: int = 1
    out: Path | None = None

    @property
    def arguments(self) -> list[str]:
        """Of the command."""
        words = ["replay", str(self.run), "--headless", "--rate", self.rate, "--workers", str(self.workers)]
        for name, value in (("--setup", self.setup), ("--out", self.out)):
            words += [name, str(value)] if value is not None else []
        return words


class Replay(QObject):
    """The process; it ends with the program that started it. Nothing here waits for it but `wait`."""

    reached = pyqtSignal(str)
    """The line can be read at an endpoint."""
    told = pyqtSignal(str, str)
    """Level and words for the log."""
    over = pyqtSignal()
    """It has ended, or could not be started."""

    def __init__(self, order: Order) -> None:
        super().__init__()
        self._said, self._ending = "", False
        self._process, self._too_late = QProcess(self), QTimer(self)
        self._process.readyReadStandardError.connect(self._read)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._failed)
        self._too_late.setSingleShot(True)
        self._too_late.timeout.connect(self._process.kill)
        program, *words = COMMAND
        self._process.start(program, [*words, *order.arguments])

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.state() != QProcess.ProcessState.NotRunning

    @property
    def process_id(self) -> int:
        """Of the command; 0 where it does not run."""
        return int(self._process.processId() or 0)

    def end(self) -> None:
        """Ask it to end; what is under way is brought to its end where there is time. `over` tells when it has."""
        if self.running and not self._ending:
            self._ending = True
            self._process.terminate()
            self._too_late.start(GRACE_MS)

    def wait(self) -> None:
        """Wait until it has ended, once there is no window any more that this would hold up."""
        self.end()
        if self.running and not self._process.waitForFinished(GRACE_MS):
            self._process.kill()
            self._process.waitForFinished(GRACE_MS)

    def _read(self) -> None:
        self._said += bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        *lines, self._said = self._said.split("\n")
        for line in filter(None, map(str.strip, lines)):
            self.told.emit("error" if line.startswith("error:") else "note", f"replay: {line}")
            if not self._ending and (found := REACHED.search(line)):
                self.reached.emit(found[1])

    def _finished(self, status: int, _how: object) -> None:
        self._too_late.stop()
        if self._ending:
            self.told.emit("note", "the replay before was ended")
        else:
            self.told.emit("good" if status == 0 else "error", f"replay ended with status {status}")
        self.over.emit()

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:  # all others end with `finished`
            self.told.emit("error", f"the replay cannot be started: {self._process.errorString()}")
            self.over.emit()

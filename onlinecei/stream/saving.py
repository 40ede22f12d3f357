"""When the state is saved, and what of it is safe on disk."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from onlinecei.arrays import U8
from onlinecei.stream import ranges
from onlinecei.stream.account import Account
from onlinecei.stream.log import get_logger
from onlinecei.stream.saved_file import KEPT, save
from onlinecei.stream.wire import Message

SAVE_SECONDS = 1.0
"""How much work a death of the reducer costs, about; ingest keeps what came in during two of them."""
SAVE_SHARE = 0.05
"""Of the time, at most, for saving where the disk is slow."""
log = get_logger(__name__)


class Saver(Protocol):
    """Where the reducer has its state saved."""

    def begin(self, make: Callable[[], Message]) -> None:
        """Save a message, without waiting for it."""
        ...

    def done(self) -> str | None:
        """Say how the saving that was begun ended: empty for well, or why not; None while it goes on."""
        ...


@dataclass(slots=True)
class ThreadSaver:
    """Saves in a thread of its own, since a disk may take its time."""

    directory: Path
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "saver"))
    _running: Future[Path] | None = None

    def begin(self, make: Callable[[], Message]) -> None:
        """Save a message, without waiting for it."""
        self._running = self._thread.submit(lambda: save(self.directory, make()))

    def done(self) -> str | None:
        """Say how it ended."""
        if self._running is None or not self._running.done():
            return None
        error, self._running = self._running.exception(), None
        if error is not None and not isinstance(error, OSError):
            raise error
        return "" if error is None else f"the state cannot be saved: {error}"


@dataclass(slots=True)
class Saving:
    """When the state is saved, and what of it is safe."""

    saver: Saver | None
    safe_sets: deque[U8] = field(default_factory=lambda: deque(maxlen=KEPT))
    """(R, 2) trains of each of the files that are kept."""
    failed: str = ""
    wanted: int = 0
    """Times that the state, as it is from now on, is to be saved at once."""
    _running: Account | None = None
    _asked: bool = False
    """Whether what is being saved was begun after it was asked for."""
    _saved: Account | None = None
    _began: float = -1e9
    _rest: float = SAVE_SECONDS

    @property
    def safe(self) -> U8:
        """(R, 2) trains that are in every file that is kept."""
        return self.safe_sets[0] if len(self.safe_sets) == KEPT else ranges.none()

    def saved_to_the_end(self) -> bool:
        """Whether the finished state is on disk, in every file that is kept; or cannot be."""
        return self.saver is None or bool(self.failed) or (self.wanted == 0 and self._running is None)

    def step(self, account: Account, now: float, make: Callable[[], Message]) -> bool:
        """Begin to save what has changed, or see how that went; True where one has ended."""
        if self.saver is None:
            return False
        if self._running is not None:
            return self._end(now)
        if self.wanted or (self._changed(account) and now - self._began >= self._rest):
            self._running, self._began, self._asked = account, now, self.wanted > 0
            self.saver.begin(make)
        return False

    def _changed(self, account: Account) -> bool:
        saved = self._saved
        return saved is None or account.seen is not saved.seen or account.finished != saved.finished

    def _end(self, now: float) -> bool:
        ended = self.saver.done() if self.saver is not None else None
        if ended is None or self._running is None:
            return False
        if not ended:
            self.safe_sets.append(self._running.seen)
            self._saved = self._running
        elif not self.failed:
            log.error("the state cannot be saved", reason=ended)
        self.wanted = 0 if ended else self.wanted - self._asked
        self._rest = max(SAVE_SECONDS, (now - self._began) / SAVE_SHARE)
        self.failed, self._running = ended, None
        return True

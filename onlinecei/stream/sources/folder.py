"""A folder of run files as one run, and files that grow while they are read."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from onlinecei.arrays import U8
from onlinecei.errors import RunFileError
from onlinecei.files.run import open_run
from onlinecei.files.run_folder import NOT_READ, place_of, run_files_in
from onlinecei.records import Batch
from onlinecei.records.left_out import REPEATED
from onlinecei.stream.log import get_logger
from onlinecei.stream.ranges import within
from onlinecei.stream.sources._given import Given
from onlinecei.stream.sources.source import LeftOut, Watched, without

LOOK_AGAIN_S = 0.2
"""How often growing files are looked at: two trains of a machine of ten a second."""
SHARE = 0.1
"""Of the time that looking may take: a long file is looked at less often."""
log = get_logger(__name__)


@dataclass(slots=True)
class _File:
    """One run file, and how far it was read."""

    path: Path
    passed: int = 0
    """Whole trains that were all given."""
    seen: tuple[int, int] = (-1, -1)
    """Size and time of the last look."""
    given: Given = field(default_factory=Given)
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def state(self) -> tuple[int, int]:
        """Size and time of last change."""
        try:
            now = self.path.stat()
        except OSError:
            return self.seen
        return now.st_size, now.st_mtime_ns


def run_files(path: Path) -> list[Path]:
    """Give a run file itself, or those of a folder that can be read, in the order of their first trains.

    Raises
    ------
    RunFileError
        The file cannot be read, or there is none.
    """
    return list(FolderSource(path, 1).paths)


class FolderSource:
    """The trains of one or several run files, file after file in the order of their first trains, each train once.

    Parameters
    ----------
    path
        A run file or a folder of them; truth files of simulations are passed over.
    hits_per_batch
        About as many hits are in a batch, or seven times as many edges.
    growing
        Whether files may grow, and further ones come, while they are read.
    idle_s
        With `growing`: for how long nothing new has come when the run counts as ended; None: it never ends.
    clock
        Seconds.

    Raises
    ------
    RunFileError
        There is no run file, or the only one cannot be read.
    """

    repeatable = True
    watched: Watched = ()
    waited_s = 0.0
    left_out: Sequence[LeftOut] = ()

    def __init__(
        self,
        path: Path,
        hits_per_batch: int,
        *,
        growing: bool = False,
        idle_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.run, self._path, self._hits_per_batch = path.name, path, hits_per_batch
        self._growing, self._idle_s, self._clock = growing, idle_s, clock
        self._counts: Counter[str] = Counter()
        self._files: dict[Path, _File] = {}
        self._given, self._skipped = Given(), np.empty((0, 2), np.uint64)
        self.trains_expected = self._find()
        if not self._files and not growing:
            raise RunFileError(f"folder '{path}' holds no run file that can be read")
        self.ended = False
        self._batches = self._pass()
        self._news = self._next_look = clock()

    @property
    def paths(self) -> Collection[Path]:
        """The run files that were found so far, in the order in which they are read."""
        return self._files.keys()

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that could not be read, by reason."""
        return self._counts + sum((Counter(file.skipped) for file in self._files.values()), Counter[str]())

    def poll(self) -> Batch | None:
        """Give the next trains."""
        for batch in self._batches:
            wanted = without(batch, self._skipped)
            if wanted is not None:
                self._news = self._clock()
                return wanted
        self._look_again()
        return None

    def rest(self) -> None:
        """Nothing waits: trains in files are whole."""

    def skip(self, trains: U8, newest: int = -1) -> None:  # noqa: ARG002 - gaps of a file are no loss
        """Leave out trains, ranges (R, 2) of their IDs."""
        self._skipped = trains

    def close(self) -> None:
        """Close the file that is open."""
        self._batches = iter(())

    def _look_again(self) -> None:
        now = self._clock()
        if not self._growing or (self._idle_s is not None and now - self._news >= self._idle_s):
            self.ended = True
        elif now >= self._next_look:
            self._find()
            self._batches = self._pass()
            self._next_look = now + max(LOOK_AGAIN_S, (self._clock() - now) / SHARE)

    def _find(self) -> int:
        """Look for files that are new, in the order of their first trains; gives the number of trains in them."""
        found = []
        for path in run_files_in(self._path) if self._path.is_dir() else [self._path]:
            if path in self._files:
                continue
            try:
                with open_run(path) as run:
                    found.append((place_of(run), run.trains))
            except RunFileError as error:
                if path == self._path and not self._growing:
                    raise
                self._say_once(path, str(error))
        for (_, path), _trains in sorted(found):
            self._files[path] = _File(path)
        return 0 if self._growing else sum(trains for *_, trains in found)

    def _say_once(self, path: Path, error: str) -> None:
        if self._growing:
            return  # its writer may just have begun
        self._counts[NOT_READ] += 1
        log.warning("the trains of a run file are left out", path=str(path), reason=error)

    def _pass(self) -> Iterator[Batch]:
        """Give what is new in every file."""
        for file in list(self._files.values()):
            state = file.state
            if state != file.seen:
                yield from self._news_of(file)
                file.seen = state

    def _news_of(self, file: _File) -> Iterator[Batch]:
        try:
            with open_run(file.path) as run:
                for batch in run.batches(self._hits_per_batch, file.passed):
                    new = self._first_time(batch, file)
                    if new is not None:
                        yield new
                file.skipped = run.skipped
                if not (self._growing and "unreadable" in run.skipped):  # half-written just now, perhaps
                    file.passed = run.trains
        except RunFileError as error:
            if not self._growing:
                raise
            log.debug("a run file cannot be read yet", path=str(file.path), reason=str(error))

    def _first_time(self, batch: Batch, file: _File) -> Batch | None:
        """Leave out trains that were given before; those of another file are counted."""
        before = within(batch.train_id, self._given.ranges)
        again = within(batch.train_id, file.given.ranges)
        self._counts[REPEATED] += int((before & ~again).sum())
        for train_id in batch.train_id[~before].tolist():
            self._given.add(train_id)
            file.given.add(train_id)
        return without(batch, np.repeat(np.sort(batch.train_id[before]), 2).reshape(-1, 2)) if before.any() else batch

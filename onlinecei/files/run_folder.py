"""The run files of a folder as one run, such as a line that records leaves them."""

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from onlinecei.arrays import U8, Bool
from onlinecei.closing import Closing
from onlinecei.errors import RunFileError
from onlinecei.files.one_run import Said, check_one_run
from onlinecei.files.run import RunFile, open_run
from onlinecei.records import Batch
from onlinecei.records.left_out import REPEATED

NOT_READ = "run file that cannot be read"
log = logging.getLogger(__name__)


def run_files_in(folder: Path) -> list[Path]:
    """Give what look like run files in a folder, by name; truth files of simulations are passed over."""
    return [each for each in sorted(folder.glob("*.h5")) if not each.name.endswith(".truth.h5")]


def place_of(run: RunFile) -> tuple[int, Path]:
    """Say where an open file comes among others, by its first train."""
    return int(run.train_id[0]) if run.trains else -1, run.path


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """One file, which is opened only while it is read."""

    said: Said
    train_id: U8
    fresh: Bool
    """(T,) those that no earlier file has."""
    skipped: Mapping[str, int]
    contents: Mapping[str, int]


class RunFolder(Closing):
    """Run files, one after another in the order of their first trains, each train once; a `TrainFile`.

    Parameters
    ----------
    folder
        With run files; those that cannot be read are counted.
    setup_text
        A setup (TOML) for all of them; None: the one that they hold.

    Raises
    ------
    RunFileError
        None can be read, or they are not one run.
    """

    seekable = True
    details: Mapping[str, str] = MappingProxyType({})

    def __init__(self, folder: Path, setup_text: str | None = None) -> None:
        self.path = folder if folder.name else folder.resolve()
        self._unread = 0
        self._parts = self._found()
        if not self._parts:
            raise RunFileError(f"folder '{folder}' holds no run file that can be read")
        files = [each.said for each in self._parts]
        for remark in check_one_run(files, setup_given=setup_text is not None):
            log.warning("%s: %s", folder, remark)
        self.setup_text = files[-1].setup_text if setup_text is None else setup_text
        self._skipped = [Counter(each.skipped) for each in self._parts]
        self._reading: RunFile | None = None

    @property
    def train_id(self) -> U8:
        """(T,) IDs of the trains, each once, in the order in which they come."""
        return np.concatenate([each.train_id[each.fresh] for each in self._parts])

    @property
    def trains(self) -> int:
        """How many these are."""
        return sum(int(each.fresh.sum()) for each in self._parts)

    @property
    def holds_edges(self) -> bool:
        """Whether there are delay-line edges instead of hits."""
        return self._parts[0].said.holds_edges

    @property
    def simulated(self) -> bool:
        """Whether some of the trains come from a simulation."""
        return any(each.said.simulated for each in self._parts)

    @property
    def skipped(self) -> Mapping[str, int]:
        """Trains left out, and files that cannot be read, by reason; grows as damaged data are come upon."""
        counts = sum(self._skipped, Counter[str]())
        return counts + Counter({REPEATED: self._repeated, NOT_READ: self._unread})

    @property
    def contents(self) -> Mapping[str, int]:
        """Trains; pulses and hits or edges too where no train is in two files."""
        counts = sum((Counter(each.contents) for each in self._parts), Counter[str]())
        return {"trains": self.trains} if self._repeated else dict.fromkeys(self._parts[0].contents, 0) | dict(counts)

    def batches(
        self, hits_per_batch: int = 100_000, start_train: int = 0, stop_train: int | None = None
    ) -> Iterator[Batch]:
        """Give the trains, file after file; see `TrainFile`."""
        start, stop = max(start_train, 0), self.trains if stop_train is None else stop_train
        passed = 0
        for number, part in enumerate(self._parts):
            places = np.flatnonzero(part.fresh)[max(start - passed, 0) : max(stop - passed, 0)]
            passed += int(part.fresh.sum())
            if places.size:
                yield from self._of(number, hits_per_batch, int(places[0]), int(places[-1]) + 1)

    def close(self) -> None:
        """Close the file that is being read."""
        if self._reading is not None:
            self._reading.close()

    @property
    def _repeated(self) -> int:
        return sum(int((~each.fresh).sum()) for each in self._parts)

    def _found(self) -> list[_Part]:
        opened = []
        for path in run_files_in(self.path):
            try:
                with open_run(path) as run:
                    opened.append((place_of(run), Said.of(run), run.train_id, run.skipped, run.contents))
            except RunFileError as error:
                self._unread += 1
                log.warning("the trains of a run file are left out: %s", error)
        parts, given = [], np.empty(0, np.uint64)
        for _, said, train_id, skipped, contents in sorted(opened, key=lambda each: each[0]):
            fresh = ~np.isin(train_id, given)
            parts.append(_Part(said=said, train_id=train_id, fresh=fresh, skipped=skipped, contents=contents))
            given = np.union1d(given, train_id)
        return parts

    def _of(self, number: int, hits_per_batch: int, start: int, stop: int) -> Iterator[Batch]:
        part = self._parts[number]
        again = part.train_id[~part.fresh]
        with open_run(part.said.path) as run:
            self._reading = run
            try:
                for batch in run.batches(hits_per_batch, start, stop):
                    wanted = batch.where(~np.isin(batch.train_id, again)) if again.size else batch
                    if wanted is not None:
                        yield wanted
            finally:
                self._skipped[number] |= Counter(run.skipped)

"""A recorded run as a source."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from onlinecei.arrays import U8
from onlinecei.files.opening import open_trains
from onlinecei.records import Batch
from onlinecei.stream.sources.source import LeftOut, Watched, without


class RunSource:
    """The whole trains of a run, in its order.

    Parameters
    ----------
    path
        A run file, a run of a facility or an event list.
    hits_per_batch
        About as many hits are in a batch, or seven times as many edges.
    setup_text
        What the columns of files mean that hold no setup.

    Raises
    ------
    RunFileError
        It cannot be read.
    """

    repeatable = True
    watched: Watched = ()
    waited_s = 0.0
    left_out: Sequence[LeftOut] = ()

    def __init__(self, path: Path, hits_per_batch: int, setup_text: str) -> None:
        self._file = open_trains(path, setup_text)
        self.run = path.name
        self.trains_expected = self._file.trains
        self.ended = False
        self._batches: Iterator[Batch] = self._file.batches(hits_per_batch)
        self._skipped: U8 = np.empty((0, 2), np.uint64)

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that could not be read, by reason."""
        return self._file.skipped

    def poll(self) -> Batch | None:
        """Give the next trains; None once there are no more."""
        for batch in self._batches:
            wanted = without(batch, self._skipped)
            if wanted is not None:
                return wanted
        self.ended = True
        return None

    def rest(self) -> None:
        """Nothing waits: trains in files are whole."""

    def skip(self, trains: U8, newest: int = -1) -> None:  # noqa: ARG002 - gaps of a file are no loss
        """Leave out trains, ranges (R, 2) of their IDs."""
        self._skipped = trains

    def close(self) -> None:
        """Close the file."""
        self._file.close()

"""Reading run files: whole trains only, in file order, by slices."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from onlinecei.arrays import I8, U4, U8
from onlinecei.errors import RunFileError
from onlinecei.files._run_columns import Columns, check_format
from onlinecei.files._run_index import Index, index_trains
from onlinecei.files._salvage import DAMAGE, open_hdf5
from onlinecei.records import Batch

MAX_TRAINS = 50_000_000
"""Trains in one file (two months at 10 Hz); a file that claims more is damaged."""


class RunFile:
    """A run that is open for reading; close it, or use it in a `with` statement.

    Parameters
    ----------
    path
        The run file. One cut off, or left behind by a writer that died, gives the trains that are whole.

    Raises
    ------
    RunFileError
        The file is missing, foreign, newer, of edges, lacks a column or is damaged beyond rescue.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self._unreadable: set[int] = set()
        with ExitStack() as stack:
            try:
                self._open(stack)
            except DAMAGE as error:
                raise RunFileError(
                    f"run file '{path}' is damaged, nothing could be rescued: {' '.join(str(error).split())}"
                ) from error
            self._stack = stack.pop_all()

    def _open(self, stack: ExitStack) -> None:
        file, size = open_hdf5(self.path, stack)
        cut_off = int(file.id.get_filesize()) > size
        self.setup_text: str = check_format(file, self.path)
        """The setup file (TOML) of the run."""
        self._columns = Columns(file, self.path, size if cut_off else None)
        if self._columns.trains > MAX_TRAINS:
            raise RunFileError(
                f"run file '{self.path}' claims {self._columns.trains} trains, this program reads up to {MAX_TRAINS}"
            )
        self._index: Index = index_trains(self._columns, cut_off=cut_off)
        self._good: I8 = np.flatnonzero(self._index.sound & ~self._index.repeated)
        if cut_off and not self._good.size:
            raise RunFileError(f"run file '{self.path}' is cut off and holds no whole train any more")

    @property
    def trains(self) -> int:
        """Number of whole trains."""
        return int(self._good.size)

    @property
    def train_id(self) -> U8:
        """(trains,) IDs of the whole trains, in file order."""
        return self._index.train_id[self._good]

    @property
    def pulses(self) -> int:
        """Number of pulses in the whole trains."""
        return int(np.diff(self._index.first_pulse)[self._good].sum())

    @property
    def hits(self) -> int:
        """Number of hits in the whole trains."""
        return int(np.diff(self._index.first_hit)[self._good].sum())

    @property
    def skipped(self) -> Mapping[str, int]:
        """Trains left out, by reason; `unreadable` grows as `batches` comes upon damaged data."""
        index = self._index
        missing = self._columns.trains_claimed - index.train_id.size
        counts = {
            "offsets damaged": int((~index.sound & ~index.lost).sum()),
            "repeated train id": int(index.repeated.sum()),
            "unreadable": int(index.lost.sum()) + missing + len(self._unreadable),
        }
        return {reason: count for reason, count in counts.items() if count}

    def batches(self, hits_per_batch: int = 100_000, start_train: int = 0) -> Iterator[Batch]:
        """Give the whole trains in file order.

        Parameters
        ----------
        hits_per_batch
            Hits after which a batch ends; each holds one train at least.
        start_train
            How many of the whole trains to pass over first.
        """
        good = self._good[max(start_train, 0) :]
        while good.size:
            count = self._fitting(good, hits_per_batch)
            yield from self._readable(int(good[0]), int(good[0]) + count)
            good = good[count:]

    def _fitting(self, good: I8, hits_per_batch: int) -> int:
        """Count the trains of the next batch: neighbours in the file, with about as many hits as asked."""
        window = good[: max(hits_per_batch, 1)]
        gaps = np.flatnonzero(np.diff(window) != 1)
        neighbours = int(gaps[0]) + 1 if gaps.size else window.size
        first_hit = self._index.first_hit[good[0] : good[0] + neighbours + 1]
        return max(int(np.searchsorted(first_hit, first_hit[0] + hits_per_batch, side="right")) - 1, 1)

    def _readable(self, start: int, stop: int) -> Iterator[Batch]:
        """Read neighbouring trains; halve what cannot be read until the damaged trains stand alone."""
        try:
            batch = self._read(start, stop)
        except DAMAGE:
            if stop - start == 1:
                self._unreadable.add(start)
                return
            middle = (start + stop) // 2
            yield from self._readable(start, middle)
            yield from self._readable(middle, stop)
            return
        yield batch

    def _read(self, start: int, stop: int) -> Batch:
        index = self._index
        first_pulse = index.first_pulse[start : stop + 1]
        pulses = slice(int(first_pulse[0]), int(first_pulse[-1]))
        hits = slice(int(index.first_hit[start]), int(index.first_hit[stop]))
        first_hit = self._columns.read("pulse/first_hit", pulses.start, pulses.stop + 1)
        return Batch(
            train_id=index.train_id[start:stop],
            first_pulse=(first_pulse - first_pulse[0]).astype(np.uint64),
            pulse_id=self._pulse_id(first_pulse, pulses),
            delay_fs=self._slice("pulse/delay_fs", pulses),
            energy_uj=self._slice("pulse/energy_uj", pulses),
            first_hit=first_hit - first_hit[0],
            x_mm=self._slice("hit/x_mm", hits),
            y_mm=self._slice("hit/y_mm", hits),
            t_ns=self._slice("hit/t_ns", hits),
        )

    def _slice(self, name: str, rows: slice) -> npt.NDArray[Any]:
        return self._columns.read(name, rows.start, rows.stop)

    def _pulse_id(self, first_pulse: I8, pulses: slice) -> U4:
        if self._columns.has("pulse/pulse_id"):
            stored: U4 = self._slice("pulse/pulse_id", pulses)
            return stored
        firsts = np.repeat(first_pulse[:-1], np.diff(first_pulse))
        return (np.arange(pulses.start, pulses.stop) - firsts).astype(np.uint32)

    def close(self) -> None:
        """Close the file."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_run(path: Path) -> RunFile:
    """Open a run file for reading; see `RunFile`."""
    return RunFile(path)

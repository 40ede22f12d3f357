"""Reading run files: whole trains only, in file order, by slices."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from onlinecei.arrays import I8, U4, U8
from onlinecei.closing import Closing
from onlinecei.errors import RunFileError
from onlinecei.files._layout import EDGES, FURTHER_COLUMNS
from onlinecei.files._run_columns import Columns, check_format, is_simulated
from onlinecei.files._run_index import Index, index_trains
from onlinecei.files._salvage import DAMAGE, open_hdf5
from onlinecei.records import Batch, Edges, rows_for

MAX_TRAINS = 50_000_000
"""Trains in one file (two months at 10 Hz); a file that claims more is damaged."""
"""Signals of a hit on a hexanode: a batch of edges is as large as it would be with its hits."""
MAX_EDGES = 2**31
"""Edges of one batch, however large it was asked for: their offsets are 32 bits wide."""


class RunFile(Closing):
    """A run that is open for reading; close it, or use it in a `with` statement.

    Parameters
    ----------
    path
        The run file. One cut off, or left behind by a writer that died, gives the trains that are whole.

    Raises
    ------
    RunFileError
        The file is missing, foreign, newer, lacks a column, holds hits and edges or is damaged beyond rescue.
    """

    seekable = True
    details: Mapping[str, str] = MappingProxyType({})

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
        self.simulated: bool = is_simulated(file)
        """Whether its trains come from a simulation."""
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
        """Number of hits in the whole trains; 0 where the run holds edges."""
        return 0 if self.holds_edges else self._rows

    @property
    def edges(self) -> int:
        """Number of delay-line edges in the whole trains; 0 where the run holds hits."""
        return self._rows if self.holds_edges else 0

    @property
    def contents(self) -> Mapping[str, int]:
        """Trains, pulses, and hits or edges."""
        rows = {"delay-line edges": self.edges} if self.holds_edges else {"hits": self.hits}
        return {"trains": self.trains, "pulses": self.pulses, **rows}

    @property
    def holds_edges(self) -> bool:
        """Whether the run holds delay-line edges instead of hits."""
        return self._columns.content is EDGES

    @property
    def further(self) -> frozenset[str]:
        """Columns of pulses that only some runs have, as fields of a batch."""
        return frozenset(name.partition("/")[2] for name in FURTHER_COLUMNS if self._columns.has(name))

    @property
    def _rows(self) -> int:
        return int(np.diff(self._index.first_row)[self._good].sum())

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

    def batches(
        self, hits_per_batch: int = 100_000, start_train: int = 0, stop_train: int | None = None
    ) -> Iterator[Batch]:
        """Give the whole trains in file order.

        Parameters
        ----------
        hits_per_batch
            Hits after which a batch ends, or seven times as many edges; each batch holds one train at least.
        start_train
            How many of the whole trains to pass over first.
        stop_train
            At which of them to stop; None: after the last.
        """
        good = self._good[max(start_train, 0) : stop_train]
        rows = min(rows_for(hits_per_batch, edges=self.holds_edges), MAX_EDGES)
        while good.size:
            count = self._fitting(good, rows)
            yield from self._readable(int(good[0]), int(good[0]) + count)
            good = good[count:]

    def _fitting(self, good: I8, rows: int) -> int:
        """Count the trains of the next batch: neighbours in the file, with about as many hits or edges as asked."""
        window = good[: max(rows, 1)]
        gaps = np.flatnonzero(np.diff(window) != 1)
        neighbours = int(gaps[0]) + 1 if gaps.size else window.size
        first_row = self._index.first_row[good[0] : good[0] + neighbours + 1]
        return max(int(np.searchsorted(first_row, first_row[0] + rows, side="right")) - 1, 1)

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
        return Batch(
            train_id=index.train_id[start:stop],
            first_pulse=(first_pulse - first_pulse[0]).astype(np.uint64),
            pulse_id=self._pulse_id(first_pulse, pulses),
            delay_fs=self._slice("pulse/delay_fs", pulses),
            energy_uj=self._slice("pulse/energy_uj", pulses),
            simulated=self.simulated,
            **self._further(pulses),
            **self._content(pulses, slice(int(index.first_row[start]), int(index.first_row[stop]))),
        )

    def _further(self, pulses: slice) -> dict[str, Any]:
        """Read the columns of pulses that only some runs have."""
        return {name: self._slice(f"pulse/{name}", pulses) for name in sorted(self.further)}

    def _content(self, pulses: slice, rows: slice) -> dict[str, Any]:
        """Read the hits or edges of neighbouring pulses, as the fields of a Batch."""
        content = self._columns.content
        first = self._columns.read(content.offsets, pulses.start, pulses.stop + 1)
        first -= first[0]
        columns = {name.partition("/")[2]: self._slice(name, rows) for name in content.rows}
        if content is not EDGES:
            return {"first_hit": first, **columns}
        no_hits = dict.fromkeys(("x_mm", "y_mm", "t_ns"), np.empty(0, np.float32))
        edges = Edges(first_edge=first.astype(np.uint32), **columns)
        return {"first_hit": np.zeros_like(first), **no_hits, "edges": edges}

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


def open_run(path: Path) -> RunFile:
    """Open a run file for reading; see `RunFile`."""
    return RunFile(path)

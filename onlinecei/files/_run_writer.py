"""Writing run files so that a writer that dies leaves every train it has flushed."""

import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np

import onlinecei
from onlinecei.arrays import AnyArray
from onlinecei.closing import Closing
from onlinecei.errors import RunFileError
from onlinecei.files._layout import EDGES, FORMAT, FURTHER_COLUMNS, HITS, OFFSETS, SIMULATED, TRAIN_COLUMNS, VERSION
from onlinecei.records import FURTHER_OF_PULSES, Batch

TRAIN_CHUNK = 1024
PULSE_CHUNK = 4096
ROW_CHUNK = 32_768
"""Rows, the last of hits or edges: large enough to compress well, small enough that a file cut off loses little."""
_PACKED: Mapping[str, Any] = dict(hdf5plugin.Bitshuffle(cname="zstd", clevel=3))


class RunWriter(Closing):
    """Append batches to a new run file.

    Rows are held back until they fill a chunk or `flush_s` has passed, because each flush of a part-filled
    chunk writes it anew. A flush goes from hits or edges over pulses to trains: whatever the moment of death, a train
    that is in the file has all its pulses and hits. The file can be read while it grows.

    Parameters
    ----------
    path
        File to make; one that exists is replaced.
    setup_text
        The setup file (TOML) of the run.
    edges
        Whether the run holds delay-line edges instead of hits.
    further
        Columns of pulses to write beside: ``pump``, ``timing_tool_fs``.
    flush_s
        Longest time between flushes, seconds; 0: flush with every batch.
    simulated
        Whether the trains come from a simulation.
    """

    def __init__(
        self,
        path: Path,
        setup_text: str,
        *,
        edges: bool = False,
        further: Iterable[str] = (),
        flush_s: float = 1.0,
        simulated: bool = False,
    ) -> None:
        self._path = path
        self._content = EDGES if edges else HITS
        chosen = {name: dtype for name, dtype in FURTHER_COLUMNS.items() if name.partition("/")[2] in set(further)}
        self._pulse_columns = {**chosen, **self._content.pulse_columns}
        self._flush_s = flush_s
        self._flushed_at = time.monotonic()
        self._waiting: list[Batch] = []
        self._pulses = 0
        self._rows = 0
        try:
            self._file = h5py.File(path, "w", libver="latest", locking="best-effort")
        except OSError as error:
            raise RunFileError(f"run file '{path}' cannot be written: {error}") from error
        self._begin(setup_text, simulated=simulated)

    def _begin(self, setup_text: str, *, simulated: bool) -> None:
        self._file.attrs.update(
            format=FORMAT,
            version=VERSION,
            setup=setup_text,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            creator=f"onlinecei {onlinecei.__version__}",
            **({SIMULATED: 1} if simulated else {}),
        )
        # Train columns stay unpacked: their chunks keep their place, so a file cut off keeps the early ones.
        self._make(TRAIN_COLUMNS, TRAIN_CHUNK, {})
        self._make(self._pulse_columns, PULSE_CHUNK, _PACKED)
        self._make(self._content.rows, ROW_CHUNK, _PACKED)
        self._file.swmr_mode = True

    def _make(self, columns: Mapping[str, str], chunk: int, packing: Mapping[str, Any]) -> None:
        for name, dtype in columns.items():
            first = np.zeros(1 if name in OFFSETS else 0, dtype)
            self._file.create_dataset(name, data=first, maxshape=(None,), chunks=(chunk,), fletcher32=True, **packing)

    def append(self, batch: Batch) -> None:
        """Add the trains of a batch; `RunFileError` where it holds edges and the run hits, or more columns."""
        if batch.train_id.size:
            self._check_content(batch)
            self._waiting.append(batch)
        full = sum(waiting.rows for waiting in self._waiting) >= ROW_CHUNK
        if full or time.monotonic() - self._flushed_at >= self._flush_s:
            self.flush()

    def _check_content(self, batch: Batch) -> None:
        content = HITS if batch.edges is None else EDGES
        if content is not self._content:
            raise RunFileError(
                f"run file '{self._path}' takes {self._content.name}, a batch of {content.name} cannot be added"
            )
        for name in FURTHER_OF_PULSES:
            if getattr(batch, name) is not None and f"pulse/{name}" not in self._pulse_columns:
                raise RunFileError(f"run file '{self._path}' has no column '{name}', expected none in its batches")

    def flush(self) -> None:
        """Bring every train appended so far into the file."""
        try:
            self._flush()
        except (OSError, RuntimeError) as error:
            raise RunFileError(f"run file '{self._path}' cannot be written: {error}") from error

    def _flush(self) -> None:
        batches, self._waiting = self._waiting, []
        if batches:
            pulses = np.cumsum([self._pulses, *(batch.pulses for batch in batches)], dtype=np.uint64)
            rows = np.cumsum([self._rows, *(batch.rows for batch in batches)], dtype=np.uint64)
            for name in self._content.rows:
                self._extend(name, [_column(batch, name) for batch in batches])
            for name in self._pulse_columns:
                self._extend(name, [_column(batch, name) for batch in batches], rows)
            for name in TRAIN_COLUMNS:
                self._extend(name, [_column(batch, name) for batch in batches], pulses)
            self._pulses, self._rows = int(pulses[-1]), int(rows[-1])
        self._flushed_at = time.monotonic()

    def _extend(self, name: str, parts: list[AnyArray], starts: AnyArray | None = None) -> None:
        if name in OFFSETS and starts is not None:
            parts = [part[1:] + start for part, start in zip(parts, starts, strict=False)]
        rows = np.concatenate(parts)
        column = self._file[name]
        size = column.shape[0]
        column.resize(size + rows.size, axis=0)
        column[size:] = rows
        column.flush()

    def close(self) -> None:
        """Flush and close; closing twice does no harm."""
        if self._file:
            self.flush()
            self._file.close()


def _column(batch: Batch, name: str) -> AnyArray:
    of_edges = name == EDGES.offsets or name in EDGES.rows
    column: AnyArray | None = getattr(batch.edges if of_edges else batch, name.partition("/")[2])
    if column is None:
        dtype, missing = FURTHER_OF_PULSES[name.partition("/")[2]]
        return np.full(batch.pulses, missing, dtype)
    return column


def write_run(path: Path, batches: Iterable[Batch], setup_text: str) -> None:
    """Write a whole run.

    Parameters
    ----------
    path
        File to make; one that exists is replaced.
    batches
        The trains, in the order in which they are to be read again; all with hits or all with edges.
    setup_text
        The setup file (TOML) of the run.
    """
    rest = iter(batches)
    first = next((batch for batch in rest if batch.train_id.size), None)
    known = [] if first is None else [first]
    edges = any(batch.edges is not None for batch in known)
    further = {name for name in FURTHER_OF_PULSES for batch in known if getattr(batch, name) is not None}
    simulated = any(batch.simulated for batch in known)
    with RunWriter(path, setup_text, edges=edges, further=further, simulated=simulated) as writer:
        for batch in chain(known, rest):
            writer.append(batch)

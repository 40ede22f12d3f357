"""Rows of an event list as they come from a file: pieces of columns, never all of them at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.errors import RunFileError
from onlinecei.setup import TableSection

if TYPE_CHECKING:
    import pyarrow as pa

BLOCK_BYTES = 4_000_000
"""Of a CSV that are parsed in one go."""
BLOCK_ROWS = 65_536
"""Of a Parquet file."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Some rows, by what their columns are."""

    columns: Mapping[str, F8]
    """(R,) each: shot, train, delay, energy, pump."""
    hits: Mapping[str, F8]
    """(H,) each, row after row: t, x, y or channel."""
    counts: I8
    """(R,) hits of each row."""

    @property
    def rows(self) -> int:
        """How many."""
        return int(self.counts.size)


def pieces(path: Path, table: TableSection) -> Iterator[Piece]:
    """Read a list piece by piece.

    Raises
    ------
    RunFileError
        It cannot be read; the sentence says which column, cell or line is wrong.
    """
    wanted = tuple(dict.fromkeys(name for names in table.names.values() for name in names))
    try:
        blocks = _parquet(path, wanted) if path.suffix.lower() == ".parquet" else _csv(path, table, wanted)
        for block in blocks:
            yield _piece(block, table)
    except (OSError, ValueError, KeyError, TypeError) as error:  # those of Arrow are among them
        said = " ".join(str(error).strip("'").split())[:200]
        raise RunFileError(f"event list '{path}' cannot be read: {said}") from error


def _csv(path: Path, table: TableSection, wanted: tuple[str, ...]) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa  # noqa: PLC0415 - an optional part of the installation
    from pyarrow import csv  # noqa: PLC0415

    reading = csv.ReadOptions(
        column_names=list(table.columns) or None, block_size=BLOCK_BYTES, skip_rows=_comments(path), use_threads=False
    )
    types = csv.ConvertOptions(include_columns=list(wanted), column_types=dict.fromkeys(wanted, pa.float64()))
    with csv.open_csv(path, reading, csv.ParseOptions(delimiter=table.separator), types) as stream:
        yield from stream


def _comments(path: Path) -> int:
    """Count the lines at the start that begin with #."""
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if not line.startswith(b"#"):
                return number
    return 0


def _parquet(path: Path, wanted: tuple[str, ...]) -> Iterator["pa.RecordBatch"]:
    from pyarrow import parquet  # noqa: PLC0415 - an optional part of the installation

    with parquet.ParquetFile(path) as file:
        missing = [name for name in wanted if name not in file.schema_arrow.names]
        if missing:
            raise ValueError(f"there is no column '{missing[0]}', its columns are {', '.join(file.schema_arrow.names)}")
        yield from file.iter_batches(BLOCK_ROWS, columns=list(wanted), use_threads=False)


def _piece(block: "pa.RecordBatch", table: TableSection) -> Piece:
    names = table.names
    hits, counts = _hits(block, names)
    own = {name: _numbers(block.column(names[name][0])) for name in names if name not in {"t", "x", "y", "channel"}}
    return Piece(own, hits, counts)


def _hits(block: "pa.RecordBatch", names: Mapping[str, tuple[str, ...]]) -> tuple[dict[str, F8], I8]:
    """Give the values of hits row by row, without the empty ones, and how many each row has."""
    import pyarrow as pa  # noqa: PLC0415

    kinds = [name for name in ("t", "x", "y", "channel") if name in names]
    first = block.column(names["t"][0])
    if pa.types.is_list(first.type) or pa.types.is_large_list(first.type):
        lengths = [np.diff(block.column(names[name][0]).offsets.to_numpy()) for name in kinds]
        if any(not np.array_equal(lengths[0], other) for other in lengths[1:]):
            raise ValueError(f"the lists of {', '.join(names[name][0] for name in kinds)} have different lengths")
        return {name: _numbers(block.column(names[name][0]).flatten()) for name in kinds}, lengths[0].astype(np.int64)
    padded = {name: np.column_stack([_numbers(block.column(each)) for each in names[name]]) for name in kinds}
    filled = ~np.isnan(padded["t"])
    return {name: values[filled] for name, values in padded.items()}, filled.sum(axis=1)


def _numbers(column: "pa.Array") -> F8:
    import pyarrow as pa  # noqa: PLC0415

    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)

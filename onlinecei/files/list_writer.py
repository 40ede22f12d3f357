"""Runs as event lists: CSV with a row for each hit, Parquet with a row for each shot."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from onlinecei.arrays import I8, AnyArray
from onlinecei.errors import RunFileError
from onlinecei.files._list_setup import KEY, as_comments, described, need_pyarrow
from onlinecei.records import UNKNOWN_PUMP, Batch
from onlinecei.whole import whole

if TYPE_CHECKING:
    import pyarrow as pa

HITS_TABLE = """
[table]
rows = "hit"
train = "train"
shot = "shot"
{hits}
delay = "delay_fs"
energy = "energy_uj"
"""
SHOTS_TABLE = HITS_TABLE.replace('rows = "hit"', 'rows = "shot"')
"""What the columns mean that are written here."""


def table_section(ending: str, batch: Batch) -> str:
    """Give the section ``[table]`` of a setup that reads a list of such batches written here."""
    hits = 't = "t_ns"\nx = "x_mm"\ny = "y_mm"' if batch.edges is None else 't = "t_ns"\nchannel = "channel"'
    text = (SHOTS_TABLE if ending == ".parquet" else HITS_TABLE).format(hits=hits)
    text += "" if batch.pump is None else 'pump = "pump"\n'
    return text + ("simulated = true\n" if batch.simulated else "")


def write_list(path: Path, batches: Iterable[Batch], setup_text: str) -> None:
    """Write a run as an event list, whole or not at all.

    A CSV has a row for each hit, so that shots without hits are not in it; a Parquet file has every shot.

    Raises
    ------
    RunFileError
        The package pyarrow is not installed, or trains of hits and of edges are mixed.
    CEIError
        The file cannot be written.
    """
    need_pyarrow(path)
    import pyarrow as pa  # noqa: PLC0415 - an optional part of the installation
    from pyarrow import csv, parquet  # noqa: PLC0415

    of_shots = path.suffix.lower() == ".parquet"
    table_of = _shots if of_shots else _hits
    rest = iter(batches)
    first = next(rest, None)
    if first is None:
        raise RunFileError(f"event list '{path}' is not written: there are no trains")
    schema = table_of(first).schema
    setup = described(setup_text, table_section(path.suffix.lower(), first))
    with whole(path) as unfinished, unfinished.open("wb") as file:
        if not of_shots:
            file.write(as_comments(setup))
        schema = schema.with_metadata({KEY: setup.encode()})
        with (parquet.ParquetWriter if of_shots else csv.CSVWriter)(file, schema) as writer:
            for table in map(table_of, chain([first], rest)):
                if table.schema.names != schema.names:
                    raise RunFileError(f"event list '{path}' cannot hold trains with different columns")
                writer.write_table(table.cast(pa.schema(schema)))


def _shots(batch: Batch) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    offsets, hits = _content(batch)
    lists = {
        name: pa.ListArray.from_arrays(offsets.astype(np.int32), pa.array(column)) for name, column in hits.items()
    }
    return pa.table({**_of_pulses(batch), **lists})


def _hits(batch: Batch) -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    offsets, hits = _content(batch)
    owner = np.repeat(np.arange(batch.pulses), offsets[1:] - offsets[:-1])
    return pa.table({**{name: column[owner] for name, column in _of_pulses(batch).items()}, **hits})


def _of_pulses(batch: Batch) -> dict[str, AnyArray]:
    first = batch.first_pulse.astype(np.int64)
    further: dict[str, Any] = {} if batch.pump is None else {"pump": batch.pump}
    if batch.pump is not None and (batch.pump == UNKNOWN_PUMP).any():
        raise RunFileError("event list: whether some shots have the pump laser is not known, expected 0 or 1 for each")
    return {
        "train": np.repeat(batch.train_id, first[1:] - first[:-1]),
        "shot": np.arange(batch.pulses) - np.repeat(first[:-1], first[1:] - first[:-1]),
        "delay_fs": batch.delay_fs,
        "energy_uj": batch.energy_uj,
        **further,
    }


def _content(batch: Batch) -> tuple[I8, dict[str, AnyArray]]:
    if batch.edges is not None:
        return batch.edges.first_edge.astype(np.int64), {"channel": batch.edges.channel, "t_ns": batch.edges.t_ns}
    hits: dict[str, AnyArray] = {"x_mm": batch.x_mm, "y_mm": batch.y_mm, "t_ns": batch.t_ns}
    return batch.first_hit.astype(np.int64), hits

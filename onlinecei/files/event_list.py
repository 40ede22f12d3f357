"""Event lists, CSV or Parquet, as trains: read piece by piece, whole trains at a time."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from onlinecei.arrays import F8, I8, U1, U8, AnyArray
from onlinecei.errors import RunFileError
from onlinecei.files._list_pieces import pieces
from onlinecei.files._list_rows import ListRows
from onlinecei.files._list_setup import need_pyarrow, stored_setup, with_table
from onlinecei.records import Batch, Edges, rows_for
from onlinecei.setup import Setup, TableSection


class EventList:
    """A table of events that is open for reading.

    Parameters
    ----------
    path
        CSV (also as ``.txt``, ``.dat`` or ``.tsv``) or Parquet.
    setup_text
        A setup with ``[table]``; a list that was written here holds both itself.

    Raises
    ------
    RunFileError
        The setup does not say what the columns mean. What is wrong with the rows is said when they are read.
    """

    seekable = False
    details: Mapping[str, str] = MappingProxyType({})

    def __init__(self, path: Path, setup_text: str | None = None) -> None:
        need_pyarrow(path)
        stored = stored_setup(path)
        if setup_text is None and stored is None:
            raise RunFileError(f"event list '{path}' holds no setup: give one with [table], which names its columns")
        self.path = Path(path)
        self.setup_text: str = stored or "" if setup_text is None else with_table(setup_text, stored)
        table = Setup.from_toml(self.setup_text, f"setup of {path}").table
        if table is None:
            raise RunFileError(f"event list '{path}': the setup does not say what its columns mean, add [table]")
        self._table: TableSection = table

    @cached_property
    def train_id(self) -> U8:
        """(T,) IDs of the trains; the list is read once to find them."""
        return np.concatenate([np.empty(0, np.uint64), *(batch.train_id for batch in self.batches())])

    @property
    def trains(self) -> int:
        """How many trains."""
        return int(self.train_id.size)

    @property
    def holds_edges(self) -> bool:
        """Whether there are delay-line edges instead of hits."""
        return bool(self._table.channel)

    @property
    def simulated(self) -> bool:
        """Whether the shots come from a simulation."""
        return self._table.simulated

    @property
    def skipped(self) -> Mapping[str, int]:
        """Nothing: a row that cannot be used is an error."""
        return {}

    @property
    def contents(self) -> Mapping[str, int]:
        """The number of trains."""
        return {"trains": self.trains}

    def batches(
        self, hits_per_batch: int = 100_000, start_train: int = 0, stop_train: int | None = None
    ) -> Iterator[Batch]:
        """Give the trains in the order of the list.

        Raises
        ------
        RunFileError
            A row cannot be used; the sentence names it.
        """
        most = rows_for(hits_per_batch, edges=self.holds_edges)
        passed = 0
        for rows in self._whole_trains(most):
            if stop_train is not None and passed >= stop_train:
                return
            batch = _batch(rows, self._table)
            stop = batch.train_id.size if stop_train is None else min(stop_train - passed, batch.train_id.size)
            start, passed = max(start_train - passed, 0), passed + batch.train_id.size
            if start < stop:
                whole = stop - start == batch.train_id.size
                yield batch if whole else Batch.of(list(batch.trains())[start:stop])

    def _whole_trains(self, most: int) -> Iterator["ListRows"]:
        """Gather rows until about so many hits are there, and cut them where a train ends."""
        waiting = ListRows()
        for piece in pieces(self.path, self._table):
            waiting = waiting.and_then(ListRows.of(piece, self._table, waiting, self.path))
            if waiting.hits >= most:
                whole, waiting = waiting.cut()
                if whole.train.size:
                    yield whole
        if waiting.train.size:
            yield waiting

    def close(self) -> None:
        """Do nothing: the file is open only while it is read."""


def _batch(rows: ListRows, table: TableSection) -> Batch:
    """Make trains of rows; shots without a hit, which have no row then, are there where their number is known."""
    trains, owner = np.unique(rows.train, return_inverse=True)
    if table.shots and table.rows == "hit":
        first_pulse = np.arange(trains.size + 1) * table.shots
        pulse_of_row = owner * table.shots + rows.shot
        pulse_id = np.tile(np.arange(table.shots), trains.size)
    else:
        new = np.append(True, (np.diff(rows.train) != 0) | (np.diff(rows.shot) != 0))
        pulse_of_row = np.cumsum(new) - 1
        first_pulse = np.append(np.searchsorted(owner[new], np.arange(trains.size)), int(new.sum()))
        pulse_id = rows.shot[new]
    pulses = int(first_pulse[-1])
    hits = np.bincount(pulse_of_row, weights=rows.counts, minlength=pulses).astype(np.int64)
    first = np.append(0, np.cumsum(hits))
    own = {name: _per_pulse(rows.columns.get(name), pulse_of_row, pulses) for name in ("delay", "energy", "pump")}
    return Batch(
        train_id=trains.astype(np.uint64),
        first_pulse=first_pulse.astype(np.uint64),
        pulse_id=pulse_id.astype(np.uint32),
        delay_fs=(own["delay"] - table.zero) * table.fs_per_unit,
        energy_uj=(own["energy"] * table.uj_per_unit).astype(np.float32),
        pump=_pump(own["pump"]) if table.pump else None,
        simulated=table.simulated,
        **_content(rows, table, first),
    )


def _per_pulse(values: F8 | None, pulse_of_row: I8, pulses: int) -> F8:
    """Give the value of each pulse by its first row; NaN where it has none."""
    found = np.full(pulses, np.nan)
    if values is not None:
        found[pulse_of_row[::-1]] = values[::-1]
    return found


def _pump(said: F8) -> U1:
    if np.isnan(said).any():
        raise RunFileError(
            "event list: whether the shots without a row have the pump laser is not known; "
            'give every shot a row, rows = "shot", or take shots_per_train out'
        )
    return np.asarray(said != 0, np.uint8)


def _content(rows: ListRows, table: TableSection, first: AnyArray) -> dict[str, Any]:
    t_ns = rows.columns["t"] * table.ns_per_unit
    if table.channel:
        none = dict.fromkeys(("x_mm", "y_mm", "t_ns"), np.empty(0, np.float32))
        channel = rows.columns["channel"]
        known = (channel >= 0) & (channel < 255) & (channel == np.floor(channel))
        edges = Edges(
            first_edge=first.astype(np.uint32), channel=np.where(known, channel, 255).astype(np.uint8), t_ns=t_ns
        )
        return {"first_hit": np.zeros(first.size, np.uint64), **none, "edges": edges}
    places = {f"{name}_mm": (rows.columns[name] * table.mm_per_unit).astype(np.float32) for name in "xy"}
    return {"first_hit": first.astype(np.uint64), **places, "t_ns": t_ns.astype(np.float32)}

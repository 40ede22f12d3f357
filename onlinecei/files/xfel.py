"""Runs of the European XFEL as they lie on its disks, read by `extra-data` a few trains at a time.

The section ``[source]`` of the setup says what hits, delays and energies are called, as it does for the live bridge.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from onlinecei.arrays import U8
from onlinecei.errors import RunFileError
from onlinecei.facility import LeftOutError, Partner, Properties, Value, joined
from onlinecei.files._salvage import DAMAGE
from onlinecei.files._xfel_keys import MissingError, Values, open_key
from onlinecei.files._xfel_opening import opened, source_section
from onlinecei.records import Batch, Train, rows_for
from onlinecei.setup import EdgesFrom, PartnerName, Setup

BYTES_AT_ONCE: Final = 32_000_000
"""Read in one go, of each key: some seconds of a run, far below any memory."""
TRAINS_AT_ONCE: Final = 512


class XfelRun:
    """A run of the European XFEL that is open for reading.

    Parameters
    ----------
    path
        Folder of a run (raw or processed), or one of its files.
    setup_text
        A setup with ``[source]``.

    Raises
    ------
    RunFileError
        It is no such run, or holds no hits or edges of these names; or `extra-data` is not installed.
    """

    seekable = True
    simulated = False

    def __init__(self, path: Path, setup_text: str) -> None:
        self.path, self.setup_text = Path(path), setup_text
        self._section = source_section(Setup.from_toml(setup_text), self.path)
        self._run = opened(self.path)
        self._counts: Counter[str] = Counter()
        self._details: dict[str, str] = {}
        self._unreadable: set[int] = set()
        signals = self._section.signals
        try:
            self._signals = {key: open_key(self._run, signals.source, key) for key in signals.keys}
        except MissingError as error:
            self.close()
            raise RunFileError(f"run '{path}' has {error}") from error
        self._partners = dict(self._found_partners())
        self._train_id = np.asarray(self._run.train_ids, np.uint64)

    def _found_partners(self) -> Iterator[tuple[PartnerName, Values]]:
        """Find the partners that the run has; the others are counted as missing, as they are live."""
        for name, partner in self._section.partners.items():
            try:
                yield name, open_key(self._run, partner.source, partner.key)
            except MissingError as error:
                if name in self._section.needed:
                    self.close()
                    raise RunFileError(f"run '{self.path}' has {error}; the setup needs it ('{name}')") from error

    @property
    def train_id(self) -> U8:
        """(T,) IDs of the trains that some source has."""
        return self._train_id

    @property
    def trains(self) -> int:
        """How many these are."""
        return int(self._train_id.size)

    @property
    def holds_edges(self) -> bool:
        """Whether there are delay-line edges instead of hits."""
        return self._section.edges is not None

    @property
    def skipped(self) -> Mapping[str, int]:
        """Trains left out, or not given whole, by reason."""
        return dict(self._counts)

    @property
    def details(self) -> Mapping[str, str]:
        """What was wrong with the first train of a reason."""
        return dict(self._details)

    def _count(self, train: int, reason: str, detail: str = "") -> None:
        self._counts[reason] += 1
        if detail:
            self._details.setdefault(reason, f"train {train}: {detail}")

    @property
    def contents(self) -> Mapping[str, int]:
        """The number of trains: the others are known when all is read."""
        return {"trains": self.trains}

    def batches(
        self, hits_per_batch: int = 100_000, start_train: int = 0, stop_train: int | None = None
    ) -> Iterator[Batch]:
        """Give the trains, smallest ID first; which trains are passed over does not show in the others."""
        most = rows_for(hits_per_batch, edges=self.holds_edges)
        waiting: list[Train] = []
        self._counts.clear()
        for train in self._read(max(start_train, 0), stop_train):
            waiting.append(train)
            if sum(each.rows for each in waiting) >= most:
                yield Batch.of(waiting)
                waiting = []
        if waiting:
            yield Batch.of(waiting)

    def _read(self, start_train: int, stop_train: int | None) -> Iterator[Train]:
        held = {name: self._held_at(name, start_train) for name in self._section.partners}
        step, train_id = self._trains_at_once, self._train_id[start_train:stop_train]
        for start in range(0, train_id.size, step):
            some = train_id[start : start + step]
            for name, values in self._partners.items():
                for train, value in self._values(values, some, None).items():
                    held[name].add(train, value)
            yield from self._joined(some, held)

    def _held_at(self, name: PartnerName, place: int) -> Partner:
        """Give a partner with what it said last before a train, if that may still be held."""
        held = Partner(self._section.partners[name].holds_trains)
        if name not in self._partners or not 0 < place < self.trains:
            return held
        oldest = max(int(self._train_id[place]) - held.holds_trains, 0)
        before = self._train_id[np.searchsorted(self._train_id, np.uint64(oldest)) : place]
        while before.size:
            before, some = np.split(before, [max(before.size - self._trains_at_once, 0)])
            said = self._values(self._partners[name], some, None)
            if said:
                held.add(max(said), said[max(said)])
                break
        return held

    @property
    def _trains_at_once(self) -> int:
        most = max(values.bytes_per_train for values in (*self._signals.values(), *self._partners.values()))
        return int(np.clip(BYTES_AT_ONCE // max(most, 1), 1, TRAINS_AT_ONCE))

    def _joined(self, some: U8, held: Mapping[PartnerName, Partner]) -> Iterator[Train]:
        signals = self._section.signals
        columns = {
            key: self._values(values, some, self._entry_dimensions(key)) for key, values in self._signals.items()
        }
        for train in some.tolist():
            if train in self._unreadable:
                self._counts["unreadable"] += 1
                continue
            found = {key: column[train] for key, column in columns.items() if train in column}
            if not found:
                self._counts[f"no {'edges' if self.holds_edges else 'hits'} from {signals.source}"] += 1
                continue
            try:
                made = joined(self._section, train, Properties(train_id=train, values=found), _said(held, train))
            except LeftOutError as error:
                self._count(train, *error.args)
                continue
            for remark, detail in zip(made.remarks, made.details, strict=True):
                self._count(train, remark, detail)
            yield made.train

    def _values(self, values: Values, some: U8, entry_dimensions: int | None) -> Mapping[int, Value]:
        """Read the values of some trains; halve what cannot be read until the damaged trains stand alone."""
        try:
            return values.of_trains(some, entry_dimensions)
        except DAMAGE:
            if some.size == 1:
                self._unreadable.add(int(some[0]))
                return {}
        half = some.size // 2
        halves = (self._values(values, part, entry_dimensions) for part in (some[:half], some[half:]))
        return {train: value for part in halves for train, value in part.items()}

    def _entry_dimensions(self, key: str) -> int:
        """Dimensions that the values of one pulse have: padded rows have one, or two with a channel before."""
        signals = self._section.signals
        if signals.divided != "padded" or key == signals.division_key:
            return 0
        return 2 if isinstance(signals, EdgesFrom) and signals.channel_key is None else 1

    def close(self) -> None:
        """Close all files."""
        self._run.__exit__(None, None, None)


def _said(held: Mapping[PartnerName, Partner], train_id: int) -> dict[str, Value]:
    """Give what the partners say about a train: of the train itself, or held from one before."""
    trains = {name: partner.train_for(train_id) for name, partner in held.items()}
    return {name: held[name].value(train) for name, train in trains.items() if train is not None}

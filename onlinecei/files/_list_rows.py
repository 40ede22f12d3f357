"""Rows of an event list with the shots and trains that they belong to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.errors import RunFileError
from onlinecei.files._list_pieces import Piece
from onlinecei.setup import TableSection

LARGEST: Final = 2**53
"""Train IDs that a floating-point number holds exactly."""
_OF_HITS: Final = frozenset({"t", "x", "y", "channel"})


def _nothing() -> I8:
    return np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ListRows:
    """Neighbouring rows."""

    train: I8 = field(default_factory=_nothing)
    """(R,)"""
    shot: I8 = field(default_factory=_nothing)
    """(R,) place of the shot in its train."""
    counts: I8 = field(default_factory=_nothing)
    """(R,) hits."""
    columns: Mapping[str, F8] = field(default_factory=dict)
    """(R,) each, and (H,) each of those of hits."""
    before: int = 0
    """Rows of the list before these."""

    @property
    def hits(self) -> int:
        """Hits of all rows."""
        return int(self.counts.sum())

    @classmethod
    def of(cls, piece: Piece, table: TableSection, last: Self, path: Path) -> Self:
        """Number the shots and trains of a piece that follows others.

        Raises
        ------
        RunFileError
            They are not whole numbers or not in order.
        """
        first, per_train = last.before + last.train.size, table.shots
        shot = piece.columns.get("shot", np.arange(first, first + piece.counts.size, dtype=np.float64))
        train = piece.columns["train"] if table.train else shot // (per_train or 1)
        if not table.train:
            shot = shot % (per_train or 1)
        elif table.shot is None:
            shot = _within(train, last)
        rows = cls(
            train=_whole(train, "train", first, path),
            shot=_whole(shot, "shot", first, path),
            counts=piece.counts,
            columns={**piece.columns, **piece.hits},
            before=first,
        )
        rows._check(last, per_train, path)
        return rows

    def _check(self, last: Self, per_train: int | None, path: Path) -> None:
        """Refuse rows out of order, and shots that a train cannot have."""
        train, shot = np.append(last.train[-1:], self.train), np.append(last.shot[-1:], self.shot)
        back = (train[1:] < train[:-1]) | ((train[1:] == train[:-1]) & (shot[1:] < shot[:-1]))
        if back.any():
            row = int(np.flatnonzero(back)[0]) + 1
            at = self.before + row + 1 - last.train[-1:].size
            raise RunFileError(
                f"event list '{path}', row {at}: shot {shot[row]} of train {train[row]} comes after shot "
                f"{shot[row - 1]} of train {train[row - 1]}, expected trains and their shots in order"
            )
        if per_train and (self.shot >= per_train).any():
            raise RunFileError(f"event list '{path}': shot {self.shot.max()} of a train, expected 0 to {per_train - 1}")

    def and_then(self, more: Self) -> Self:
        """Join two neighbours."""
        if not self.train.size:
            return more
        return replace(
            self,
            train=np.append(self.train, more.train),
            shot=np.append(self.shot, more.shot),
            counts=np.append(self.counts, more.counts),
            columns={name: np.append(own, more.columns[name]) for name, own in self.columns.items()},
        )

    def cut(self) -> tuple[Self, Self]:
        """Part the last train, which may go on, from those before."""
        end = int(np.searchsorted(self.train, self.train[-1]))
        return self._part(0, end), self._part(end, self.train.size)

    def _part(self, start: int, stop: int) -> Self:
        ends = np.append(0, np.cumsum(self.counts))
        rows, of_hits = slice(start, stop), slice(int(ends[start]), int(ends[stop]))
        return replace(
            self,
            train=self.train[rows],
            shot=self.shot[rows],
            counts=self.counts[rows],
            columns={name: values[of_hits if name in _OF_HITS else rows] for name, values in self.columns.items()},
            before=self.before + start,
        )


def _within(train: F8, last: ListRows) -> F8:
    """Number the rows of each train; those of the last one go on."""
    starts = np.flatnonzero(np.append(True, train[1:] != train[:-1])) if train.size else _nothing()
    number = np.arange(train.size) - np.repeat(starts, np.append(starts[1:], train.size) - starts)
    if train.size and last.train.size and train[0] == last.train[-1]:
        number = number + (last.shot[-1] + 1) * (train == train[0])
    return number.astype(np.float64)


def _whole(values: F8, what: str, first: int, path: Path) -> I8:
    bad = ~((values >= 0) & (values < LARGEST) & (values == np.floor(values)))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise RunFileError(
            f"event list '{path}', row {first + row + 1}: {what} is {values[row]:g}, expected a whole number from 0"
        )
    return values.astype(np.int64)

"""A run cut into pieces that workers can read on their own."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import ceil
from pathlib import Path
from typing import Final

import numpy as np

from onlinecei.arrays import U8
from onlinecei.errors import ResultError
from onlinecei.files.one_run import NOT_TOGETHER, OTHER_FORMULAS, OTHER_SETUPS, Said, check_one_run
from onlinecei.files.opening import holds_runs, open_trains
from onlinecei.files.reader import TrainFile
from onlinecei.records.left_out import REPEATED
from onlinecei.setup import Setup
from onlinecei.stream import ranges
from onlinecei.stream.sources import FolderSource

ROWS_PER_PIECE: Final = 20_000_000
"""Hits or edges: some seconds of work, so that sending the sums of a piece, some megabytes, takes little beside it."""
TRAINS_PER_PIECE: Final = 3_000
"""Where hits cannot be counted without reading them: five minutes of a machine of ten trains a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Neighbouring trains of a file."""

    path: Path
    start_train: int
    stop_train: int
    given: tuple[tuple[int, int], ...] = ()
    """Ranges of train IDs that an earlier file of the run gives."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """A run in pieces."""

    name: str
    path: Path
    setup_text: str
    """The setup that it is analysed with."""
    formula: str
    """Of the molecule, as the run itself says; empty where it does not."""
    pieces: tuple[Piece, ...]
    trains: int
    ranges: U8
    """(R, 2) train IDs."""
    left_out: Mapping[str, int]
    """Trains that no piece gives, by reason."""

    @property
    def setup(self) -> Setup:
        """The setup, parsed."""
        return Setup.from_toml(self.setup_text)


def plan(path: Path, setup_text: str, trains_per_piece: int | None = None) -> Plan:
    """Cut a run.

    Parameters
    ----------
    path
        A run file or a folder of those of one run; the folder of a run of the European XFEL, or one of its files; an
        event list, which is one piece.
    setup_text
        The setup (TOML) that it is to be analysed with.
    trains_per_piece
        None: about `ROWS_PER_PIECE` hits or edges, or `TRAINS_PER_PIECE`.

    Raises
    ------
    CEIError
        There is no run, or it cannot be read, or the setup does not say what its columns mean.
    """
    paths, left_out = _files(path)
    found = _Found(left_out=left_out)
    said = []
    for each in paths:
        with closing(open_trains(each, setup_text)) as file:
            found.add(file, trains_per_piece)
            said.append(Said.of(file))
    check_one_run(said, setup_given=True)
    return Plan(
        name=path.resolve().name, path=path, setup_text=setup_text, formula=said[-1].formula,
        pieces=tuple(found.pieces), trains=found.trains, ranges=found.ranges, left_out=+found.left_out,
    )  # fmt: skip


def _files(path: Path) -> tuple[list[Path], Counter[str]]:
    """Give the files of a run in the order of their trains, one at least; those that cannot be read are counted."""
    if not path.is_dir() or not holds_runs(path):
        return [path.resolve()], Counter()
    folder = FolderSource(path.resolve(), 1)
    return list(folder.paths), Counter(folder.counts)


@dataclass(slots=True, eq=False)
class _Found:
    """What was found in the files of a run so far."""

    left_out: Counter[str]
    pieces: list[Piece] = field(default_factory=list)
    trains: int = 0
    ranges: U8 = field(default_factory=ranges.none)

    def add(self, file: TrainFile, trains_per_piece: int | None) -> None:
        """Cut a file; of trains that an earlier one has, those count."""
        again = ranges.ranges_of(file.train_id[ranges.within(file.train_id, self.ranges)])
        self.pieces += _cut(file, again, trains_per_piece)
        self.left_out.update(file.skipped)
        self.left_out[REPEATED] += ranges.count(again)
        self.trains += file.trains
        self.ranges = ranges.union(self.ranges, ranges.ranges_of(file.train_id))


def _cut(file: TrainFile, given: U8, trains_per_piece: int | None) -> Iterator[Piece]:
    count = min(_number_of_pieces(file, trains_per_piece), file.trains)
    left_out = tuple((first, last) for first, last in given.tolist())
    for start, stop in pairwise(np.linspace(0, file.trains, count + 1).astype(int).tolist()):
        yield Piece(path=file.path, start_train=start, stop_train=stop, given=left_out)


def _number_of_pieces(file: TrainFile, trains_per_piece: int | None) -> int:
    if not file.seekable:
        return 1
    if trains_per_piece is not None:
        return ceil(file.trains / trains_per_piece)
    rows = [count for name, count in file.contents.items() if name in {"hits", "delay-line edges"}]
    return max(ceil(rows[0] / ROWS_PER_PIECE) if rows else ceil(file.trains / TRAINS_PER_PIECE), 1)


def check_together(plans: Sequence[Plan]) -> None:
    """Raise `ResultError` where runs cannot be merged: other molecules or setups, or a train in two of them."""
    hashes = {plan: plan.setup.hash for plan in plans}
    for a, b in combinations(plans, 2):
        why = ""
        if a.formula and b.formula and a.formula != b.formula:
            why = OTHER_FORMULAS.format(a.formula, b.formula)
        elif hashes[a] != hashes[b]:
            why = OTHER_SETUPS
        elif ranges.touches(a.ranges, b.ranges):
            why = "they share trains, each of which counts once"
        if why:
            raise ResultError(NOT_TOGETHER.format(a.path, b.path, why))

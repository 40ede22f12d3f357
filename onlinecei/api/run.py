"""A recorded run in a notebook."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import xarray as xr
from rich.progress import track

from onlinecei.analysis import analyse_all, centroids, reconstruct_all, single_events
from onlinecei.api import _html
from onlinecei.api._hits import hits_of
from onlinecei.api.result import Result
from onlinecei.api.setups import SetupLike, text_of
from onlinecei.arrays import U8
from onlinecei.closing import Closing
from onlinecei.detector import delay_lines_of
from onlinecei.errors import RunFileError
from onlinecei.files.opening import open_trains
from onlinecei.files.reader import TrainFile
from onlinecei.files.shipped_runs import run_at
from onlinecei.records import Batch, Snapshot, State, title_of
from onlinecei.setup import Setup


class Run(Closing):
    """A recorded run that is open for reading; `open_run` makes one.

    It need not be closed; `with` closes it at once.
    """

    def __init__(self, file: TrainFile) -> None:
        self._file = file

    @property
    def name(self) -> str:
        """Name of the file."""
        return self._file.path.name

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._file.path

    @property
    def setup(self) -> Setup:
        """The setup that is stored in the run; `SetupError` where it cannot be used."""
        return Setup.from_toml(self._file.setup_text, f"setup stored in {self.path}")

    @property
    def setup_text(self) -> str:
        """Its text, comments included."""
        return self._file.setup_text

    @property
    def train_id(self) -> U8:
        """(T,) IDs of the whole trains, in the order of the file."""
        return self._file.train_id

    @property
    def trains(self) -> int:
        """Whole trains."""
        return self._file.trains

    @property
    def contents(self) -> Mapping[str, int]:
        """Number of trains, and of pulses, hits or delay-line edges where it is known without reading them all."""
        return self._file.contents

    def read(self, first: int = 0, trains: int = 100) -> xr.Dataset:
        """Read what the detector gave, as it was recorded.

        Parameters
        ----------
        first
            How many trains to pass over.
        trains
            How many to read.

        Returns
        -------
        xr.Dataset
            Dimensions ``pulse`` (train, number in the train, delay, energy) and ``hit`` (x, y, time, row of its pulse),
            or ``edge`` (channel, time, row of its pulse) for a run of delay-line edges.

        Raises
        ------
        RunFileError
            The run has no such trains.
        """
        if not 0 <= first < self.trains or trains < 1:
            raise RunFileError(
                f"run '{self.path}' has {self.trains} trains, asked were {trains} after the first {first}"
            )
        wanted = self.train_id[first : first + trains]
        return hits_of(Batch.of([each for batch in self._chosen(wanted, first) for each in batch.trains()]))

    def analyse(
        self, setup: SetupLike = None, *, trains: tuple[int, int] | None = None, progress: bool = False
    ) -> Result:
        """Analyse the run as the line does, in this process: the same functions, the same bits.

        Parameters
        ----------
        setup
            A setup, or the path of a setup file; omitted: the one stored in the run.
        trains
            First and last ID of the trains to take; omitted: all.
        progress
            Whether to show how far it is.

        Returns
        -------
        Result
            With a geometry, or the reason for none, for every channel and delay bin.

        Raises
        ------
        SetupError
            The setup cannot be used.
        RunFileError
            The run holds none of the trains.
        """
        text = text_of(setup, self._file.setup_text)
        used = Setup.from_toml(text, f"setup stored in {self.path}" if setup is None else "setup")
        if self._file.holds_edges:
            delay_lines_of(used)
        wanted, first = self._wanted(trains)
        batches = self._chosen(wanted, first)
        total = analyse_all(_shown(batches, wanted.size) if progress else batches, used)
        found = reconstruct_all(centroids(total, used), used, single_events(total, used))
        state = State(
            total=total, version=1, finished=True, trains_expected=wanted.size, rejected=dict(self._file.skipped)
        )
        return Result(
            Snapshot(run=self.name, setup_text=text, state=state, reconstructions=tuple(found), reconstructed_version=1)
        )

    def _wanted(self, trains: tuple[int, int] | None) -> tuple[U8, int]:
        """Trains to take, and how many at the start of the file are not among them."""
        if trains is None:
            return self.train_id, 0
        there = self.train_id
        inside = np.flatnonzero((there >= trains[0]) & (there <= trains[1]))
        if not inside.size:
            between = f", which holds {there.min()} to {there.max()}" if there.size else ""
            raise RunFileError(f"no train from {trains[0]} to {trains[1]} is in run '{self.path}'{between}")
        return there[inside], int(inside[0])

    def _chosen(self, wanted: U8, first: int) -> Iterator[Batch]:
        """Batches of the trains wanted; the last of these ends the reading."""
        left = wanted.size
        for batch in self._file.batches(start_train=first):
            if not left:
                return
            inside = np.isin(batch.train_id, wanted)
            left -= int(inside.sum())
            if (chosen := batch.where(inside)) is not None:
                yield chosen

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __repr__(self) -> str:
        return f"<Run {self._title}: {', '.join(f'{value} {name}' for name, value in self._contents().items())}>"

    def _repr_html_(self) -> str:
        return _html.run(self._title, self._contents(), self._file.skipped, self._file.setup_text)

    @property
    def _title(self) -> str:
        return title_of(self.name, simulated=self._file.simulated)

    def _contents(self) -> dict[str, str]:
        return {name: f"{count:,}" for name, count in self.contents.items()}


def _shown(batches: Iterator[Batch], trains: int) -> Iterator[Batch]:
    """Show progress by trains."""
    done = track(range(trains), description="trains")
    for batch in batches:
        for _ in zip(range(batch.train_id.size), done, strict=False):
            pass
        yield batch


def open_run(path: Path | str, setup: SetupLike = None) -> Run:
    """Open a recorded run.

    Parameters
    ----------
    path
        A run file (HDF5); the folder of a run of the European XFEL, or one of its files; an event list (CSV, Parquet);
        the name of a run that comes with the program, such as ``water``.
    setup
        For files that hold none: a setup, or the path of a setup file, with ``[source]`` or ``[table]``.

    Raises
    ------
    RunFileError
        The file is missing, foreign or damaged beyond rescue, or needs a setup.
    SetupError
        The setup cannot be used.
    """
    return Run(open_trains(run_at(Path(path)), None if setup is None else text_of(setup, "")))

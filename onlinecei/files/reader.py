"""What every file of trains can do, whoever wrote it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from onlinecei.arrays import U8
from onlinecei.records import Batch


class TrainFile(Protocol):
    """Trains that are read when they are asked for, so that a file may be larger than the memory."""

    path: Path
    setup_text: str
    """The setup (TOML) that is stored with the trains, or that says what their columns mean."""

    @property
    def train_id(self) -> U8:
        """(T,) IDs of the trains, in the order in which they come; those that cannot be used may be among them."""
        ...

    @property
    def trains(self) -> int:
        """How many these are."""
        ...

    @property
    def holds_edges(self) -> bool:
        """Whether there are delay-line edges instead of hits."""
        ...

    @property
    def skipped(self) -> Mapping[str, int]:
        """Trains left out, or not given whole, by reason; grows as they are read."""
        ...

    @property
    def details(self) -> Mapping[str, str]:
        """What exactly was wrong with the first train of a reason in `skipped`, where more is known than the reason."""
        ...

    @property
    def simulated(self) -> bool:
        """Whether the trains come from a simulation, as far as the file says."""
        ...

    @property
    def contents(self) -> Mapping[str, int]:
        """What is known of the size without reading all of it: trains, and maybe pulses, hits or edges."""
        ...

    @property
    def seekable(self) -> bool:
        """Whether trains in the middle can be read without reading those before."""
        ...

    def batches(
        self, hits_per_batch: int = 100_000, start_train: int = 0, stop_train: int | None = None
    ) -> Iterator[Batch]:
        """Give the trains; each batch ends after about so many hits, or seven times as many edges.

        Of `train_id` those from place `start_train` up to, not with, `stop_train`; None: to the end.
        """
        ...

    def close(self) -> None:
        """Close all files."""
        ...

"""What ingest knows of a source of trains."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

import zmq

from onlinecei.arrays import U8
from onlinecei.records import Batch
from onlinecei.stream.ranges import within

Watched: TypeAlias = Sequence["zmq.Socket[Any] | int"]
"""Sockets and file descriptors."""


class LeftOut(NamedTuple):
    """Trains that came in and are not to be analysed."""

    batch: Batch
    """What is known of them; NaN is what is not."""
    reason: str


class Source(Protocol):
    """Trains as they come in; whoever asks never waits."""

    @property
    def run(self) -> str:
        """Name of the run."""
        ...

    @property
    def trains_expected(self) -> int:
        """How many trains there will be; 0 where that cannot be known."""
        ...

    @property
    def repeatable(self) -> bool:
        """Whether it can be read again from its start, as a file can: after a restart nothing is lost."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """Trains that could not be given so far, by reason."""
        ...

    @property
    def watched(self) -> Watched:
        """What says when trains have arrived, at this moment: it may change; nothing where they are always there."""
        ...

    @property
    def waited_s(self) -> float:
        """How long the trains that were given last had been here: that which came first of them; 0 where none waits."""
        ...

    @property
    def left_out(self) -> Sequence[LeftOut]:
        """Trains that `poll` or `rest` came upon just now and that are not to be analysed: for a recording only."""
        ...

    def poll(self) -> Batch | None:
        """Give the next trains that have come in, one at least; None where there are none yet, or no more."""
        ...

    def rest(self) -> Batch | None:
        """Give what came in and still waits for something, such as a delay; again and again until that is None."""
        ...

    def skip(self, trains: U8, newest: int = -1) -> None:
        """Leave out trains from now on: ranges (R, 2) of their IDs, first and last inclusive, in order.

        Of a source that cannot be read again more of them may become known later; those known before are among them.
        `newest` is the largest ID of which an earlier life told, with what was missing before it; -1: not known.
        """
        ...

    def close(self) -> None:
        """Let go of files and sockets."""
        ...


def without(batch: Batch, ranges: U8) -> Batch | None:
    """Take the trains of ranges (R, 2) out of a batch; None where none is left."""
    return batch.where(~within(batch.train_id, ranges))

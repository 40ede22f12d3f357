"""What a worker does: it reads its piece itself, and gives what comes of it as the bytes that go over the wire."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import reduce
from platform import node
from typing import Self

import numpy as np

from onlinecei.analysis import analyse_all, centroids, reconstruct_all, single_events
from onlinecei.centroids import merge
from onlinecei.cluster import Sameness, check_here
from onlinecei.errors import RunFileError
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.opening import open_trains
from onlinecei.records import Batch, Delta, Reconstruction
from onlinecei.reprocess.plan import Piece
from onlinecei.setup import Setup
from onlinecei.stream.sources import without
from onlinecei.stream.wire import Kind, Message, decode, delta_buffers, delta_info, delta_of, encode


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """What comes of some trains."""

    frames: tuple[bytes, ...]
    """A Delta as a message, with geometries where they were made from it."""
    left_out: Mapping[str, int]
    """Trains that could not be read, by reason."""

    @classmethod
    def of(cls, total: Delta, left_out: Mapping[str, int]) -> Self:
        """Put a Delta into bytes."""
        message = Message(kind=Kind.DELTA, info=delta_info(total), buffers=delta_buffers(total))
        return cls(frames=_bytes(message), left_out=left_out)

    @property
    def total(self) -> Delta:
        """The Delta."""
        return delta_of(decode(self.frames))

    @property
    def reconstructions(self) -> tuple[Reconstruction, ...]:
        """The geometries."""
        return tuple(from_columns(decode(self.frames).buffers))


def analysed(piece: Piece, setup_text: str, expected: Sameness) -> Part:
    """Analyse a piece, unless this is another program than the one that asks."""
    check_here(expected)
    if not piece.path.exists():
        raise RunFileError(f"'{piece.path}' is not there on {node()}: runs have to lie where all workers see them")
    with closing(open_trains(piece.path, setup_text)) as file:
        before = Counter(file.skipped)
        batches = file.batches(start_train=piece.start_train, stop_train=piece.stop_train)
        total = analyse_all(_first_time(batches, piece), Setup.from_toml(setup_text))
        return Part.of(total, Counter(file.skipped) - before)


def _first_time(batches: Iterator[Batch], piece: Piece) -> Iterator[Batch]:
    given = np.array(piece.given, np.uint64).reshape(-1, 2)
    return (new for batch in batches if (new := without(batch, given)) is not None)


def merged(*parts: Part) -> Part:
    """Merge parts; which ones, and in which order, does not show in the end."""
    left_out = sum((Counter(each.left_out) for each in parts), Counter[str]())
    return Part.of(reduce(merge, (each.total for each in parts)), left_out)


def reconstructed(part: Part, setup_text: str) -> Part:
    """Add the geometries that follow from a part."""
    setup, total = Setup.from_toml(setup_text), part.total
    found = reconstruct_all(centroids(total, setup), setup, single_events(total, setup))
    message = decode(part.frames)
    return replace(part, frames=_bytes(replace(message, buffers={**message.buffers, **to_columns(found)})))


def _bytes(message: Message) -> tuple[bytes, ...]:
    return tuple(bytes(frame) for frame in encode(message))

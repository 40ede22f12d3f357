"""Runs that the line is measured on, as the messages that a worker gets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path

import numpy as np

from onlinecei.analysis import analyse, nothing
from onlinecei.centroids import ceiling, merge
from onlinecei.files.run import open_run
from onlinecei.records import Batch, Delta
from onlinecei.setup import ChannelSection, Setup
from onlinecei.stream.wire import decode_batch, encode_batch

HITS_PER_BATCH = 100_000
MAX_BATCHES = 10
"""A million hits: beyond the caches, and a second or two for a slow peer."""
LINE_BATCHES = 20
"""Of the line's own rows: the first few also fill the sample of kept pulses, which later ones hardly change."""
WATER_BATCHES = 60
"""Of the water run, whose pulses of few hits fill the sample more slowly."""

Messages = Sequence[Sequence[bytes]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A run, or a part of one, and the setup that it is analysed with."""

    name: str
    note: str
    """Where the hits come from."""
    setup: Setup
    batches: Sequence[Batch]
    messages: Messages
    """Frames of each batch on the wire."""

    @classmethod
    def of(cls, name: str, note: str, setup: Setup, batches: Iterable[Batch]) -> "Case":
        """Encode the batches."""
        taken = tuple(batches)
        messages = [[bytes(frame) for frame in encode_batch(batch, k)] for k, batch in enumerate(taken)]
        return cls(name=name, note=note, setup=setup, batches=taken, messages=messages)

    @property
    def hits(self) -> int:
        """Hits of all batches."""
        return sum(batch.hits for batch in self.batches)

    @property
    def pulses(self) -> int:
        """Pulses of all batches."""
        return sum(batch.pulses for batch in self.batches)

    @property
    def wire_bytes(self) -> int:
        """Bytes of all messages."""
        return sum(len(frame) for frames in self.messages for frame in frames)

    def with_channels(self, channels: Sequence[ChannelSection]) -> "Case":
        """The same hits with other channels."""
        setup = with_channels(self.setup, channels)
        return Case(name=self.name, note=self.note, setup=setup, batches=self.batches, messages=self.messages)


def with_channels(setup: Setup, channels: Sequence[ChannelSection]) -> Setup:
    """Give the same setup with other channels."""
    return Setup.model_validate({**setup.model_dump(), "channels": [each.model_dump() for each in channels]})


def water_case(run_path: Path) -> Case:
    """The water run, again and again with later train numbers, with two complete channels and one partial one."""
    with open_run(run_path) as run:
        setup = Setup.from_toml(run.setup_text, str(run_path))
        once = list(islice(run.batches(HITS_PER_BATCH), WATER_BATCHES))
    trains = max(int(batch.train_id.max()) for batch in once) + 1
    later = (replace(batch, train_id=batch.train_id + np.uint64(turn * trains)) for turn in count() for batch in once)
    batches = islice(later, WATER_BATCHES)
    return Case.of(
        "water", f"simulated, {run_path.name} again and again", with_channels(setup, setup.channels[:3]), batches
    )


def analyse_messages(messages: Messages, setup: Setup) -> Delta:
    """Do what workers and reducer do: wire bytes to one merged Delta."""
    total = nothing(setup)
    for frames in messages:
        batch, _ = decode_batch(frames)
        total = merge(total, analyse(batch, setup, ceiling(total.pulses)))
    return total

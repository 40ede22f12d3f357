"""Twenty-two thousand spoilt messages of a Karabo bridge, made of those that its own package writes."""

import logging
import math
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from spoiling import Frames

from onlinecei.errors import WireError
from onlinecei.facility import Properties
from onlinecei.records import Train
from onlinecei.setup import SourceSection
from onlinecei.stream.sources.arrivals import Arrivals
from onlinecei.stream.sources.karabo_frames import read_frames

MESSAGES = 20_000
MOST_BYTES = 1_000_000
"""Of memory for one message; what comes of most of them is a few thousand."""
GROWTH = 100_000
"""Bytes of 1500 messages, for what Python remembers."""


class Reader:
    """Reads as ingest does, with each way in which our runs name their arrays."""

    def __init__(self, section_of: Callable[..., SourceSection]) -> None:
        self.sections = [section_of(), section_of(whole=True), section_of(edges=True)]
        wanted = [section.keys for section in self.sections]
        self.wanted = {
            name: frozenset().union(*(keys.get(name, ()) for keys in wanted)) for keys in wanted for name in keys
        }
        self.simulated = 0

    def values(self, frames: Frames) -> dict[str, Properties]:
        """What a message says; nothing where it is refused."""
        try:
            return read_frames(frames, self.wanted)
        except WireError:
            return {}

    def trains(self, found: dict[str, Properties]) -> list[Train]:
        """Every train that comes of it, whoever reads it."""
        made = []
        for section in self.sections:
            arrivals = Arrivals(section)
            arrivals.take(found, 0.0)
            made += arrivals.due(math.inf)
        return made


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Say nothing of what does not fit: pytest would keep every line."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def reader(section_of: Callable[..., SourceSection]) -> Reader:
    return Reader(section_of)


def test_every_good_message_is_a_train(reader: Reader, good_of_bridge: list[Frames]) -> None:
    for frames in good_of_bridge:
        assert reader.trains(reader.values(frames))


def test_whatever_a_bridge_sends_is_refused_or_read(
    reader: Reader, hostile_bridge: Callable[[int], Iterator[Frames]], blame: Callable[[Frames], None]
) -> None:
    told = trains = 0
    for frames in islice(hostile_bridge(3), MESSAGES):
        try:
            found = reader.values(frames)
            trains += bool(reader.trains(found))
        except Exception:
            blame(frames)
            raise
        told += any(properties.values for properties in found.values())
    assert 0.2 * MESSAGES < told < 0.9 * MESSAGES, "many get past the door, so that what lies behind it is tried too"
    assert trains > 0.15 * MESSAGES


def test_no_message_of_a_bridge_takes_much_memory(
    reader: Reader, hostile_bridge: Callable[[int], Iterator[Frames]]
) -> None:
    messages = list(islice(hostile_bridge(4), 2000))
    for frames in messages[:500]:
        reader.trains(reader.values(frames))
    most, growth = zip(*(memory_of(reader, messages[500:]) for _ in range(2)), strict=True)
    assert min(most) < MOST_BYTES
    assert min(growth) < GROWTH


def memory_of(reader: Reader, messages: list[Frames]) -> tuple[int, int]:
    """Bytes taken at most while they are read, and kept afterwards.

    Once in many thousand new names Python makes its table of interned strings anew: megabytes that no message asks for,
    in one of two rounds at most.
    """
    tracemalloc.start()
    try:
        for frames in messages:
            reader.trains(reader.values(frames))
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak, after

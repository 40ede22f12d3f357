"""Hostile messages that are kept: each is refused or read, as its file says, every time."""

import math
from collections.abc import Callable

import pytest
from corpus import KEPT, LARGEST_FILE, LARGEST_OF_ALL, Kept, kept

from onlinecei.errors import WireError
from onlinecei.setup import SourceSection
from onlinecei.stream import ranges
from onlinecei.stream.sources.arrivals import Arrivals
from onlinecei.stream.sources.karabo_frames import read_frames
from onlinecei.stream.wire import Kind, Message, batch_of, decode

READERS: dict[Kind, Callable[[Message], object]] = {
    Kind.BATCH: batch_of,
    Kind.LEFT_OUT: lambda message: ranges.set_of(message, "trains"),
}


def of(protocol: str) -> list[object]:
    return [pytest.param(each, id=each.name) for each in kept(protocol)]


def outcome(read: Callable[[], object]) -> str:
    try:
        return "read" if read() else "refused"
    except WireError:
        return "refused"


@pytest.mark.parametrize("message", of("wire"))
def test_of_our_wire(message: Kept) -> None:
    def read() -> bool:
        decoded = decode(message.frames)
        READERS[decoded.kind](decoded)
        return True

    assert outcome(read) == message.then


@pytest.mark.parametrize("message", of("bridge"))
def test_of_a_bridge(message: Kept, section_of: Callable[..., SourceSection]) -> None:
    section = section_of()

    def read() -> bool:
        arrivals = Arrivals(section)
        arrivals.take(read_frames(message.frames, section.keys), 0.0)
        trains = arrivals.due(math.inf)
        assert trains or arrivals.census.counts, "what gives no train is counted"
        return bool(trains)

    assert outcome(read) == message.then


def test_the_files_stay_small() -> None:
    sizes = {path.name: path.stat().st_size for path in KEPT.iterdir()}
    assert {path.suffix for path in KEPT.iterdir()} == {".toml", ".md"}
    assert max(sizes.values()) < LARGEST_FILE
    assert sum(sizes.values()) < LARGEST_OF_ALL

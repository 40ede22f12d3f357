"""Hostile messages: good ones of every kind, spoilt in ways that a seed decides, and those that once did harm.

Whatever is found to do harm is written to ``kept`` (msgpack, a list of frames) and is tried from then on.
"""

import math
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest

from onlinecei.analysis import nothing
from onlinecei.records import Batch, Edges, Facts
from onlinecei.setup import Setup
from onlinecei.stream.facts import facts_buffers
from onlinecei.stream.revisions import Revision, revisions_buffers
from onlinecei.stream.wire import Kind, Message, batch_message, delta_message, encode

Frames = list[bytes]
OWN = 11
"""Incarnation of the ingest that messages are for."""
KEPT = Path(__file__).parent / "kept"
SETUP = Path(__file__).parents[2] / "replay_data" / "water.toml"

WHOLE = (-1, 0, 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, -(2**63))
NUMBERS = (*WHOLE, math.nan, math.inf, -math.inf, 1e308, 0.5)
THINGS: tuple[Any, ...] = (
    *NUMBERS, None, True, "", "x" * 5000, "\x00", "\ud7ff" * 64, b"bytes", [], {}, [[]], [1, 2, 3], {"a": {"b": {}}},
    [-1, -1], [2**62, 2**62], [0, 2**63], ["<i8"], "|O", "O", ">f8", "<c16", "V8", "<f8,<f8", msgpack.ExtType(1, b"x"),
)  # fmt: skip
FLOATS = np.array([math.nan, math.inf, -math.inf, 1e308, -1e308, 1e-320, 0.0, -0.0])
HEADS = (b"\x91", b"\x81\xa1a", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc1")


def _batch(edges: Edges | None = None) -> Batch:
    hits = 0 if edges else 3
    return Batch(
        train_id=np.array([7, 8], np.uint64),
        first_pulse=np.array([0, 1, 3], np.uint64),
        pulse_id=np.array([0, 0, 1], np.uint32),
        delay_fs=np.array([np.nan, 1.0, 2.0]),
        energy_uj=np.array([1.0, np.nan, 2.0], np.float32),
        first_hit=np.array([0, 0, 0, 0] if edges else [0, 2, 2, 3], np.uint64),
        x_mm=np.zeros(hits, np.float32),
        y_mm=np.zeros(hits, np.float32),
        t_ns=np.full(hits, 1000.0, np.float32),
        edges=edges,
    )


def good_messages(setup_text: str) -> dict[Kind, Frames]:
    """One message of every kind, as its receiver wants it."""
    setup = Setup.from_toml(setup_text)
    revision = Revision(number=0, first_train=0, setup_text=setup_text)
    batch = revision.on(batch_message(_batch(), 3, incarnation=OWN, run="water.h5"))
    trains = np.array([[7, 8]], np.uint64)
    delta = revision.on(delta_message(replace(nothing(setup), trains=trains), batch))
    told = facts_buffers(Facts(trains_received=5, degraded=("x",), dropped={"y": 1}))
    known = revisions_buffers((revision,))
    own = {"holds": np.array([3], np.uint64), "finished": np.array([1, 2], np.uint64)}
    said: dict[Kind, Message] = {kind: Message(kind=kind, sequence=3, incarnation=OWN, trains=(7, 8)) for kind in Kind}
    said |= {
        Kind.BATCH: batch,
        Kind.DELTA: delta,
        Kind.READY: Message(kind=Kind.READY, incarnation=5, info={"credits": 2, "of": OWN}, buffers=own),
        Kind.REJECTED: Message(kind=Kind.REJECTED, incarnation=OWN, sequence=3, info={"reason": "no"}),
        Kind.LEFT_OUT: Message(
            kind=Kind.LEFT_OUT, incarnation=OWN, info={"what": "dropped", "reason": "full"}, buffers={"trains": trains}
        ),
        Kind.HELLO: Message(kind=Kind.HELLO, incarnation=OWN, info={"fence": True}, buffers=known),
        Kind.STANDING: Message(
            kind=Kind.STANDING, incarnation=6, info={"of": OWN, "failed": "", "finished": False},
            buffers={"seen": trains, "safe": trains, **told, **known},
        ),
        Kind.FACTS: Message(kind=Kind.FACTS, incarnation=OWN, buffers=told),
        Kind.END: Message(kind=Kind.END, incarnation=OWN, info={"trains_expected": 3}, buffers=told),
        Kind.ASK: Message(kind=Kind.ASK, info={"since": 3, "geometry": 2, "events": 1}),
        Kind.REVISE: revision.on(Message(kind=Kind.REVISE, info={"reader": "00ff"})),
        Kind.REVISED: Message(kind=Kind.REVISED, info={"reader": "00ff", "revision": 1}, buffers=known),
        Kind.SNAPSHOT: revision.on(
            Message(kind=Kind.SNAPSHOT, run="water.h5", info=dict(delta.info), buffers={**delta.buffers, **told})
        ),
    }  # fmt: skip
    return {kind: [bytes(frame) for frame in encode(message)] for kind, message in said.items()}


def edges_message() -> Frames:
    edges = Edges(first_edge=np.array([0, 4, 4, 5], "u4"), channel=np.array([0, 6, 1, 255, 3], "u1"), t_ns=np.zeros(5))
    return [bytes(frame) for frame in encode(batch_message(_batch(edges), 3))]


@dataclass(frozen=True)
class Hostile:
    """Spoilt messages without end, the same for the same seed."""

    good: list[Frames]
    kept: list[Frames]

    def __call__(self, seed: int) -> Iterator[Frames]:
        random = np.random.default_rng(seed)
        yield from self.kept
        while True:
            frames = list(self.good[random.integers(len(self.good))])
            for _ in range(random.integers(1, 4)):
                frames = WAYS[random.integers(len(WAYS))](frames, random)
            yield frames


def _flip(frames: Frames, random: np.random.Generator) -> Frames:
    """Turn a few bits over, in the header more often than not."""
    which = min(int(random.integers(1, 5)) % max(len(frames), 1), len(frames) - 1)
    spoilt = bytearray(frames[which]) if frames else bytearray()
    for _ in range(random.integers(1, 9)):
        if spoilt:
            spoilt[random.integers(len(spoilt))] ^= 1 << random.integers(8)
    return [*frames[:which], bytes(spoilt), *frames[which + 1 :]] if frames else frames


def _cut(frames: Frames, random: np.random.Generator) -> Frames:
    if not frames:
        return frames
    which = random.integers(len(frames))
    return [*frames[:which], frames[which][: random.integers(len(frames[which]) + 1)], *frames[which + 1 :]]


def _lose(frames: Frames, random: np.random.Generator) -> Frames:
    which = random.integers(len(frames) + 1)
    return [*frames[:which], *frames[which + 1 :]]


def _repeat(frames: Frames, random: np.random.Generator) -> Frames:
    which = random.integers(len(frames) + 1)
    return [*frames[:which], *frames[which : which + 1] * int(random.integers(2, 40)), *frames[which + 1 :]]


def _swap(frames: Frames, random: np.random.Generator) -> Frames:
    return [frames[k] for k in random.permutation(len(frames))]


def _noise(frames: Frames, random: np.random.Generator) -> Frames:
    noise = [random.bytes(int(random.integers(200))) for _ in range(random.integers(4))]
    return [*frames[: random.integers(3)], *noise]


def _deep(frames: Frames, random: np.random.Generator) -> Frames:
    head = HEADS[random.integers(len(HEADS))]
    return [*frames[:1], head * int(random.integers(1, 60_000 // len(head))), *frames[2:]]


def _tamper(frames: Frames, random: np.random.Generator) -> Frames:
    """Put something odd in one place of the header."""
    try:
        header = msgpack.unpackb(frames[1])
        place: Any = header
        names: list[Any] = list(header)
        for _ in range(random.integers(1, 4)):
            key = names[random.integers(len(names))]
            inner = place[key]
            if isinstance(inner, dict | list) and inner and random.random() < 0.7:
                place, names = inner, list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        place[names[random.integers(len(names))]] = THINGS[random.integers(len(THINGS))]
        return [frames[0], msgpack.packb(header), *frames[2:]]
    except (IndexError, ValueError, TypeError, KeyError, AttributeError, OverflowError, msgpack.UnpackException):
        return frames


def _values(frames: Frames, random: np.random.Generator) -> Frames:
    """Leave the header as it is and write numbers into a buffer that no instrument gives."""
    if len(frames) < 3:
        return frames
    which = int(random.integers(2, len(frames)))
    spoilt = bytearray(frames[which])
    for _ in range(random.integers(1, 4)):
        word = struct.pack("<d", FLOATS[random.integers(len(FLOATS))])
        if random.random() < 0.6:
            word = struct.pack("<Q", WHOLE[random.integers(len(WHOLE))] % 2**64)
        size = int(random.choice([4, 8]))
        if len(spoilt) >= size:
            at = int(random.integers(len(spoilt) // size)) * size
            spoilt[at : at + size] = word[:size]
    return [*frames[:which], bytes(spoilt), *frames[which + 1 :]]


WAYS: tuple[Callable[[Frames, np.random.Generator], Frames], ...] = (
    _flip, _cut, _lose, _repeat, _swap, _noise, _deep, _tamper, _tamper, _tamper, _values, _values,
)  # fmt: skip


@pytest.fixture(scope="session")
def setup_text() -> str:
    """Of water, with few bins: small messages, so that many can be sent."""
    bins = ("time", "image", "pipico", "map", "ker")
    return SETUP.read_text(encoding="utf-8") + "[histograms]\n" + "".join(f"{name}_bins = 10\n" for name in bins)


@pytest.fixture(scope="session")
def good(setup_text: str) -> dict[Kind, Frames]:
    return good_messages(setup_text)


@pytest.fixture(scope="session")
def hostile(good: dict[Kind, Frames]) -> Hostile:
    kept = [msgpack.unpackb(path.read_bytes()) for path in sorted(KEPT.glob("*.msgpack"))]
    return Hostile([*good.values(), edges_message()], kept)


@pytest.fixture
def blame() -> Callable[[Frames], None]:
    """Keep a message that did harm, where a person runs the tests."""

    def keep(frames: Frames) -> None:
        if "KEEP_HOSTILE" in os.environ:
            blob = msgpack.packb(frames)
            (KEPT / f"{abs(hash(blob)):x}.msgpack").write_bytes(blob)

    return keep

"""Ways to spoil messages, of our wire protocol and of a Karabo bridge: a seed decides which, and how."""

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgpack
import numpy as np

Frames = list[bytes]
WHOLE = (-1, 0, 1, 2**31, 2**32, 2**53, 2**63 - 1, 2**63, 2**64 - 1, -(2**63))
NUMBERS = (*WHOLE, math.nan, math.inf, -math.inf, 1e308, 0.5)
HUGE = ([-1, -1], [2**62, 2**62], [0, 2**63], [2**39] * 8, [1] * 40, [2**20], [])
THINGS: tuple[Any, ...] = (
    *NUMBERS, None, True, "", "x" * 5000, "\x00", "\ud7ff" * 64, b"bytes", [], {}, [[]], [1, 2, 3], {"a": {"b": {}}},
    *HUGE[:3], ["<i8"], "|O", "O", ">f8", "<c16", "V8", "<f8,<f8", msgpack.ExtType(1, b"x"),
)  # fmt: skip
FLOATS = np.array([math.nan, math.inf, -math.inf, 1e308, -1e308, 1e-320, 0.0, -0.0])
HEADS = (b"\x91", b"\x81\xa1a", b"\xdd\xff\xff\xff\xff", b"\xdf\xff\xff\xff\xff", b"\xc6\xff\xff\xff\xff", b"\xc1")
SHAPES = ("shape", b"shape")
DATA = ("data", b"data")
UNREADABLE = (IndexError, ValueError, TypeError, KeyError, AttributeError, OverflowError, msgpack.UnpackException)
Way = Callable[[Frames, np.random.Generator], Frames]


@dataclass(frozen=True)
class Hostile:
    """Spoilt messages without end, the same for the same seed; none comes twice, and none as it was before."""

    good: list[Frames]
    kept: list[Frames]
    ways: tuple[Way, ...]

    def __call__(self, seed: int) -> Iterator[Frames]:
        random = np.random.default_rng(seed)
        seen = {hash(tuple(frames)) for frames in (*self.good, *self.kept)}
        yield from self.kept
        while True:
            frames = list(self.good[random.integers(len(self.good))])
            for _ in range(random.choice([1, 1, 2, 3])):
                frames = self.ways[random.integers(len(self.ways))](frames, random)
            if (own := hash(tuple(frames))) not in seen:
                seen.add(own)
                yield frames


def flip(frames: Frames, random: np.random.Generator) -> Frames:
    """Turn a few bits over, in the header more often than not."""
    which = min(int(random.integers(1, 5)) % max(len(frames), 1), len(frames) - 1)
    spoilt = bytearray(frames[which]) if frames else bytearray()
    for _ in range(random.integers(1, 9)):
        if spoilt:
            spoilt[random.integers(len(spoilt))] ^= 1 << random.integers(8)
    return [*frames[:which], bytes(spoilt), *frames[which + 1 :]] if frames else frames


def cut(frames: Frames, random: np.random.Generator) -> Frames:
    if not frames:
        return frames
    which = random.integers(len(frames))
    return [*frames[:which], frames[which][: random.integers(len(frames[which]) + 1)], *frames[which + 1 :]]


def lose(frames: Frames, random: np.random.Generator) -> Frames:
    which = random.integers(len(frames) + 1)
    return [*frames[:which], *frames[which + 1 :]]


def repeat(frames: Frames, random: np.random.Generator) -> Frames:
    which = random.integers(len(frames) + 1)
    return [*frames[:which], *frames[which : which + 1] * int(random.integers(2, 40)), *frames[which + 1 :]]


def swap(frames: Frames, random: np.random.Generator) -> Frames:
    return [frames[k] for k in random.permutation(len(frames))]


def noise(frames: Frames, random: np.random.Generator) -> Frames:
    more = [random.bytes(int(random.integers(200))) for _ in range(random.integers(4))]
    return [*frames[: random.integers(3)], *more]


def deep(frames: Frames, random: np.random.Generator) -> Frames:
    """Begin one container in another, up to sixty thousand times; where a header of ours is, or anywhere."""
    head = HEADS[random.integers(len(HEADS))]
    which = 1 if random.random() < 0.5 else int(random.integers(len(frames) + 1))
    return [*frames[:which], head * int(random.integers(1, 60_000 // len(head))), *frames[which + 1 :]]


def tamper(frames: Frames, random: np.random.Generator) -> Frames:
    """Put something odd in one place of a map."""

    def change(said: Any) -> None:
        place, names = said, list(said)
        for _ in range(random.integers(1, 4)):
            key = names[random.integers(len(names))]
            inner = place[key]
            if isinstance(inner, dict | list) and inner and random.random() < 0.7:
                place, names = inner, list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        place[names[random.integers(len(names))]] = THINGS[random.integers(len(THINGS))]

    return _changed(frames, random, change)


def reshape(frames: Frames, random: np.random.Generator) -> Frames:
    """Give an array of a bridge a shape that it does not have."""

    def change(said: Any) -> None:
        places = [(place, name) for place in _maps_in(said) for name in SHAPES if name in place]
        place, name = places[random.integers(len(places))]
        place[name] = HUGE[random.integers(len(HUGE))]

    return _changed(frames, random, change)


def values(frames: Frames, random: np.random.Generator) -> Frames:
    """Leave headers as they are and write numbers into a buffer that no instrument gives."""
    plain = [k for k in range(1, len(frames)) if not _is_map(frames[k])]
    if not plain:
        return frames
    which = plain[random.integers(len(plain))]
    return [*frames[:which], _odd(frames[which], random), *frames[which + 1 :]]


def inner_values(frames: Frames, random: np.random.Generator) -> Frames:
    """Do so with an array within a map."""

    def change(said: Any) -> None:
        places = [(place, name) for place in _maps_in(said) for name in DATA if isinstance(place.get(name), bytes)]
        place, name = places[random.integers(len(places))]
        place[name] = _odd(place[name], random)

    return _changed(frames, random, change)


def _changed(frames: Frames, random: np.random.Generator, change: Callable[[Any], None]) -> Frames:
    """Change what one of the maps says; nothing where there is none that can be changed so."""
    maps = [k for k in range(len(frames)) if _is_map(frames[k])]
    try:
        which = maps[random.integers(len(maps))]
        said = msgpack.unpackb(frames[which], strict_map_key=False)
        change(said)
        return [*frames[:which], msgpack.packb(said), *frames[which + 1 :]]
    except UNREADABLE:
        return frames


def _is_map(frame: bytes) -> bool:
    return frame[:1] in {b"\xde", b"\xdf"} or b"\x80" <= frame[:1] < b"\x90"


def _maps_in(said: Any) -> Iterator[dict[Any, Any]]:
    if isinstance(said, dict):
        yield said
        for inner in said.values():
            yield from _maps_in(inner)


def _odd(buffer: bytes, random: np.random.Generator) -> bytes:
    spoilt = bytearray(buffer)
    for _ in range(random.integers(1, 4)):
        word = struct.pack("<d", FLOATS[random.integers(len(FLOATS))])
        if random.random() < 0.6:
            word = struct.pack("<Q", WHOLE[random.integers(len(WHOLE))] % 2**64)
        size = int(random.choice([4, 8]))
        if len(spoilt) >= size:
            at = int(random.integers(len(spoilt) // size)) * size
            spoilt[at : at + size] = word[:size]
    return bytes(spoilt)


_ALL = (flip, cut, lose, repeat, swap, noise, deep)
WIRE: tuple[Way, ...] = (*_ALL, *3 * (tamper,), *4 * (values,))
BRIDGE: tuple[Way, ...] = (*_ALL, *3 * (tamper,), reshape, *2 * (values,), *2 * (inner_values,))

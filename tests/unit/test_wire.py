"""Any bytes on a socket: a message, or a WireError; nothing else, and no memory for what is only claimed."""

import dataclasses
import math
import tracemalloc
from dataclasses import replace
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onlinecei.analysis import analyse, centroids, false_counts, reconstruct_all
from onlinecei.errors import ResultError, WireError
from onlinecei.records import Batch, Delta, Edges, Facts, KeptEvents
from onlinecei.setup import Setup
from onlinecei.stream.account import Account
from onlinecei.stream.revisions import Revisions
from onlinecei.stream.snapshots import geometry_message, message_of, snapshot_of
from onlinecei.stream.wire import (
    MAX_HEADER_BYTES,
    Kind,
    Message,
    batch_message,
    batch_of,
    decode,
    decode_batch,
    delta_message,
    delta_of,
    encode,
    fact,
)

SMALL = Batch(
    train_id=np.array([7, 8], np.uint64),
    first_pulse=np.array([0, 1, 3], np.uint64),
    pulse_id=np.array([0, 0, 1], np.uint32),
    delay_fs=np.array([np.nan, 1.5, -2.0]),
    energy_uj=np.array([1, 2, np.nan], np.float32),
    first_hit=np.array([0, 2, 2, 3], np.uint64),
    x_mm=np.array([1, 2, np.inf], np.float32),
    y_mm=np.array([4, 5, 6], np.float32),
    t_ns=np.array([7, 8, 9], np.float32),
)
OF_EDGES = replace(
    SMALL,
    first_hit=np.zeros(4, np.uint64),
    **dict.fromkeys(("x_mm", "y_mm", "t_ns"), np.empty(0, np.float32)),
    edges=Edges(
        first_edge=np.array([0, 4, 4, 5], np.uint32),
        channel=np.array([0, 6, 1, 255, 3], np.uint8),
        t_ns=np.array([1.0, np.nan, 3.0, 4.0, 5.0]),
    ),
)
HIT_COLUMNS = [field.name for field in dataclasses.fields(Batch) if field.default is dataclasses.MISSING]
HEADER: dict[str, Any] = {
    "protocol": 1,
    "kind": "delta",
    "incarnation": 5,
    "sequence": 6,
    "run": "r",
    "trains": [1, 2],
    "info": {"setup_hash": "abc"},
    "buffers": [["values", "<i8", [2]], ["trains", "<u8", [1, 2]]],
}
BUFFERS = [np.array([3, 4]).tobytes(), np.array([1, 2], np.uint64).tobytes()]


def frames_of(batch: Batch = SMALL) -> list[bytes]:
    return [bytes(frame) for frame in encode(batch_message(batch, 3, incarnation=11, run="water.h5"))]


def header_frames(header: object, kind: bytes = b"delta") -> list[bytes]:
    return [kind, msgpack.packb(header), *BUFFERS]


def read(frames: list[bytes]) -> Message | None:
    """Take a message as its receiver does; None where it is refused."""
    try:
        message = decode(frames)
        if message.kind is Kind.BATCH:
            batch_of(message)
        elif message.kind is Kind.DELTA:
            delta_of(message)
        elif message.kind is Kind.SNAPSHOT:
            snapshot_of(message)
        for name in ("credits", "since", "trains_expected"):
            fact(message, name, 0)
    except (WireError, ResultError):
        return None
    return message


def same(a: Batch, b: Batch) -> bool:
    assert (a.edges is None) == (b.edges is None)
    pairs = [(getattr(a, name), getattr(b, name)) for name in HIT_COLUMNS]
    if a.edges is not None and b.edges is not None:
        pairs += [(getattr(a.edges, name), getattr(b.edges, name)) for name in Edges.__slots__]
    return all(one.dtype == other.dtype and np.array_equal(one, other, equal_nan=True) for one, other in pairs)


def test_a_batch_comes_back_as_it_was(water_batch: Batch) -> None:
    batch, sequence = decode_batch(frames_of(water_batch))
    assert sequence == 3
    assert same(batch, water_batch)


def test_a_batch_of_edges_comes_back_as_it_was() -> None:
    assert same(decode_batch(frames_of(OF_EDGES))[0], OF_EDGES)
    none = Edges(first_edge=np.zeros(4, "u4"), channel=np.empty(0, "u1"), t_ns=np.empty(0))
    empty = replace(OF_EDGES, edges=none)
    assert same(decode_batch(frames_of(empty))[0], empty)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("first_edge", np.array([0, 4, 3, 5], np.uint32)),
        ("first_edge", np.array([0, 4, 4, 6], np.uint32)),
        ("first_edge", np.array([1, 4, 4, 5], np.uint32)),
        ("first_edge", np.array([0, 2**32 - 1, 4, 5], np.uint32)),
        ("first_edge", np.array([0, 4, 5], np.uint32)),
        ("first_edge", np.array([], np.uint32)),
        ("first_edge", np.array([[0, 4, 4, 5]], np.uint32)),
        ("first_edge", np.array([0, 4, 4, 5], np.uint64)),
        ("first_edge", None),
        ("edge_channel", np.zeros(4, np.uint8)),
        ("edge_channel", np.zeros((5, 1), np.uint8)),
        ("edge_channel", np.zeros(5, np.uint32)),
        ("edge_channel", None),
        ("edge_t_ns", np.zeros(6)),
        ("edge_t_ns", np.zeros((1, 5))),
        ("edge_t_ns", np.array(1.0)),
        ("edge_t_ns", np.zeros(5, np.float32)),
        ("edge_t_ns", None),
        ("x_mm", np.zeros(1, np.float32)),
        ("first_hit", np.array([0, 0, 0, 1], np.uint64)),
    ],
)
def test_edges_that_would_point_outside_are_refused(name: str, column: np.ndarray | None) -> None:
    columns = {**batch_message(OF_EDGES, 0).buffers, name: column}
    message = Message(kind=Kind.BATCH, buffers={key: value for key, value in columns.items() if value is not None})
    with pytest.raises(WireError):
        batch_of(decode([bytes(frame) for frame in encode(message)]))


def test_hits_beside_edges_are_refused() -> None:
    both = {**batch_message(OF_EDGES, 0).buffers, **batch_message(SMALL, 0).buffers}
    with pytest.raises(WireError, match="3 hits and 5 edges"):
        batch_of(Message(kind=Kind.BATCH, buffers=both))


def test_a_buffer_that_no_batch_has_is_ignored() -> None:
    buffers = {**batch_message(SMALL, 0).buffers, "weather": np.zeros(3)}
    assert same(batch_of(Message(kind=Kind.BATCH, buffers=buffers)), SMALL)


def test_a_batch_without_pulses_comes_back() -> None:
    none = {name: getattr(SMALL, name)[:0] for name in HIT_COLUMNS}
    empty = Batch(
        **none | {"train_id": SMALL.train_id, "first_pulse": np.zeros(3, "u8"), "first_hit": np.zeros(1, "u8")}
    )
    assert same(decode_batch(frames_of(empty))[0], empty)


def test_a_message_keeps_its_header() -> None:
    message = decode(frames_of())
    assert (message.kind, message.incarnation, message.sequence) == (Kind.BATCH, 11, 3)
    assert (message.run, message.trains) == ("water.h5", (7, 8))


def test_a_delta_comes_back_as_it_was(water: Setup, water_batch: Batch) -> None:
    delta = analyse(water_batch, water)
    message = decode(encode(delta_message(delta, Message(kind=Kind.BATCH, sequence=9, incarnation=2))))
    again = delta_of(message)
    assert (message.sequence, message.incarnation, again.setup_hash) == (9, 2, delta.setup_hash)
    assert np.array_equal(again.values, delta.values)
    assert np.array_equal(again.trains, delta.trains)


def test_a_snapshot_comes_back_as_it_was(water: Setup, water_text: str, water_batch: Batch) -> None:
    total = analyse(water_batch, water)
    account = replace(
        Account.of(Revisions(water_text).of(0)), total=total, run="water.h5", trains_expected=14, finished=True,
        rejected={"unreadable": 2},
    )  # fmt: skip
    geometries = reconstruct_all(centroids(total, water), water)
    geometry = geometry_message(3, geometries, false_counts(total, water))
    snapshot = snapshot_of(decode(encode(message_of(account, 4, Facts(trains_received=5), geometry, events=False))))
    assert snapshot.false_counts is not None
    assert snapshot.false_counts.counts.sum() > 0
    assert snapshot.state.facts == Facts(trains_received=5)
    assert (snapshot.run, snapshot.setup_text, snapshot.reconstructed_version) == ("water.h5", water_text, 3)
    state = snapshot.state
    assert (state.version, state.finished, state.trains_expected, state.rejected) == (4, True, 14, {"unreadable": 2})
    assert np.array_equal(state.total.values, total.values)
    for ours, theirs in zip(snapshot.reconstructions, geometries, strict=True):
        assert ours.reason == theirs.reason
        assert np.array_equal(ours.positions_au, theirs.positions_au, equal_nan=True)


def test_the_hand_made_header_is_fine_before_it_is_spoilt() -> None:
    assert read(header_frames(HEADER)) is not None


@pytest.mark.parametrize("key", list(HEADER))
@pytest.mark.parametrize("value", [None, -1, 2.5, True, "x" * 5000, [], {}, [[]], [-1, -1], {"a": {"b": 1}}, 2**64 - 1])
def test_a_spoilt_entry_is_refused_or_harmless(key: str, value: object) -> None:
    read(header_frames(HEADER | {key: value}))


@pytest.mark.parametrize("key", list(HEADER))
def test_a_missing_entry_is_refused(key: str) -> None:
    with pytest.raises(WireError):
        decode(header_frames({name: value for name, value in HEADER.items() if name != key}))


@pytest.mark.parametrize("protocol", [0, 2, "1", None, 10**15])
def test_another_protocol_is_named(protocol: object) -> None:
    with pytest.raises(WireError, match="protocol"):
        decode(header_frames(HEADER | {"protocol": protocol}))


@pytest.mark.parametrize("header", [None, 3, "text", [1, 2], [[[[]]]], True])
def test_a_header_that_is_no_map_is_refused(header: object) -> None:
    with pytest.raises(WireError, match="expected a map"):
        decode(header_frames(header))


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"\xc1",
        b"\x91" * 60_000,
        b"\xdf\xff\xff\xff\xff",
        b"\xdd\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        msgpack.packb({1: 2}),
        msgpack.packb({"protocol": b"1"}),
        msgpack.packb(msgpack.ExtType(1, b"abc")),
        b"\x80" * (MAX_HEADER_BYTES + 1),
    ],
)
def test_a_header_that_is_no_msgpack_of_ours_is_refused(frame: bytes) -> None:
    with pytest.raises(WireError):
        decode([b"delta", frame])


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        ("<i8", [2**40]),
        ("<i8", [2**62, 2**62]),
        ("<i8", [2**64 - 1]),
        ("<i8", [-2]),
        ("<i8", [2, -1, -1]),
        ("<i8", [1.0, 2]),
        ("<i8", ["2"]),
        ("<i8", [1, 1, 1, 1, 2]),
        ("<i8", [0, 2**63]),
        ("<i8", "2"),
        ("<i8", []),
        ("|O", [2]),
        ("O", [2]),
        (">i8", [2]),
        ("<c16", [1]),
        ("<M8[s]", [2]),
        ("V16", [1]),
        (["<i8"], [2]),
        (None, [2]),
    ],
)
def test_a_buffer_that_is_not_what_it_says_is_refused_without_taking_memory(dtype: object, shape: object) -> None:
    frames = header_frames(HEADER | {"buffers": [["values", dtype, shape], HEADER["buffers"][1]]})
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            decode(frames)
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("shape", [[0, 2**63], [0, 2**64 - 1], [2**40, 0, 2**40]])
def test_an_empty_buffer_with_an_impossible_shape_is_refused(shape: list[int]) -> None:
    frames = [b"delta", msgpack.packb(HEADER | {"buffers": [["values", "<i8", shape]]}), b""]
    with pytest.raises(WireError):
        decode(frames)


@pytest.mark.parametrize("frames", [[], [b"delta"], [b"delta", *[b""] * 40], [b"end", *header_frames(HEADER)[1:]]])
def test_frames_that_do_not_belong_together_are_refused(frames: list[bytes]) -> None:
    with pytest.raises(WireError):
        decode(frames)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("first_hit", np.array([0, 3, 2, 3], np.uint64)),
        ("first_hit", np.array([0, 2, 2, 4], np.uint64)),
        ("first_hit", np.array([1, 2, 2, 3], np.uint64)),
        ("first_hit", np.array([0, 2**63, 2, 3], np.uint64)),
        ("first_hit", np.array([0, 2, 3], np.uint64)),
        ("first_hit", np.array([], np.uint64)),
        ("first_pulse", np.array([0, 2, 1], np.uint64)),
        ("first_pulse", np.array([0, 1, 10**12], np.uint64)),
        ("first_pulse", np.array([[0, 1, 3]], np.uint64)),
        ("x_mm", np.zeros(2, np.float32)),
        ("t_ns", np.zeros((3, 1), np.float32)),
        ("t_ns", np.array(1.0, np.float32)),
        ("t_ns", np.zeros(3, np.float64)),
        ("pulse_id", np.zeros((3, 1), np.uint32)),
        ("train_id", np.array([[7, 8]], np.uint64)),
        ("train_id", np.zeros(2, np.int64)),
        ("delay_fs", np.zeros(4)),
    ],
)
def test_columns_that_would_point_outside_are_refused(name: str, column: np.ndarray) -> None:
    columns = {name: getattr(SMALL, name) for name in HIT_COLUMNS}
    message = Message(kind=Kind.BATCH, buffers=columns | {name: column})
    with pytest.raises(WireError):
        batch_of(decode([bytes(frame) for frame in encode(message)]))


@pytest.mark.parametrize("value", ["many", math.nan, math.inf, 2.5])
def test_a_fact_that_is_no_whole_number_is_refused(value: str | float) -> None:
    with pytest.raises(WireError, match="since"):
        fact(decode(encode(Message(kind=Kind.ASK, info={"since": value}))), "since", -1)


@settings(max_examples=300)
@given(data=st.data())
def test_flipped_bits_and_lost_ends_never_raise_anything_else(data: st.DataObject) -> None:
    kept = KeptEvents(
        limit=9, train_id=np.full(2, 7, "u8"), pulse=np.full(2, 3, "u4"), position=np.arange(2, dtype="u4"),
        delay_fs=np.zeros(2), momentum_au=np.ones((2, 3, 3), "f4"),
    )  # fmt: skip
    delta = Delta(setup_hash="abc", values=np.arange(5), trains=np.array([[1, 2]], np.uint64), kept=(kept,))
    frames = data.draw(
        st.sampled_from(
            [
                frames_of(),
                frames_of(OF_EDGES),
                [bytes(f) for f in encode(delta_message(delta, Message(kind=Kind.BATCH, sequence=1)))],
            ]
        )
    )
    frames = list(frames)
    for _ in range(data.draw(st.integers(1, 4))):
        which = data.draw(st.integers(0, len(frames) - 1))
        frame = bytearray(frames[which])
        if frame and data.draw(st.booleans()):
            frame[data.draw(st.integers(0, len(frame) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        else:
            del frame[data.draw(st.integers(0, len(frame))) :]
        frames[which] = bytes(frame)
    message = read(frames[: data.draw(st.integers(0, len(frames)))] if data.draw(st.booleans()) else frames)
    if message is not None:
        assert read([bytes(frame) for frame in encode(message)]) is not None


@settings(max_examples=200)
@given(frames=st.lists(st.binary(max_size=200), max_size=6))
def test_noise_never_raises_anything_else(frames: list[bytes]) -> None:
    read(frames)

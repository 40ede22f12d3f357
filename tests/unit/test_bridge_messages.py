"""Messages of a Karabo bridge: what its own package writes is read, what is hostile is not."""

import os
import pickle
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from karabo_bridge import serialize

from onlinecei.errors import WireError
from onlinecei.facility.values import Properties
from onlinecei.stream.sources.karabo_frames import read_frames

DATA: dict[str, dict[str, Any]] = {
    "HITS": {"x": np.arange(6, dtype="f4").reshape(2, 3), "n": np.array([1, 2], "u2"), "on": True, "list": [1, 2.5]},
    "MOTOR": {"position": np.float64(3.5), "name": "open", "nothing": None, "deep": [[1], {"a": 2}]},
    "OTHER": {"image": np.zeros((16, 16)), "text": "x" * 300},
}
META = {name: {"source": name, "timestamp": 1.5, "timestamp.tid": 100 + k} for k, name in enumerate(DATA)}
WANTED = {"HITS": frozenset({"x", "n", "on", "list"}), "MOTOR": frozenset({"position", "name", "nothing", "deep"})}


def message(protocol: str) -> list[bytes]:
    return [bytes(frame) for frame in serialize(DATA, META, protocol_version=protocol)]


@pytest.mark.parametrize("protocol", ["1.0", "2.2"])
def test_what_the_package_writes_is_read(protocol: str) -> None:
    found = read_frames(message(protocol), WANTED)
    assert set(found) == {"HITS", "MOTOR"}
    hits, motor = found["HITS"], found["MOTOR"]
    assert (hits.train_id, motor.train_id) == (100, 101)
    x, counts = hits.values["x"], hits.values["n"]
    assert isinstance(x, np.ndarray)
    assert isinstance(counts, np.ndarray)
    assert x.dtype == np.float32
    assert x.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert counts.tolist() == [1, 2]
    assert np.asarray(hits.values["list"]).tolist() == [1, 2.5]
    assert hits.values["on"] is True
    assert motor.values == {"position": 3.5, "name": "open", "nothing": None, "deep": None}


def test_the_train_id_may_lie_deeper() -> None:
    packed = msgpack.packb({"A": {"v": 1, "metadata": {"source": "A", "timestamp": {"tid": 7, "sec": 1}}}})
    assert read_frames([packed], {"A": frozenset({"v"})})["A"] == Properties(train_id=7, values={"v": 1})


class Evil:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("dtype", ["|O", "O", "object", "(3,)O", "O,f4"])
def test_objects_are_never_unpickled(dtype: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    data = pickle.dumps(Evil(mark))
    array = {b"nd": True, b"type": dtype, b"kind": b"O", b"shape": [1], b"data": data}
    packed = msgpack.packb({"A": {"v": array, "metadata": {"timestamp.tid": 7}}})
    assert read_frames([packed], {"A": frozenset({"v"})})["A"].values == {"v": None}
    header = {"source": "A", "content": "array", "path": "v", "dtype": dtype, "shape": [len(data) // 8]}
    frames = [msgpack.packb(header), data[: len(data) // 8 * 8]]
    assert read_frames(frames, {"A": frozenset({"v"})})["A"].values == {"v": None}
    assert not mark.exists()


@pytest.mark.parametrize(
    "frames",
    [
        [],
        [b""],
        [b"\xc1"],
        [b"\x91" * 2000],
        [b"\x81\xa1A" + b"\x81" * 3000],
        [b"\xdf\xff\xff\xff\xff"],
        [b"\x81\xa1A\x81\xa1v\xdd\xff\xff\xff\xff"],
        [b"\x81\xa1A\x81\xa1v\xc6\xff\xff\xff\xff"],
        [b"a", b"b", b"c"],
        [msgpack.packb({"source": "A", "content": "array", "path": "v", "dtype": "f8", "shape": [2**39]}), b""],
        [msgpack.packb({"source": "A", "content": "array", "path": "v", "dtype": "f8", "shape": [-1]}), b""],
        [msgpack.packb({"source": "A", "content": "array", "path": "v", "dtype": "f8", "shape": [1] * 40}), b"8" * 8],
        [msgpack.packb({"A": {"v": {b"nd": True, b"type": "<f8", b"shape": [2**39] * 8, b"data": b""}}})],
        [b"\x80"] * 70_000,
    ],
)
def test_nonsense_is_an_error_of_ours(frames: list[bytes]) -> None:
    with pytest.raises(WireError):
        read_frames(frames, {"A": frozenset({"v"})})


def test_a_few_bytes_cannot_ask_for_much_memory() -> None:
    import tracemalloc  # noqa: PLC0415 - only here

    empty_maps = b"\xdd" + (100_000).to_bytes(4, "big") + b"\x80" * 100_000
    packed = b"\x81\xa1A\x82\xa1w" + empty_maps + b"\xa1v" + empty_maps
    tracemalloc.start()
    try:
        assert read_frames([packed], {"A": frozenset({"v"})})["A"].values == {"v": None}
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2_000_000


@given(st.data())
def test_flipped_and_cut_bytes_never_get_further_than_an_error(data: st.DataObject) -> None:
    frames = message(data.draw(st.sampled_from(["1.0", "2.2"])))
    which = data.draw(st.integers(0, len(frames) - 1))
    spoilt = bytearray(frames[which])
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=4)):
        spoilt[place % len(spoilt)] = value
    frames[which] = bytes(spoilt[: data.draw(st.integers(1, len(spoilt)))])
    try:
        found = read_frames(frames, WANTED)
    except WireError:
        return
    for properties in found.values():
        assert all(isinstance(value, int | float | str | np.ndarray | None) for value in properties.values.values())

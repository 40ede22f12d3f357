"""The wire protocol, version 1: the whole vocabulary of the line in one place.

A message is multipart: kind, header (msgpack), then buffers of raw C-order bytes. Everything in a header is checked
against limits before memory is taken; nothing is ever unpickled or evaluated.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

import msgpack
import numpy as np
import zmq

from onlinecei.arrays import AnyArray
from onlinecei.errors import ResultError, WireError
from onlinecei.files.kept_columns import kept_from_columns, kept_to_columns
from onlinecei.files.pulse_columns import pulses_from_columns, pulses_to_columns
from onlinecei.records import Batch, Delta, Edges

PROTOCOL = 1
MAX_HEADER_BYTES = 65_536
MAX_BUFFERS = 32
MAX_DIMENSIONS = 4
MAX_BUFFER_BYTES = 2**30
"""A batch of 60 million hits, or a state of 130 million bins: more than any setup lays out."""
MAX_NAME = 64
MAX_TEXT = 4096
DTYPES = frozenset({"|u1", "<u4", "<u8", "<i8", "<f4", "<f8"})
_MAX_INTEGER = 2**63

Frame: TypeAlias = bytes | memoryview | zmq.Frame
Scalar: TypeAlias = str | int | float | bool


class Kind(StrEnum):
    """What a message says."""

    READY = "ready"
    """Worker to ingest: `credits` more batches are welcome. Reducer to ingest: it listens."""
    BATCH = "batch"
    """Ingest to worker: trains to analyse."""
    DELTA = "delta"
    """Worker to reducer: what a batch adds."""
    APPLIED = "applied"
    """Reducer to ingest: the batch of this sequence number is in the state and may be forgotten."""
    END = "end"
    """Ingest to reducer: the source has ended and every batch was applied. Back: the same, as acknowledgement."""
    ASK = "ask"
    """Reader to reducer: send the next version after `since`."""
    SNAPSHOT = "snapshot"
    """Reducer to reader: a version of the state, with the latest geometries."""
    GEOMETRY = "geometry"
    """Inference to reducer: reconstructions of a version."""
    REVISE = "revise"
    """Reader to reducer, and on to ingest: analyse with another setup from train `first_train` on."""
    REVISED = "revised"
    """Back the same way: revision `revision` takes effect at `first_train`."""
    REFUSED = "refused"
    """Back the same way: it does not, for the `reason`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One message, decoded."""

    kind: Kind
    incarnation: int = 0
    """Of the sender: a random number drawn at its start."""
    sequence: int = 0
    run: str = ""
    trains: tuple[int, int] = (0, 0)
    """First and last train ID."""
    info: Mapping[str, Scalar] = field(default_factory=dict)
    """Small facts by name."""
    buffers: Mapping[str, AnyArray] = field(default_factory=dict)


def encode(message: Message) -> list[bytes | memoryview]:
    """Turn a message into frames; arrays are not copied."""
    arrays = {name: np.ascontiguousarray(array) for name, array in message.buffers.items()}
    header = {
        "protocol": PROTOCOL,
        "kind": message.kind.value,
        "incarnation": message.incarnation,
        "sequence": message.sequence,
        "run": message.run,
        "trains": list(message.trains),
        "info": dict(message.info),
        "buffers": [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()],
    }
    frames: list[bytes | memoryview] = [message.kind.value.encode(), msgpack.packb(header)]
    return frames + [array.reshape(-1).view(np.uint8).data for array in arrays.values()]


def decode(frames: Sequence[Frame]) -> Message:
    """Check and read a message; arrays are views of the frames. `WireError` says what does not fit."""
    if not 2 <= len(frames) <= 2 + MAX_BUFFERS:
        raise WireError(f"a message of {len(frames)} frames, expected 2 to {2 + MAX_BUFFERS}")
    parts = [frame.buffer if isinstance(frame, zmq.Frame) else memoryview(frame) for frame in frames]
    header = _header(parts[1])
    kind = _kind(header)
    if parts[0].tobytes() != kind.value.encode():
        raise WireError(f"the kind frame {parts[0][:MAX_NAME].tobytes()!r} and the header's '{kind}' differ")
    described = header.get("buffers")
    if not isinstance(described, list) or len(described) != len(parts) - 2:
        raise WireError(f"the header does not describe the {len(parts) - 2} buffers that came with it")
    trains = header.get("trains")
    if not isinstance(trains, list) or len(trains) != 2:
        raise WireError(f"trains is {trains!r}, expected first and last")
    return Message(
        kind=kind,
        incarnation=_integer(header, "incarnation"),
        sequence=_integer(header, "sequence"),
        run=_text(header.get("run"), "run"),
        trains=(_whole(trains[0], "trains"), _whole(trains[1], "trains")),
        info=_info(header.get("info")),
        buffers=dict(_buffer(entry, part) for entry, part in zip(described, parts[2:], strict=True)),
    )


def _header(frame: memoryview) -> dict[str, object]:
    if frame.nbytes > MAX_HEADER_BYTES:
        raise WireError(f"a header of {frame.nbytes} bytes, at most {MAX_HEADER_BYTES} are read")
    try:
        header = msgpack.unpackb(frame, strict_map_key=True, max_ext_len=0, max_bin_len=0)
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        raise WireError(f"the header is not msgpack: {error}") from error
    if not isinstance(header, dict):
        raise WireError(f"the header is a {type(header).__name__}, expected a map")
    if header.get("protocol") != PROTOCOL:
        raise WireError(f"protocol {header.get('protocol')!r}, this program speaks {PROTOCOL}")
    return header


def _kind(header: Mapping[str, object]) -> Kind:
    try:
        return Kind(str(header.get("kind")))
    except ValueError as error:
        raise WireError(f"kind {str(header.get('kind'))[:MAX_NAME]!r} is not known") from error


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2 * _MAX_INTEGER:
        raise WireError(f"{name} is {str(value)[:MAX_NAME]!r}, expected a whole number")
    return value


def _integer(header: Mapping[str, object], name: str) -> int:
    return _whole(header.get(name), name)


def _text(value: object, name: str, limit: int = MAX_TEXT) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise WireError(f"{name} is not a text of at most {limit} characters")
    return value


def _info(value: object) -> dict[str, Scalar]:
    if not isinstance(value, dict) or len(value) > MAX_NAME:
        raise WireError(f"info is not a map of at most {MAX_NAME} entries")
    for name, entry in value.items():
        _text(name, "a name in info", MAX_NAME)
        if isinstance(entry, str):
            _text(entry, f"info '{name}'")
        elif not isinstance(entry, int | float):
            raise WireError(f"info '{name}' is a {type(entry).__name__}, expected a text or a number")
    return value


def _buffer(entry: object, part: memoryview) -> tuple[str, AnyArray]:
    if not isinstance(entry, list) or len(entry) != 3:
        raise WireError("a buffer is not described by name, type and shape")
    name, dtype, shape = entry
    _text(name, "a buffer's name", MAX_NAME)
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise WireError(f"buffer '{name}' has type {str(dtype)[:MAX_NAME]!r}, expected one of {sorted(DTYPES)}")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError(f"buffer '{name}' has no shape of at most {MAX_DIMENSIONS} dimensions")
    sizes = [_whole(size, f"the shape of buffer '{name}'") for size in shape]
    needed = math.prod(sizes) * np.dtype(dtype).itemsize
    if needed != part.nbytes or needed > MAX_BUFFER_BYTES or max(sizes, default=0) > MAX_BUFFER_BYTES:
        raise WireError(f"buffer '{name}' has {part.nbytes} bytes, its type and shape need {needed}")
    return name, np.frombuffer(part, dtype=dtype).reshape(sizes)


def fact(message: Message, name: str, default: int) -> int:
    """Give a whole number of a message's info; `WireError` where it is something else."""
    value = message.info.get(name, default)
    if not isinstance(value, int):
        raise WireError(f"info '{name}' is {str(value)[:MAX_NAME]!r}, expected a whole number")
    return int(value)


_BATCH_COLUMNS = {
    "train_id": "<u8",
    "first_pulse": "<u8",
    "pulse_id": "<u4",
    "delay_fs": "<f8",
    "energy_uj": "<f4",
    "first_hit": "<u8",
    "x_mm": "<f4",
    "y_mm": "<f4",
    "t_ns": "<f4",
}
_EDGE_COLUMNS = {"first_edge": "<u4", "edge_channel": "|u1", "edge_t_ns": "<f8"}
"""Only in a batch of edges, whose columns of hits are empty."""
_FURTHER_COLUMNS = {"pump": "|u1", "timing_tool_fs": "<f8"}
"""Of pulses; only where the run has them."""


def batch_message(
    batch: Batch, sequence: int, incarnation: int = 0, run: str = "", trains_expected: int = 0
) -> Message:
    """A batch as a BATCH message."""
    return Message(
        kind=Kind.BATCH,
        incarnation=incarnation,
        sequence=sequence,
        run=run,
        trains=(int(batch.train_id.min()), int(batch.train_id.max())),
        info={"trains_expected": trains_expected},
        buffers={name: getattr(batch, name) for name in _BATCH_COLUMNS} | _further(batch) | _edge_buffers(batch.edges),
    )


def _further(batch: Batch) -> dict[str, AnyArray]:
    columns = {name: getattr(batch, name) for name in _FURTHER_COLUMNS}
    return {name: column for name, column in columns.items() if column is not None}


def _edge_buffers(edges: Edges | None) -> dict[str, AnyArray]:
    if edges is None:
        return {}
    return dict(zip(_EDGE_COLUMNS, (edges.first_edge, edges.channel, edges.t_ns), strict=True))


def encode_batch(batch: Batch, sequence: int) -> list[bytes | memoryview]:
    """Frames of a BATCH message."""
    return encode(batch_message(batch, sequence))


def decode_batch(frames: Sequence[Frame]) -> tuple[Batch, int]:
    """Read the batch and the sequence number from the frames of a BATCH message."""
    message = decode(frames)
    return batch_of(message), message.sequence


def batch_of(message: Message) -> Batch:
    """Check the columns of a BATCH message: after this no offset points outside."""
    _expect(message, Kind.BATCH, _BATCH_COLUMNS)
    columns = message.buffers
    trains, pulses, hits = (columns[name].size for name in ("train_id", "pulse_id", "t_ns"))
    _expect_size(columns, "train_id", trains)
    for name in ("pulse_id", "delay_fs", "energy_uj"):
        _expect_size(columns, name, pulses)
    for name in ("x_mm", "y_mm", "t_ns"):
        _expect_size(columns, name, hits)
    _expect_offsets(columns, "first_pulse", trains, pulses)
    _expect_offsets(columns, "first_hit", pulses, hits)
    further = {name: dtype for name, dtype in _FURTHER_COLUMNS.items() if name in columns}
    _expect(message, Kind.BATCH, further)
    for name in further:
        _expect_size(columns, name, pulses)
    edges = _edges_of(message, pulses)
    if edges is not None and hits:
        raise WireError(f"a batch of {hits} hits and {edges.t_ns.size} edges, expected one of the two")
    return Batch(edges=edges, **{name: columns[name] for name in (*_BATCH_COLUMNS, *further)})  # type: ignore[arg-type]


def _edges_of(message: Message, pulses: int) -> Edges | None:
    """Check the columns of edges; None where the batch has none of them."""
    columns = message.buffers
    if not any(name in columns for name in _EDGE_COLUMNS):
        return None
    _expect(message, Kind.BATCH, _EDGE_COLUMNS)
    first, channel, t_ns = (columns[name] for name in _EDGE_COLUMNS)
    for name in ("edge_channel", "edge_t_ns"):
        _expect_size(columns, name, t_ns.size)
    _expect_offsets(columns, "first_edge", pulses, t_ns.size)
    return Edges(first_edge=first, channel=channel, t_ns=t_ns)  # type: ignore[arg-type]


def delta_message(delta: Delta, batch: Message) -> Message:
    """What a batch adds, as a DELTA message under the batch's own incarnation and sequence number."""
    return Message(
        kind=Kind.DELTA,
        incarnation=batch.incarnation,
        sequence=batch.sequence,
        run=batch.run,
        trains=batch.trains,
        info={"trains_expected": batch.info.get("trains_expected", 0), **delta_info(delta)},
        buffers=delta_buffers(delta),
    )


def delta_info(delta: Delta) -> dict[str, Scalar]:
    """Give the facts that a Delta travels with."""
    kept = {"kept_limit": delta.kept[0].limit} if delta.kept else {}
    pulses = {"pulses_limit": delta.pulses.limit} if delta.pulses is not None else {}
    return {"setup_hash": delta.setup_hash, **kept, **pulses}


def delta_buffers(delta: Delta) -> dict[str, AnyArray]:
    """Give the columns of a Delta."""
    sums: dict[str, AnyArray] = {"values": delta.values, "trains": delta.trains}
    return sums | kept_to_columns(delta.kept) | pulses_to_columns(delta.pulses)


def delta_of(message: Message) -> Delta:
    """Read the Delta from a DELTA or SNAPSHOT message."""
    _expect(message, message.kind, {"values": "<i8", "trains": "<u8"})
    trains = message.buffers["trains"]
    if trains.ndim != 2 or trains.shape[1] != 2 or message.buffers["values"].ndim != 1:
        raise WireError("a delta needs values (V,) and trains (R, 2)")
    try:
        kept = kept_from_columns(message.buffers, fact(message, "kept_limit", 0))
        pulses = pulses_from_columns(message.buffers, fact(message, "pulses_limit", 0))
    except ResultError as error:
        raise WireError(str(error)) from error
    return Delta(
        setup_hash=_text(message.info.get("setup_hash"), "setup_hash"),
        values=message.buffers["values"],  # type: ignore[arg-type]
        trains=trains,  # type: ignore[arg-type]
        kept=kept,
        pulses=pulses,
    )


def _expect(message: Message, kind: Kind, columns: Mapping[str, str]) -> None:
    if message.kind is not kind:
        raise WireError(f"a message of kind '{message.kind}', expected '{kind}'")
    for name, dtype in columns.items():
        if name not in message.buffers or message.buffers[name].dtype.str != dtype:
            raise WireError(f"'{kind}' needs a buffer '{name}' of type {dtype}")


def _expect_size(columns: Mapping[str, AnyArray], name: str, size: int) -> None:
    if columns[name].shape != (size,):
        raise WireError(f"'{name}' has shape {columns[name].shape}, expected ({size},)")


def _expect_offsets(columns: Mapping[str, AnyArray], name: str, rows: int, total: int) -> None:
    _expect_size(columns, name, rows + 1)
    offsets = columns[name]
    if int(offsets[0]) != 0 or int(offsets[-1]) != total or bool(np.any(offsets[1:] < offsets[:-1])):  # type: ignore[operator]
        raise WireError(f"'{name}' does not rise from 0 to {total}")

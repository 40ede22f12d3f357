"""Messages as frames, and back: everything in a header is checked against limits before memory is taken.

A message is multipart: kind, header (msgpack), then buffers of raw C-order bytes. Nothing is ever unpickled or
evaluated.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgpack
import numpy as np
import zmq

from onlinecei.arrays import AnyArray
from onlinecei.errors import WireError
from onlinecei.stream.wire.message import MAX_NAME, Kind, Message, Scalar

PROTOCOL = 1
MAX_HEADER_BYTES = 65_536
MAX_BUFFERS = 32
MAX_DIMENSIONS = 4
MAX_BUFFER_BYTES = 2**30
"""A batch of 60 million hits, or a state of 130 million bins: more than any setup lays out."""
MAX_TEXT = 4096
DTYPES = frozenset({"|u1", "<u4", "<u8", "<i8", "<f2", "<f4", "<f8"})
_MAX_INTEGER = 2**63

Frame: TypeAlias = bytes | memoryview | zmq.Frame


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
        run=text(header.get("run"), "run"),
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


def text(value: object, name: str, limit: int = MAX_TEXT) -> str:
    """Give a value that has to be a text; `WireError` where it is none, or too long."""
    if not isinstance(value, str) or len(value) > limit:
        raise WireError(f"{name} is not a text of at most {limit} characters")
    return value


def _info(value: object) -> dict[str, Scalar]:
    if not isinstance(value, dict) or len(value) > MAX_NAME:
        raise WireError(f"info is not a map of at most {MAX_NAME} entries")
    for name, entry in value.items():
        text(name, "a name in info", MAX_NAME)
        if isinstance(entry, str):
            text(entry, f"info '{name}'")
        elif not isinstance(entry, int | float):
            raise WireError(f"info '{name}' is a {type(entry).__name__}, expected a text or a number")
    return value


def _buffer(entry: object, part: memoryview) -> tuple[str, AnyArray]:
    if not isinstance(entry, list) or len(entry) != 3:
        raise WireError("a buffer is not described by name, type and shape")
    name, dtype, shape = entry
    text(name, "a buffer's name", MAX_NAME)
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise WireError(f"buffer '{name}' has type {str(dtype)[:MAX_NAME]!r}, expected one of {sorted(DTYPES)}")
    if not isinstance(shape, list) or len(shape) > MAX_DIMENSIONS:
        raise WireError(f"buffer '{name}' has no shape of at most {MAX_DIMENSIONS} dimensions")
    sizes = [_whole(size, f"the shape of buffer '{name}'") for size in shape]
    needed = math.prod(sizes) * np.dtype(dtype).itemsize
    if needed != part.nbytes or needed > MAX_BUFFER_BYTES or max(sizes, default=0) > MAX_BUFFER_BYTES:
        raise WireError(f"buffer '{name}' has {part.nbytes} bytes, its type and shape need {needed}")
    return name, np.frombuffer(part, dtype=dtype).reshape(sizes)

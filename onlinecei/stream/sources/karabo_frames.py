"""What a Karabo bridge sends, protocols 2.2 and 1.0, read by our own hand.

The reader of the package `karabo-bridge` is not used: for protocol 1.0 it hands the bytes to `msgpack_numpy`, whose
decoder unpickles arrays of objects, so that whoever owns the endpoint could run a program of his here; and neither
protocol's reader bounds what it builds. The format itself is simple. Protocol 2.2: pairs of frames, a header (msgpack)
and either the plain values of a source (msgpack) or the bytes of one array. Protocol 1.0: one frame, a map of sources.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgpack
import zmq

from onlinecei.errors import WireError
from onlinecei.facility import Properties
from onlinecei.stream.sources._msgpack import Walk, array_of, shape_of

MAX_FRAMES = 65_536
"""Two for each array of each source."""
MAX_HEADER_BYTES = 65_536
"""It holds some names and numbers; as Python objects a hostile one has a few megabytes."""
MAX_BYTES = 2**28
"""One frame: the arrays of a train are megabytes at most."""
_DAMAGE = (ValueError, TypeError, KeyError, msgpack.UnpackException, RecursionError, OverflowError)
"""What msgpack raises on bytes that are none."""


def read_frames(frames: Sequence[zmq.Frame | bytes], wanted: Mapping[str, frozenset[str]]) -> dict[str, Properties]:
    """Read a message of a bridge.

    Parameters
    ----------
    frames
        All of its frames.
    wanted
        Keys by source; everything else is stepped over.

    Returns
    -------
    dict[str, Properties]
        The wanted sources that it holds.

    Raises
    ------
    WireError
        It is no such message, or one beyond the limits.
    """
    if not 1 <= len(frames) <= MAX_FRAMES:
        raise WireError(f"a message of {len(frames)} frames, expected 1 to {MAX_FRAMES}")
    parts = [frame.buffer if isinstance(frame, zmq.Frame) else memoryview(frame) for frame in frames]
    if max(part.nbytes for part in parts) > MAX_BYTES:
        raise WireError(f"a frame of {max(part.nbytes for part in parts)} bytes, at most {MAX_BYTES} are read")
    try:
        return _one_frame(parts[0], wanted) if len(parts) == 1 else _pairs(parts, wanted)
    except _DAMAGE as error:
        raise WireError(f"what the bridge sent is not its protocol: {' '.join(str(error).split())[:200]}") from error


def _one_frame(blob: memoryview, wanted: Mapping[str, frozenset[str]]) -> dict[str, Properties]:
    found: dict[str, Properties] = {}
    walk = Walk(blob)
    for source in walk.keys():  # noqa: SIM118 - no mapping
        if source in wanted:
            found[source] = Properties()
            _plain(walk, found[source], wanted[source])
        else:
            walk.skip()
    return found


def _pairs(parts: Sequence[memoryview], wanted: Mapping[str, frozenset[str]]) -> dict[str, Properties]:
    if len(parts) % 2:
        raise WireError(f"a message of {len(parts)} frames, expected pairs of header and content")
    found: dict[str, Properties] = {}
    for header, content in zip(parts[::2], parts[1::2], strict=True):
        says = _Header.read(header)
        if says.source not in wanted:
            continue
        own = found.setdefault(says.source, Properties())
        own.train_id = max(own.train_id, says.train_id)
        if says.content == "msgpack":
            _plain(Walk(content), own, wanted[says.source])
        elif says.content == "array" and says.path in wanted[says.source]:
            own.values[says.path] = array_of(content.cast("B"), says.dtype, says.shape)
    return found


def _plain(walk: Walk, own: Properties, keys: frozenset[str]) -> None:
    """Read the plain values of a source; in protocol 1.0 its metadata are among them."""
    for key in walk.keys():  # noqa: SIM118 - no mapping
        if key == "metadata" and walk.is_map:
            own.train_id = max(own.train_id, _train_id(walk))
        elif key in keys:
            own.values[key] = walk.value()
        else:
            walk.skip()


def _train_id(walk: Walk) -> int:
    """Find the train ID in metadata: ``timestamp.tid``, or ``tid`` in a map ``timestamp``."""
    found = -1
    for key in walk.keys():  # noqa: SIM118 - no mapping
        if key in {"timestamp.tid", "tid"} and not walk.is_map:
            said = walk.value()
            found = said if isinstance(said, int) and 0 <= said < 2**63 else found
        elif key == "timestamp" and walk.is_map:
            found = max(found, _train_id(walk))
        else:
            walk.skip()
    return found


@dataclass(slots=True)
class _Header:
    source: str = ""
    content: str = ""
    path: str = ""
    dtype: str = ""
    shape: list[int] = field(default_factory=list)
    train_id: int = -1

    @classmethod
    def read(cls, frame: memoryview) -> "_Header":
        if frame.nbytes > MAX_HEADER_BYTES:
            raise WireError(f"a header of {frame.nbytes} bytes, at most {MAX_HEADER_BYTES} are read")
        said = msgpack.unpackb(frame, strict_map_key=False, unicode_errors="replace", max_ext_len=0)
        if not isinstance(said, dict):
            raise WireError(f"a header that is a {type(said).__name__}, expected a map")
        texts = {
            key: str(said[key]) for key in ("source", "content", "path", "dtype") if isinstance(said.get(key), str)
        }
        return cls(**texts, shape=shape_of(said.get("shape", [])), train_id=_tid(said.get("metadata")))


def _tid(metadata: object) -> int:
    """Find the train ID in metadata, likewise."""
    if not isinstance(metadata, dict):
        return -1
    deeper = metadata.get("timestamp")
    said = metadata.get("timestamp.tid", deeper.get("tid", -1) if isinstance(deeper, dict) else -1)
    return said if isinstance(said, int) and not isinstance(said, bool) and 0 <= said < 2**63 else -1

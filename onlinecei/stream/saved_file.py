"""A state file: whole or not at all, checksummed, the last two kept."""

import contextlib
import hashlib
import os
import struct
from pathlib import Path

from onlinecei.errors import LineError, WireError
from onlinecei.stream.log import get_logger
from onlinecei.stream.wire import MAX_BUFFERS, Message, decode, encode

MAGIC = b"onlinecei state 1\n"
DIGEST_BYTES = 32
KEPT = 2
"""If the newest is damaged, the one before it and what ingest still has give the same state."""
log = get_logger(__name__)


def save(directory: Path, message: Message) -> Path:
    """Write the next state file, on the disk when this returns; `OSError` where that cannot be done.

    The file is `MAGIC`, a BLAKE2b digest of all that follows, the number of frames, their lengths, and the frames.
    """
    directory.mkdir(parents=True, exist_ok=True)
    before = _files(directory)
    path = directory / f"state-{_number(before[-1]) + 1 if before else 0:09d}"
    unfinished = path.with_name("unfinished")
    try:
        _write(unfinished, [memoryview(frame).cast("B") for frame in encode(message)])
        unfinished.rename(path)
    finally:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
    _settle(directory)
    for old in before[: len(before) + 1 - KEPT]:
        old.unlink(missing_ok=True)
    return path


def load(directory: Path) -> Message | None:
    """Read the newest state file that is whole; damaged ones after it are taken away. None where there is none.

    Raises
    ------
    LineError
        There are some, and the disk gives none of them: it may do so later, and nothing must take their place before.
    """
    refused: OSError | None = None
    for path in reversed(_files(directory)):
        try:
            return read(path)
        except WireError as error:
            log.error("a saved state is no good, the one before is taken", reason=str(error))  # noqa: TRY400 - known
            path.unlink(missing_ok=True)
        except OSError as error:
            log.error("a saved state cannot be read, the one before is taken", reason=str(error))  # noqa: TRY400 - known
            refused = error
    if refused is not None:
        raise LineError(f"no saved state in '{directory}' can be read: {refused}") from refused
    return None


def read(path: Path) -> Message:
    """Read a state file; `WireError` where it is damaged."""
    content = memoryview(path.read_bytes())
    body = content[len(MAGIC) + DIGEST_BYTES :]
    if content[: len(MAGIC)] != MAGIC or content[len(MAGIC) : len(MAGIC) + DIGEST_BYTES] != _digest([body]):
        raise WireError(f"state file '{path}' is damaged: its checksum does not fit")
    (number,) = struct.unpack_from("<Q", body)
    if number > MAX_BUFFERS + 2:
        raise WireError(f"state file '{path}' has {number} frames")
    lengths = struct.unpack_from(f"<{number}Q", body, 8)
    frames, start = [], 8 + 8 * number
    for length in lengths:
        frames.append(body[start : start + length])
        start += length
    return decode(frames)


def _write(path: Path, frames: list[memoryview]) -> None:
    head = struct.pack(f"<{len(frames) + 1}Q", len(frames), *(frame.nbytes for frame in frames))
    parts = [memoryview(head), *frames]
    with path.open("wb", buffering=0) as file:
        for part in (memoryview(MAGIC), memoryview(_digest(parts)), *parts):
            left = part
            while left.nbytes:
                left = left[file.write(left) or 0 :]
        os.fsync(file.fileno())


def _digest(parts: list[memoryview]) -> bytes:
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        digest.update(part)
    return digest.digest()


def _settle(directory: Path) -> None:
    """Have the new name on the disk too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.glob("state-*") if path.name[6:].isdecimal())


def _number(path: Path) -> int:
    return int(path.name[6:])

"""Hostile messages that are kept as files; ``kept/README.md`` says how they are written."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from spoiling import Frames

KEPT = Path(__file__).parent / "kept"
LARGEST_FILE, LARGEST_OF_ALL = 2_000, 60_000
"""Bytes: they are read by people, and tried each time."""


@dataclass(frozen=True)
class Kept:
    """One message, and what must become of it."""

    name: str
    protocol: str
    """"wire" or "bridge"."""
    then: str
    """"refused" or "read"."""
    frames: Frames


def kept(protocol: str) -> list[Kept]:
    found = [read(path) for path in sorted(KEPT.glob("*.toml"))]
    return [each for each in found if each.protocol == protocol]


def read(path: Path) -> Kept:
    said = tomllib.loads(path.read_text(encoding="ascii"))
    frames = [b"".join(map(_piece, line.split())) for line in said["frames"]]
    return Kept(path.stem, said["protocol"], said["then"], frames)


def write(name: str, why: str, protocol: str, then: str, frames: Frames) -> None:
    lines = "".join(f'  "{frame.hex()}",\n' for frame in frames)
    text = f'# {why}\nprotocol = "{protocol}"\nthen = "{then}"\nframes = [\n{lines}]\n'
    (KEPT / f"{name}.toml").write_text(text, encoding="ascii")


def _piece(text: str) -> bytes:
    digits, _, count = text.partition("*")
    return bytes.fromhex(digits) * int(count or 1)

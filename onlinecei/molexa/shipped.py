"""Weights that come with the program: where they lie, and what tells one set from another."""

import json
from pathlib import Path
from typing import Final

from onlinecei.errors import CEIError

_SHIPPED: Final = Path(__file__).parent / "weights"
_LONGEST_HEADER: Final = 10_000_000
"""Bytes; that of a network has some kilobytes."""


def shipped(name: str) -> Path:
    """Where the weights that come with the program lie.

    Raises
    ------
    CEIError
        None of this name do.
    """
    path = _SHIPPED / f"{name}.safetensors"
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in _SHIPPED.glob("*.safetensors"))) or "nothing"
        raise CEIError(f"no weights of '{name}' come with this program, expected one of: {there}")
    return path


def weights_at(name: str) -> Path:
    """Where weights lie that a setup names: a file of weights, or those that come with the program."""
    return Path(name) if name.endswith(".safetensors") else shipped(name)


def digest_of(path: Path) -> str:
    """SHA-256 of weights as their file states it; empty where it states none.

    The header of the file is read and nothing else, so that no network need be loaded.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if length < _LONGEST_HEADER else {}
        return str(header["__metadata__"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""

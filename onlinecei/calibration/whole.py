"""Files that are written whole or not at all."""

from pathlib import Path

from onlinecei.errors import CEIError


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise CEIError(f"'{path}' cannot be written: {error}") from error

"""Files that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from onlinecei.errors import CEIError


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give a name beside a file to write to; what is there at the end takes the file's place.

    Raises
    ------
    CEIError
        It cannot be written. The file is then as it was.
    """
    unfinished = path.with_name(path.name + ".new")
    try:
        yield unfinished
        unfinished.replace(path)
    except OSError as error:
        raise CEIError(f"'{path}' cannot be written: {error}") from error
    finally:
        with suppress(OSError):  # a disk that only reads says so even where there is nothing to take away
            unfinished.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Write a text file, whole or not at all; `CEIError` where that cannot be done."""
    with whole(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")

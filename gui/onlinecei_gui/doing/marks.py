"""Marks: what an operator wants remembered of a moment, such as "sample changed", as lines of a file."""

import json
import math
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from onlinecei.errors import CEIError
from onlinecei_gui.moment import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark."""

    time: str
    """ISO 8601, UTC."""
    run: str
    train: int | None
    """Newest train in the state when the mark was set."""
    setup: str
    """Hash of the setup in use."""
    note: str

    def age_s(self, now: datetime) -> float:
        """For how long it has been there; NaN where its time cannot be read."""
        try:
            return (now - datetime.fromisoformat(self.time)).total_seconds()
        except (TypeError, ValueError):  # no time, or one that does not say which zone it is of
            return math.nan


def default_directory() -> Path:
    """Where marks are unless said otherwise: among the person's data."""
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "onlinecei" / "marks"


def file_for(run: str, directory: Path) -> Path:
    """Give the file of a run in a directory."""
    plain = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in run) or "unnamed"
    return directory / f"{plain[:100]}.marks.jsonl"


def mark(moment: Moment, note: str) -> Mark:
    """Make a mark of now."""
    return Mark(
        time=datetime.now(UTC).isoformat(timespec="seconds"), run=moment.snapshot.run, train=moment.newest_train,
        setup=moment.setup.hash, note=note,
    )  # fmt: skip


def write_mark(path: Path, made: Mark) -> None:
    """Add a mark to a file, on disk before this returns; `CEIError` where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            line = json.dumps(asdict(made), ensure_ascii=False) + "\n"
            file.write(b"\n" * _is_torn(file) + line.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CEIError(f"the mark cannot be written to '{path}': {error}") from error


def _is_torn(file: BinaryIO) -> bool:
    """Tell whether the last line has no end, since whoever wrote it died or found the disk full."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read() != b"\n"


def read_marks(path: Path) -> list[Mark]:
    """Read the marks of a file; lines that are none are passed over."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [made for made in map(_read, lines) if made is not None]


def _read(line: str) -> Mark | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    if not isinstance(said, Mapping) or not isinstance(said.get("note"), str):
        return None
    train = said.get("train")
    words = {key: str(said.get(key, "")) for key in ("time", "run", "setup", "note")}
    return Mark(train=train if isinstance(train, int) else None, **words)

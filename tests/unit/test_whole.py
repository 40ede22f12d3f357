"""A disk that is full, or that only reads, leaves a file as it was, and says so in our words."""

import errno
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from onlinecei.analysis import nothing
from onlinecei.cli._result import write_files
from onlinecei.errors import CEIError
from onlinecei.files.result import read_result
from onlinecei.records import Delta, Snapshot, State
from onlinecei.setup import Setup
from onlinecei.whole import write_whole


@contextmanager
def no_room(nbytes: int) -> Iterator[None]:
    """Let no file become larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform != "linux", reason="limits its own files")
def test_a_result_is_written_again_once_there_is_room(water: Setup, water_text: str, tmp_path: Path) -> None:
    empty = nothing(water)
    random = np.random.default_rng(5).integers(0, 10**6, empty.values.size)
    total = Delta(setup_hash=empty.setup_hash, values=random, trains=empty.trains, kept=empty.kept)
    snapshot = Snapshot(run="run", setup_text=water_text, state=State(total=total))
    write_files(tmp_path, snapshot)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    for _ in range(2):
        with no_room(3_000), pytest.raises(CEIError, match=r"result.h5' cannot be written: .* File too large$"):
            write_files(tmp_path, snapshot)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    write_files(tmp_path, snapshot)
    assert np.array_equal(read_result(tmp_path / "result.h5").state.total.values, random)


def test_a_disk_that_only_reads_is_said_in_our_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(CEIError, match="Read-only"):
        write_whole(tmp_path / "note.txt", "words")

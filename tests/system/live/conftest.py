"""A beamtime rehearsed: commands that run beside each other, and what they say."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Self

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.records import Delta, Facts
from onlinecei.setup import Setup
from onlinecei.stream.reader import Reader
from onlinecei.stream.sources.folder import FolderSource

PATIENCE_S = 250.0
COMMAND = [sys.executable, "-m", "onlinecei.cli"]


class Watch:
    """What a line says of itself."""

    def __init__(self, endpoint: str, until: Callable[[Callable[[], bool]], None]) -> None:
        self._reader, self._until, self.analysed = Reader(endpoint), until, 0

    @property
    def facts(self) -> Facts:
        return self._reader.facts

    def until(self, condition: Callable[["Watch"], bool]) -> None:
        def look() -> bool:
            snapshot = self._reader.poll(50)
            self.analysed = self.analysed if snapshot is None else snapshot.state.total.train_count
            return condition(self)

        self._until(look)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()


class Rehearsal:
    """Commands, all with one log; `folder` for what they write, `sockets` for where they meet."""

    def __init__(self, folder: Path, sockets: Path, environment: dict[str, str]) -> None:
        self.log, self.setup = folder / "log", folder / "live.toml"
        self.door, self.bridge = f"ipc://{sockets}/door", f"ipc://{sockets}/bridge"
        self._environment = environment

    @contextmanager
    def running(self, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
        """Start a command that ends when the test does, at the latest."""
        with self.log.open("ab") as said:
            words = [*COMMAND, *map(str, arguments)]
            process = subprocess.Popen(words, stderr=said, stdout=said, env=self._environment)
            try:
                yield process
            finally:
                process.kill()
                process.wait()

    @contextmanager
    def served(self, run: Path, *more: object) -> Iterator[None]:
        """Serve a run, once the setup of the line that reads it is written."""
        with self.running("serve", run, "--endpoint", self.bridge, "--live-setup", self.setup, *more):
            self.until(self.setup.exists)
            yield

    @contextmanager
    def live(self, *more: object) -> Iterator[tuple[subprocess.Popen[bytes], Watch]]:
        """Analyse what comes, and look on; `more` may say another setup."""
        setup = () if "--setup" in more else ("--setup", self.setup)
        command = self.running("live", "--headless", "--door", self.door, *setup, *more)
        with command as line, Watch(self.door, self.until) as watch:
            yield line, watch

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """End a line as Ctrl-C does."""
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0, self.said[-3000:]

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < end, self.said[-3000:]
            time.sleep(0.01)

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")


@pytest.fixture
def rehearsal(tmp_path: Path, environment: dict[str, str]) -> Iterator[Rehearsal]:
    with tempfile.TemporaryDirectory(prefix="cei-") as sockets:
        yield Rehearsal(tmp_path, Path(sockets), environment)


@pytest.fixture(scope="session")
def process_of() -> Callable[[str, Path], int]:
    """Find a process of the line that writes into a folder."""

    def find(name: str, folder: Path) -> int:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
                if name.encode() in words and str(folder) in Path(os.fsdecode(words[-2])).read_text(encoding="utf-8"):
                    return int(path.parent.name)
            except (OSError, IndexError, UnicodeDecodeError):
                continue
        pytest.fail(f"no process '{name}' is running")

    return find


@pytest.fixture(scope="session")
def of_files() -> Callable[[Path, Setup], Delta]:
    """Analyse what is in a run file or a folder of them, in one process."""

    def make(path: Path, setup: Setup) -> Delta:
        with closing(FolderSource(path, 3000)) as source:
            return analyse_all(iter(source.poll, None), setup)

    return make


@pytest.fixture(scope="session")
def ids() -> Callable[[Path], list[int]]:
    """Give the trains of a run file or a folder of them."""

    def make(path: Path) -> list[int]:
        with closing(FolderSource(path, 10_000, growing=True)) as source:
            return sorted(train_id for batch in iter(source.poll, None) for train_id in batch.train_id.tolist())

    return make


@pytest.fixture(scope="session")
def same() -> Callable[[Delta, Delta], None]:
    def check(ours: Delta, theirs: Delta) -> None:
        assert np.array_equal(ours.trains, theirs.trains)
        assert np.array_equal(ours.values, theirs.values)
        pairs = zip(ours.kept, theirs.kept, strict=True)
        assert all(np.array_equal(one.momentum_au, other.momentum_au) for one, other in pairs)

    return check

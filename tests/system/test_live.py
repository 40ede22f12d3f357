"""A beamtime rehearsed: a run served as a real Karabo bridge, analysed live, recorded, replayed to the same bits."""

import os
import resource
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
from onlinecei.files.result import read_result
from onlinecei.files.run import RunWriter, open_run
from onlinecei.records import Delta, Facts
from onlinecei.setup import Setup
from onlinecei.stream.reader import Reader
from onlinecei.stream.serving import with_source
from onlinecei.stream.serving.section import source_section
from onlinecei.stream.sources.folder import FolderSource

PATIENCE_S = 250.0
COMMAND = [sys.executable, "-m", "onlinecei.cli"]


@pytest.fixture
def door() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="cei-") as folder:
        yield f"ipc://{folder}/door"


@pytest.fixture
def bridge() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="cei-") as folder:
        yield f"ipc://{folder}/bridge"


@contextmanager
def running(environment: dict[str, str], log: Path, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    """A command that ends when the test does, at the latest."""
    with log.open("ab") as said:
        process = subprocess.Popen([*COMMAND, *map(str, arguments)], stderr=said, stdout=said, env=environment)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], log: Path) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, log.read_text(encoding="utf-8")[-3000:]


class Watch:
    """What a line says of itself."""

    def __init__(self, endpoint: str, log: Path) -> None:
        self._reader, self._log, self.analysed = Reader(endpoint), log, 0

    @property
    def facts(self) -> Facts:
        return self._reader.facts

    def until(self, condition: Callable[["Watch"], bool]) -> None:
        def look() -> bool:
            snapshot = self._reader.poll(50)
            self.analysed = self.analysed if snapshot is None else snapshot.state.total.train_count
            return condition(self)

        until(look, self._log)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reader.close()


def end(process: subprocess.Popen[bytes], log: Path) -> None:
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0, log.read_text(encoding="utf-8")[-3000:]


def of_files(path: Path, setup: Setup) -> Delta:
    def batches() -> Iterator:
        with closing(FolderSource(path, 3000)) as source:
            while (batch := source.poll()) is not None:
                yield batch

    return analyse_all(batches(), setup)


def same(ours: Delta, theirs: Delta) -> None:
    assert np.array_equal(ours.trains, theirs.trains)
    assert np.array_equal(ours.values, theirs.values)
    assert ours.kept == theirs.kept or all(
        np.array_equal(one.momentum_au, other.momentum_au) for one, other in zip(ours.kept, theirs.kept, strict=True)
    )


def served(run: Path, bridge: str, setup: Path, *more: object) -> tuple[object, ...]:
    return ("serve", run, "--endpoint", bridge, "--live-setup", setup, *more)


def ids(path: Path) -> list[int]:
    with closing(FolderSource(path, 10_000)) as source:
        given = []
        while (batch := source.poll()) is not None:
            given += batch.train_id.tolist()
    return sorted(given)


def process_of(name: str, folder: Path) -> int:
    """Find a process of the line that records into a folder."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
            if name.encode() in words and str(folder) in Path(os.fsdecode(words[-2])).read_text(encoding="utf-8"):
                return int(path.parent.name)
        except (OSError, IndexError, UnicodeDecodeError):
            continue
    pytest.fail(f"no process '{name}' is running")


def test_a_served_run_analysed_live_recorded_and_replayed_gives_the_same_bits(
    small_run: Path, tmp_path: Path, door: str, bridge: str, environment: dict[str, str]
) -> None:
    """The recorder is killed on the way, which nobody sees in what it leaves."""
    log, setup, out, record = tmp_path / "log", tmp_path / "live.toml", tmp_path / "out", tmp_path / "record"
    live = ("live", "--setup", setup, "--headless", "--out", out, "--record", record, "--door", door)
    with running(environment, log, *served(small_run, bridge, setup, "--rate", 4)):
        until(setup.exists, log)
        with running(environment, log, *live) as line, Watch(door, log) as watch:
            watch.until(lambda seen: seen.facts.trains_recorded > 3)
            os.kill(process_of("recorder", record), signal.SIGKILL)
            watch.until(lambda seen: seen.facts.restarts.get("recorder", 0) >= 1)
            watch.until(lambda seen: seen.analysed == 24 and ids(record) == list(range(1, 25)))
            end(line, log)
    final = read_result(out / "result.h5").state
    parsed = Setup.from_file(setup)
    expected = of_files(small_run, parsed)
    assert final.finished
    assert final.rejected == {}
    same(final.total, expected)
    same(of_files(record, parsed), expected)


@pytest.mark.skipif(sys.platform != "linux", reason="limits the recorder from outside")
def test_a_full_disk_stops_the_recording_and_nothing_else(
    small_run: Path, tmp_path: Path, door: str, bridge: str, environment: dict[str, str]
) -> None:
    log, setup, record = tmp_path / "log", tmp_path / "live.toml", tmp_path / "record"
    live = ("live", "--setup", setup, "--headless", "--record", record, "--door", door)
    with running(environment, log, *served(small_run, bridge, setup, "--rate", 20, "--loop")):
        until(setup.exists, log)
        with running(environment, log, *live) as line, Watch(door, log) as watch:
            watch.until(lambda seen: seen.facts.trains_recorded > 10)
            recorder = process_of("recorder", record)
            resource.prlimit(recorder, resource.RLIMIT_FSIZE, (8_000_000, resource.RLIM_INFINITY))
            watch.until(lambda seen: any("no room on the disk" in reason for reason in seen.facts.degraded))
            before = watch.analysed
            watch.until(lambda seen: seen.analysed > before + 40)
            assert watch.facts.recording.startswith("stopped")
            resource.prlimit(recorder, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            recorded = watch.facts.trains_recorded
            watch.until(lambda seen: seen.facts.trains_recorded > recorded + 10)
            assert process_of("recorder", record) == recorder
            end(line, log)
    assert len(ids(record)) > recorded


def test_a_growing_file_is_followed_and_a_run_goes_on_where_it_ended(
    small_run: Path, tmp_path: Path, door: str, environment: dict[str, str]
) -> None:
    log, out, growing = tmp_path / "log", tmp_path / "out", tmp_path / "growing.h5"
    with open_run(small_run) as run:
        text, (first, second, *rest) = run.setup_text, list(run.batches(1))
    setup = tmp_path / "setup.toml"
    setup.write_text(text, encoding="utf-8")
    live = ("live", "--setup", setup, "--source", growing, "--headless", "--out", out, "--door", door)
    with RunWriter(growing, text, flush_s=0.0) as writer:
        writer.append(first)
        with running(environment, log, *live) as line, Watch(door, log) as watch:
            watch.until(lambda seen: seen.analysed == 1)
            writer.append(second)
            watch.until(lambda seen: seen.analysed == 2)
            end(line, log)
        assert read_result(out / "result.h5").state.total.train_count == 2
        for batch in rest:
            writer.append(batch)
        with running(environment, log, *live) as line, Watch(door, log) as watch:
            watch.until(lambda seen: seen.analysed == 24)
            end(line, log)
    assert "going on with the 2 trains" in " ".join(log.read_text(encoding="utf-8").split())
    same(read_result(out / "result.h5").state.total, of_files(small_run, Setup.from_toml(text)))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--setup", "SETUP"], "add a section [source]"),
        (["--setup", "SETUP", "--source", "nowhere.h5"], "nowhere.h5"),
        (["--setup", "LIVE", "--source", "tcp://0.0.0.0"], "cannot be"),
    ],
)
def test_a_source_that_cannot_be_meant_is_an_error(
    words: list[str], said: str, small_run: Path, tmp_path: Path, cli: Callable
) -> None:
    with open_run(small_run) as run:
        (tmp_path / "SETUP").write_text(run.setup_text, encoding="utf-8")
        text = with_source(run.setup_text, source_section("tcp://127.0.0.1:1", "REQ", edges=False, further=frozenset()))
        (tmp_path / "LIVE").write_text(text, encoding="utf-8")
    done = cli("live", "--headless", *(tmp_path / word if word.isupper() else word for word in words))
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr

"""A line that is hurt while it runs, and the result of one that was not."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from onlinecei.files.result import write_result
from onlinecei.files.run import open_run
from onlinecei.records import Facts, Snapshot
from onlinecei.stream.config import FileSource
from onlinecei.stream.line import Line

PATIENCE_S = 120.0


class Patient:
    """A line, what it said, and what can be done to it from another thread."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.facts: list[Facts] = []
        self.trains = 0

    def follow(self) -> Snapshot:
        for snapshot in self.line.snapshots():
            self.facts.append(snapshot.state.facts)
            self.trains = snapshot.state.total.train_count
        return snapshot

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal, as soon as the process is there."""
        end = time.monotonic() + PATIENCE_S
        while not (pid := self.line.pids().get(name, 0)) and time.monotonic() < end:
            time.sleep(0.02)
        os.kill(pid, number)

    def release(self) -> None:
        """Let the rest of a paced run come as fast as it goes: ingest is killed, and finds no pace when it is back."""
        self.line.config.model_copy(update={"trains_per_second": None}).save()
        self.send("ingest", signal.SIGKILL)

    def hurt(self, action: Callable[[], None]) -> Snapshot:
        """Do something to the line while it is followed."""
        failed: list[BaseException] = []

        def run() -> None:
            try:
                action()
            except BaseException as error:  # noqa: BLE001 - told in the test's own thread
                failed.append(error)
                self.line.stop()

        thread = Thread(target=run)
        thread.start()
        try:
            last = self.follow()
        finally:
            thread.join(PATIENCE_S)
        if failed:
            raise failed[0]
        return last

    def wait_for(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_S
        while not what():
            assert time.monotonic() < end, f"nothing came of it in {PATIENCE_S:.0f} s"
            time.sleep(0.02)

    def degraded(self) -> list[str]:
        return [reason for facts in self.facts for reason in facts.degraded]


@pytest.fixture(scope="session")
def line_of(water_run: Path) -> Callable[..., Any]:
    """Start a line on the water run, in a hundred batches."""

    @contextmanager
    def start(run: Path = water_run, workers: int = 2, **options: Any) -> Iterator[Patient]:
        with open_run(run) as opened:
            text = opened.setup_text
        with Line(FileSource(path=run), text, workers=workers, hits_per_batch=2800, **options) as line:
            yield Patient(line)

    return start


@pytest.fixture(scope="session")
def bytes_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Snapshot], bytes]:
    path = tmp_path_factory.mktemp("results") / "result.h5"

    def make(snapshot: Snapshot) -> bytes:
        write_result(path, snapshot)
        return path.read_bytes()

    return make


@pytest.fixture(scope="session")
def undisturbed(once: Callable[..., Path], line_of: Callable[..., Any]) -> bytes:
    def fill(folder: Path) -> None:
        with line_of() as patient:
            write_result(folder / "result.h5", patient.follow())

    return (once("undisturbed", fill) / "result.h5").read_bytes()

"""A line that is hurt while it runs, and the result of one that was not."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.files.result import write_result
from onlinecei.files.run import open_run
from onlinecei.records import Batch, Facts, Snapshot
from onlinecei.setup import Setup
from onlinecei.stream.config import FileSource
from onlinecei.stream.line import Line

PATIENCE_S = 300.0
FAILING_AT = """
import os, sys
if any(word.startswith("worker-") for word in sys.orig_argv):
    import onlinecei.analysis as stages
    healthy = stages.analyse
    def analyse(batch, *others):
        if {train_id} in batch.train_id:
            {deed}
        return healthy(batch, *others)
    stages.analyse = analyse
"""


class Patient:
    """A line, what it said, and what can be done to it from another thread."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.facts: list[Facts] = []
        self.trains = 0
        self.over = False
        self.failed: list[BaseException] = []
        """What went wrong in another thread."""

    def follow(self) -> Snapshot:
        end, last = time.monotonic() + 2 * PATIENCE_S, None
        for snapshot in self.line.watched():
            if self.failed:
                raise self.failed[0]
            assert time.monotonic() < end, f"the line does not come to its end: {self.trains} trains"
            if snapshot is not None:
                last = snapshot
                self.facts.append(snapshot.state.facts)
                self.trains = snapshot.state.total.train_count
        assert last is not None
        return last

    def pids_of(self, *names: str) -> dict[str, int]:
        """Give the numbers of processes, as soon as all are there."""

        def found() -> dict[str, int] | None:
            pids = self.line.pids()
            return {name: pids[name] for name in names} if all(map(pids.get, names)) else None

        return self.wait_for(found)

    def send(self, name: str, number: signal.Signals) -> None:
        """Send a signal, as soon as the process is there; one that ends just then is waited for again."""

        def sent() -> bool:
            with suppress(ProcessLookupError):
                os.kill(self.pids_of(name)[name], number)
                return True
            return False

        self.wait_for(sent)

    def release(self) -> None:
        """Let the rest of a paced run come as fast as it goes: ingest is killed, and finds no pace when it is back."""
        self.line.config.model_copy(update={"trains_per_second": None}).save()
        self.send("ingest", signal.SIGKILL)

    def hurt(self, action: Callable[[], None]) -> Snapshot:
        """Do something to the line while it is followed."""

        def run() -> None:
            try:
                action()
            except BaseException as error:  # noqa: BLE001 - told in the test's own thread
                self.failed.append(error)

        thread = Thread(target=run)
        thread.start()
        try:
            last = self.follow()
        finally:
            self.over = True
            thread.join(PATIENCE_S)
        if self.failed:
            raise self.failed[0]
        return last

    def wait_for(self, what: Callable[[], Any]) -> Any:
        """Give what is there at last; fails where the line is over before."""
        end = time.monotonic() + PATIENCE_S
        while not (found := what()):
            assert not self.over, "the line was over before"
            assert time.monotonic() < end, f"nothing came of it in {PATIENCE_S:.0f} s"
            time.sleep(0.02)
        return found

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


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have every process that starts from here run some code first: a stand-in for a part that fails."""

    def plant(code: str) -> None:
        folder = tmp_path / "planted"
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(code, encoding="utf-8")
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]))

    return plant


@pytest.fixture
def workers_fail(planted: Callable[[str], None]) -> Callable[[int, str], None]:
    """Have each worker do something at a train instead of analysing it."""

    def plant(train_id: int, deed: str) -> None:
        planted(FAILING_AT.format(train_id=train_id, deed=deed))

    return plant


@pytest.fixture(scope="session")
def is_all_but() -> Callable[[Snapshot, Path, int], bool]:
    """Tell whether a line counted what a run holds without one of its trains."""

    def look(snapshot: Snapshot, run: Path, train_id: int) -> bool:
        with open_run(run) as opened:
            setup = Setup.from_toml(opened.setup_text)
            trains = [train for batch in opened.batches() for train in batch.trains() if train.train_id != train_id]
        expected, total = analyse_all([Batch.of(trains)], setup), snapshot.state.total
        return np.array_equal(total.values, expected.values) and np.array_equal(total.trains, expected.trains)

    return look

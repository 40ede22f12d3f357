"""A whole line on this machine: started, watched and ended as one."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from onlinecei.analysis import compile_stages
from onlinecei.errors import LineError
from onlinecei.records import Snapshot
from onlinecei.stream.config import LineConfig, SourceConfig
from onlinecei.stream.reader import Reader

GRACE_SECONDS = 5.0
"""Time that a process has to end by itself once its lifeline is cut."""
POLL_MS = 100
"""How often the processes are looked after while no version arrives."""


class Line:
    """Ingest, workers, reducer and inference as processes, for as long as the context lasts."""

    def __init__(
        self,
        source: SourceConfig,
        setup_text: str,
        *,
        workers: int,
        trains_per_second: float | None = None,
        hits_per_batch: int = 100_000,
        revisions: tuple[tuple[int, str], ...] = (),
    ) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="onlinecei-")
        self.config = LineConfig(
            directory=Path(self._home.name),
            source=source,
            setup_text=setup_text,
            revisions=revisions,
            workers=workers,
            trains_per_second=trains_per_second,
            hits_per_batch=hits_per_batch,
        )
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._reader = Reader(self.endpoint)
        self._read_out = False

    @property
    def endpoint(self) -> str:
        """Where readers connect."""
        return self.config.readers_endpoint

    def __enter__(self) -> Self:
        for setup in self.config.setups:
            compile_stages(setup)
        path = self.config.save()
        names = ["ingest", "reducer", "inference", *(f"worker-{k}" for k in range(self.config.workers))]
        for name in names:
            self._processes[name] = _start(name, path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            _cut_lifeline(process)
        for process in self._processes.values():
            _end(process)
        self._reader.close()
        self._home.cleanup()

    def snapshots(self) -> Iterator[Snapshot]:
        """Give versions as they appear; the last is the final state with the geometries made from it.

        Raises
        ------
        LineError
            When a process ends that should not have.
        """
        while True:
            self._look_after()
            snapshot = self._reader.poll(POLL_MS)
            if snapshot is None:
                continue
            self._read_out = snapshot.state.finished
            yield snapshot
            if snapshot.state.finished and snapshot.reconstructed_version == snapshot.state.version:
                return

    def stop(self) -> None:
        """Read no further; what is under way is brought to its end and `snapshots` then finishes."""
        if not self._read_out:
            self._processes["ingest"].terminate()

    def _look_after(self) -> None:
        for name, process in self._processes.items():
            status = process.poll()
            if status is not None and not (name == "ingest" and status == 0):
                raise LineError(f"process '{name}' of the line ended with status {status}; its last words are above")


def _start(name: str, config: Path) -> subprocess.Popen[bytes]:
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "onlinecei.stream", name, str(config)],
        stdin=subprocess.PIPE,
        env=os.environ | one_thread,
    )


def _cut_lifeline(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

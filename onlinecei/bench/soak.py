"""A line under load for a long time: how much it sustains, what it loses, how its memory grows, how late it is.

A recorded run is served over the wire protocol, again and again, with train IDs that go on growing.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from onlinecei.bench.stopped_reader import stopped_readers
from onlinecei.errors import LineError
from onlinecei.files.run import open_run
from onlinecei.records import Snapshot
from onlinecei.stream.config import WireSource
from onlinecei.stream.latency import quantile
from onlinecei.stream.line import Line

LOOK_SECONDS = 5.0
"""Between two looks at memory and rate."""
WARM_SHARE = 0.2
"""Of the time: samples of pulses fill up, and the memory that is kept for columns reaches its size."""
END_SECONDS = 60.0
"""Longest wait for the final version."""
LAST_WORDS = 1000
"""Characters of what a server said that ended."""
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a running line."""

    at_s: float
    trains: int
    hits: int
    resident_bytes: int
    """Memory of all processes of the line."""
    latency_p50_s: float
    latency_p99_s: float
    """Of the last thousand batches."""
    latency_counts: tuple[int, ...] = ()
    """Of all batches so far, by `LATENCY_BOUNDS_S`."""


@dataclass(slots=True)
class Soaked:
    """What a line did under load."""

    looks: list[Look] = field(default_factory=list)
    received: int = 0
    """Trains that came in."""
    analysed: int = 0
    """Trains in the final state."""
    left_out: dict[str, int] = field(default_factory=dict)
    """Trains that are not in it, by what became of them."""
    missing: int = 0
    """Trains that the server had and the line was not given."""
    restarts: int = 0

    @property
    def _settled(self) -> list[Look]:
        begin = WARM_SHARE * self.looks[-1].at_s
        return [look for look in self.looks if look.at_s >= begin]

    @property
    def trains_per_s(self) -> float:
        """Mean rate, the beginning left out."""
        return self._rate("trains")

    @property
    def hits_per_s(self) -> float:
        """Likewise."""
        return self._rate("hits")

    @property
    def growth_bytes_per_h(self) -> float:
        """Slope of a straight line through the memory of all processes, the beginning left out."""
        settled = self._settled
        if len(settled) < 3:
            return float("nan")
        times, sizes = [each.at_s for each in settled], [each.resident_bytes for each in settled]
        return float(3600.0 * np.polyfit(times, sizes, 1)[0])

    @property
    def resident_bytes(self) -> tuple[int, int]:
        """Memory after the beginning, and at the end."""
        return self._settled[0].resident_bytes, self.looks[-1].resident_bytes

    @property
    def latency_s(self) -> tuple[float, float]:
        """Median and 99th percentile of all batches, the beginning left out."""
        counts = np.subtract(self.looks[-1].latency_counts, self._settled[0].latency_counts).tolist()
        return quantile(counts, 0.5), quantile(counts, 0.99)

    @property
    def worst_latency_s(self) -> float:
        """Worst 99th percentile of a thousand batches, the beginning left out."""
        return max(each.latency_p99_s for each in self._settled)

    @property
    def lost(self) -> int:
        """Trains that came in and are in no account."""
        return self.received - self.analysed - sum(self.left_out.values())

    def _rate(self, name: str) -> float:
        first, last = self._settled[0], self.looks[-1]
        gained: int = getattr(last, name) - getattr(first, name)
        return gained / (last.at_s - first.at_s) if last.at_s > first.at_s else float("nan")


def soak(
    run: Path,
    seconds: float,
    rate: float | None = None,
    *,
    workers: int = 1,
    stopped: int = 0,
    told: Callable[[Look], None] = lambda _look: None,
) -> Soaked:
    """Let a line analyse a run that is served again and again.

    Parameters
    ----------
    run
        Run file.
    seconds
        For how long.
    rate
        Trains a second, and what is too much is dropped; None: as many as the line takes.
    workers
        Of the line.
    stopped
        Dashboards that hang meanwhile: each has got one version, was stopped (SIGSTOP), and holds its connection.
    told
        Called with each look.

    Raises
    ------
    LineError
        The line or the server ends before its time, or a dashboard did not come to hang.
    """
    with open_run(run) as opened:
        setup_text = opened.setup_text
    overload = "wait" if rate is None else "drop oldest"
    with tempfile.TemporaryDirectory(prefix="onlinecei-soak-") as home:
        endpoint = f"ipc://{home}/source"
        source = WireSource(endpoint=endpoint, run=run.name)
        with (
            Line(source, setup_text, workers=workers, overload=overload) as line,
            _served(run, endpoint, rate) as still,
            stopped_readers(line.endpoint, stopped),
        ):
            return _watched(line, seconds, told, still)


def _watched(line: Line, seconds: float, told: Callable[[Look], None], still: Callable[[], None]) -> Soaked:
    """Look at a line from time to time; `still` raises where it is served no longer."""
    soaked, began, due = Soaked(), None, 0.0
    ends = float("inf")
    for snapshot in line.watched():
        still()
        now = time.monotonic()
        if snapshot is not None and began is None and snapshot.state.total.train_count:
            began, ends = now, now + seconds
        if snapshot is not None and began is not None and now >= due and now < ends:
            soaked.looks.append(_look(line, snapshot, now - began))
            told(soaked.looks[-1])
            due = now + LOOK_SECONDS
        if now >= ends:
            line.stop()
        if now >= ends + END_SECONDS:
            raise LineError(f"the line has not ended {END_SECONDS:g} s after it was told to")
        if snapshot is not None:
            _account(soaked, snapshot)
    if not soaked.looks:
        raise LineError(f"no train was analysed within {seconds:g} s")
    return soaked


def _look(line: Line, snapshot: Snapshot, at_s: float) -> Look:
    facts = snapshot.state.facts
    return Look(
        at_s=at_s,
        trains=snapshot.state.total.train_count,
        hits=facts.hits_received,
        resident_bytes=sum(_resident_bytes(pid) for pid in line.pids().values()),
        latency_p50_s=facts.latency_p50_s or 0.0,
        latency_p99_s=facts.latency_p99_s or 0.0,
        latency_counts=facts.latency_counts,
    )


def _account(soaked: Soaked, snapshot: Snapshot) -> None:
    facts = snapshot.state.facts
    soaked.received, soaked.analysed = facts.trains_received, snapshot.state.total.train_count
    soaked.left_out, soaked.missing = {**facts.dropped, **facts.quarantined}, sum(facts.missing.values())
    soaked.restarts = sum(facts.restarts.values())


def _resident_bytes(pid: int) -> int:
    try:
        return _PAGE * int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0  # it has just ended


@contextmanager
def _served(run: Path, endpoint: str, rate: float | None) -> Iterator[Callable[[], None]]:
    """Serve a run by a process of its own, as a facility does; gives a check that it still does."""
    pace = "max" if rate is None else str(rate)
    words = ["serve", str(run), "--wire", "--loop", "--endpoint", endpoint, "--rate", pace]
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "onlinecei.cli", *words], stdout=subprocess.DEVNULL, stderr=said
        )

        def still() -> None:
            if process.poll() is not None:
                said.seek(0)
                raise LineError(f"the server ended with status {process.returncode}: {said.read()[-LAST_WORDS:]}")

        try:
            yield still
        finally:
            process.terminate()
            process.wait()

"""More comes than is analysed, and ingest dies: each train that was sent is in the result or counted by its fate."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei.files.result import read_result
from onlinecei.files.run import write_run
from onlinecei.records import Batch, Train

Rehearsal = Any  # in conftest
GAP, OVERLOAD, LOST = "gap in the source", "more came in than was analysed", "lost with ingest"
PULSES = 250_000
"""Of a train, all of them empty: many bytes and little work."""


@pytest.fixture
def heavy_run(tmp_path: Path, water_run: Path) -> Path:
    def train(train_id: int) -> Train:
        return Train(
            train_id=train_id,
            pulse_id=np.arange(PULSES, dtype=np.uint32),
            delay_fs=np.zeros(PULSES),
            energy_uj=np.ones(PULSES, np.float32),
            first_hit=np.zeros(PULSES + 1, np.uint32),
            x_mm=np.empty(0, np.float32),
            y_mm=np.empty(0, np.float32),
            t_ns=np.empty(0, np.float32),
        )

    setup = water_run.with_suffix(".toml").read_text(encoding="utf-8")
    write_run(tmp_path / "heavy.h5", [Batch.of([train(k) for k in (1, 2, 3)])], setup)
    return tmp_path / "heavy.h5"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_each_train_that_was_sent_is_accounted_for(
    heavy_run: Path, tmp_path: Path, rehearsal: Rehearsal, process_of: Callable, cli: Callable
) -> None:
    """Over our own wire protocol. The worker stands still, so that trains wait in an ingest that is then killed."""
    out = tmp_path / "out"
    live = rehearsal.live("--out", out, "--overload", "drop-oldest")
    with rehearsal.served(heavy_run, "--wire", "--rate", 20, "--loop"), live as (line, watch):
        watch.until(lambda seen: seen.analysed > 5 and seen.facts.trains_received > 0)
        facts = watch.facts
        first = facts.newest_train - facts.trains_received - sum(facts.missing.values()) + 1
        worker = process_of("worker-0", out)
        os.kill(worker, signal.SIGSTOP)
        watch.until(lambda seen: seen.facts.queues.get("waiting for a worker", 0) >= 5)
        os.kill(process_of("ingest", out), signal.SIGKILL)
        watch.until(lambda seen: seen.facts.missing.get(LOST, 0) > 0)
        watch.until(lambda seen: seen.facts.dropped.get(OVERLOAD, 0) >= 5)
        shown = cli("status", "--connect", rehearsal.door, "--patience", 60).stdout
        assert OVERLOAD in shown
        assert LOST in shown
        os.kill(worker, signal.SIGCONT)
        before = watch.analysed
        watch.until(lambda seen: seen.analysed > before + 5)
        rehearsal.end(line)
    state = read_result(out / "result.h5").state
    sent = int(state.total.trains[-1, 1]) - first + 1
    assert {LOST, OVERLOAD} <= state.rejected.keys() <= {GAP, LOST, OVERLOAD}
    assert state.total.train_count + sum(state.rejected.values()) == sent

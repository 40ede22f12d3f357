"""SIGSTOP of every kind of process for ten seconds each, one after another and together: the same bits."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onlinecei.stream.sources.folder import FolderSource

STAGGER_S, STOP_S = 0.5, 10.0
NAMES = ("worker-0", "ingest", "recorder", "reducer", "inference", "worker-1", "metrics", "supervisord")


def test_ten_seconds_without_a_process_do_not_show(
    line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    record = tmp_path / "record"
    with line_of(trains_per_second=20.0, record=record, metrics_port=free_port()) as patient:

        def stop() -> None:
            patient.wait_for(lambda: patient.trains > 0)
            pids = patient.pids_of(*NAMES)
            started = time.monotonic()
            turns = [(k * STAGGER_S, name, signal.SIGSTOP) for k, name in enumerate(NAMES)]
            turns += [(when + STOP_S, name, signal.SIGCONT) for when, name, _ in turns]
            for when, name, number in sorted(turns):
                time.sleep(max(started + when - time.monotonic(), 0.0))
                os.kill(pids[name], number)

        last = patient.hurt(stop)
    assert last.state.total.trains.tolist() == [[1, 300]]
    assert bytes_of(last) == undisturbed
    recorded = FolderSource(record, 10_000)
    assert sorted(train for batch in iter(recorded.poll, None) for train in batch.train_id.tolist()) == [*range(1, 301)]

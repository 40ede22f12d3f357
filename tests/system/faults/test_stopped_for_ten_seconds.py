"""SIGSTOP of every kind of process for ten seconds each, one after another and together: the same bits."""

import os
import signal
import time
from collections.abc import Callable
from typing import Any

STAGGER_S, STOP_S = 1.5, 10.0


def test_ten_seconds_without_a_process_do_not_show(
    line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes
) -> None:
    with line_of(trains_per_second=14.0) as patient:

        def stop() -> None:
            patient.wait_for(lambda: patient.trains > 0)
            started = time.monotonic()
            names = ("worker-0", "ingest", "reducer", "inference", "worker-1", "supervisord")
            turns = [(k * STAGGER_S, name, signal.SIGSTOP) for k, name in enumerate(names)]
            turns += [(when + STOP_S, name, signal.SIGCONT) for when, name, _ in turns]
            pids = patient.line.pids()
            for when, name, number in sorted(turns):
                time.sleep(max(started + when - time.monotonic(), 0.0))
                os.kill(pids[name], number)

        last = patient.hurt(stop)
    assert last.state.total.trains.tolist() == [[1, 300]]
    assert bytes_of(last) == undisturbed

"""SIGKILL of every process of a line, supervisord among them, fifty times at random in one replay: the same bits."""

import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children end with their parent by a call of Linux")
OFTEN = ("ingest", "reducer", "inference", "worker-0", "worker-1")
SELDOM = ("recorder", "metrics", "supervisord")
"""No train passes through the first two; with the last all die."""
DECK = OFTEN * 8 + SELDOM * 3


def test_fifty_kills_do_not_show(
    line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    random = np.random.default_rng(20)
    with line_of(trains_per_second=2.5, record=tmp_path / "record", metrics_port=free_port()) as patient:

        def kill() -> None:
            patient.wait_for(lambda: patient.trains > 0)
            for name in random.permutation(DECK):
                time.sleep(random.uniform(0.1, 0.9))
                patient.send(name, signal.SIGKILL)
            assert patient.trains < 300, "the replay was over before the last kill"
            patient.release()  # by the fiftieth

        last = patient.hurt(kill)
    assert last.state.total.trains.tolist() == [[1, 300]]
    assert last.state.rejected == {}
    assert bytes_of(last) == undisturbed
    assert sum(patient.facts[-1].restarts.values()) >= len(DECK) // 2
    assert any("was restarted" in reason for reason in patient.degraded())

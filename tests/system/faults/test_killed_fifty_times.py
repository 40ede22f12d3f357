"""SIGKILL of every process of a line, supervisord among them, fifty times at random in one replay: the same bits."""

import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children end with their parent by a call of Linux")
KINDS = ("ingest", "reducer", "inference", "worker-0", "worker-1", "supervisord")
KILLS = 50


def test_fifty_kills_do_not_show(line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes) -> None:
    random = np.random.default_rng(20)
    deck = [name for _ in range(9) for name in random.permutation(KINDS)][:KILLS]
    with line_of(trains_per_second=4.0) as patient:

        def kill() -> None:
            patient.wait_for(lambda: patient.trains > 0)
            for name in deck:
                time.sleep(random.uniform(0.1, 0.9))
                patient.send(name, signal.SIGKILL)
            assert patient.trains < 300, "the replay was over before the last kill"

        last = patient.hurt(kill)
    assert last.state.total.trains.tolist() == [[1, 300]]
    assert last.state.rejected == {}
    assert bytes_of(last) == undisturbed
    assert sum(patient.facts[-1].restarts.values()) >= KILLS // 2
    assert any("was restarted" in reason for reason in patient.degraded())

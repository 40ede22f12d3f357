"""No room for the state, for trains that are set aside and for logs: the analysis goes on and says so, and recovers."""

import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onlinecei.files.run import open_run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits the files of other processes")
SMALL = {"reducer": 65_536, "ingest": 65_536, "supervisord": 1}
"""Bytes of a file that each may still write: the state, a train that is set aside and logs need more."""
SAID = ("cannot be saved", "1 trains cannot be set aside on disk")
BITTER = 12


def test_a_full_disk_is_said_and_survived(
    line_of: Callable[..., Any], water_run: Path, tmp_path: Path, workers_fail: Callable, is_all_but: Callable
) -> None:
    workers_fail(BITTER, 'raise ValueError("no such thing")')
    with line_of(trains_per_second=5.0, keep=tmp_path / "kept") as patient:

        def limit(sizes: dict[str, int]) -> None:
            pids = patient.pids_of(*sizes)
            for name, size in sizes.items():
                resource.prlimit(pids[name], resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        def said(words: str) -> bool:
            return any(words in reason for facts in patient.facts[-1:] for reason in facts.degraded)

        def fill() -> None:
            limit(SMALL)
            patient.wait_for(lambda: all(map(said, SAID)))
            patient.send("inference", signal.SIGKILL)
            patient.wait_for(lambda: patient.facts[-1].restarts.get("inference", 0) > 0)
            before = patient.trains
            patient.wait_for(lambda: patient.trains > before)
            limit(dict.fromkeys(SMALL, resource.RLIM_INFINITY))
            patient.wait_for(lambda: not any(map(said, SAID)))
            patient.release()

        last = patient.hurt(fill)
    assert is_all_but(last, water_run, BITTER)
    assert last.state.rejected == {"set aside": 1}
    with open_run(tmp_path / "kept" / "poison" / f"train-{BITTER}.h5") as run:
        assert run.train_id.tolist() == [BITTER]

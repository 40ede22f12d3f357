"""No room for the state, for trains that are set aside and for logs: the analysis goes on and says so, and recovers."""

import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.files.run import open_run
from onlinecei.records import Batch
from onlinecei.setup import Setup

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits the files of other processes")
SMALL = {"reducer": 65_536, "ingest": 65_536, "supervisord": 1}
"""Bytes of a file that each may still write: the state, a train that is set aside and logs need more."""
SAID = ("cannot be saved", "1 trains cannot be set aside on disk")
BITTER = 20
FAILING = f"""
import sys
if any(word.startswith("worker-") for word in sys.orig_argv):
    import onlinecei.analysis as stages
    healthy = stages.analyse
    def analyse(batch, *others):
        if {BITTER} in batch.train_id:
            raise ValueError("no such thing")
        return healthy(batch, *others)
    stages.analyse = analyse
"""
"""Run by Python when it starts: a stand-in for a stage that fails."""


def test_a_full_disk_is_said_and_survived(
    line_of: Callable[..., Any], water_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(FAILING, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with line_of(trains_per_second=8.0, keep=tmp_path / "kept") as patient:

        def limit(sizes: dict[str, int]) -> None:
            pids = patient.line.pids()
            for name, size in sizes.items():
                resource.prlimit(pids[name], resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

        def said(words: str) -> bool:
            return any(words in reason for facts in patient.facts[-1:] for reason in facts.degraded)

        def fill() -> None:
            patient.wait_for(lambda: all(patient.line.pids().get(name, 0) for name in SMALL))
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
    with open_run(water_run) as run:
        setup = Setup.from_toml(run.setup_text)
        trains = [train for batch in run.batches() for train in batch.trains() if train.train_id != BITTER]
    expected = analyse_all([Batch.of(trains)], setup)
    assert np.array_equal(last.state.total.values, expected.values)
    assert np.array_equal(last.state.total.trains, expected.trains)
    assert last.state.rejected == {"set aside": 1}
    with open_run(tmp_path / "kept" / "poison" / f"train-{BITTER}.h5") as run:
        assert run.train_id.tolist() == [BITTER]

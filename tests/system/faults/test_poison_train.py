"""A train at which every worker dies is set aside, and all others are analysed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from onlinecei.analysis import analyse_all
from onlinecei.files.run import open_run
from onlinecei.records import Batch
from onlinecei.setup import Setup

POISON = 7
DEADLY = f"""
import os, sys
if any(word.startswith("worker-") for word in sys.orig_argv):
    import onlinecei.analysis as stages
    healthy = stages.analyse
    def analyse(batch, *others):
        if {POISON} in batch.train_id:
            os.abort()
        return healthy(batch, *others)
    stages.analyse = analyse
"""
"""Run by Python when it starts: a stand-in for a stage that crashes."""


def test_the_others_are_analysed(
    line_of: Callable[..., Any], small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with line_of(small_run, keep=tmp_path / "kept") as patient:
        last = patient.follow()
    with open_run(small_run) as run:
        setup = Setup.from_toml(run.setup_text)
        trains = [train for batch in run.batches() for train in batch.trains() if train.train_id != POISON]
    expected = analyse_all([Batch.of(trains)], setup)
    assert np.array_equal(last.state.total.values, expected.values)
    assert np.array_equal(last.state.total.trains, expected.trains)
    assert last.state.rejected == {"set aside": 1}
    assert last.state.facts.quarantined == {"set aside": 1}
    with open_run(tmp_path / "kept" / "poison" / f"train-{POISON}.h5") as run:
        assert run.train_id.tolist() == [POISON]
    reason = (tmp_path / "kept" / "poison" / f"train-{POISON}.txt").read_text(encoding="utf-8")
    assert reason == "3 workers died at it\n"

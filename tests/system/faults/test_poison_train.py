"""A train at which every worker dies is set aside, and all others are analysed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from onlinecei.files.run import open_run

POISON = 7


def test_the_others_are_analysed(
    line_of: Callable[..., Any], small_run: Path, tmp_path: Path, workers_fail: Callable, is_all_but: Callable
) -> None:
    workers_fail(POISON, "os.abort()")
    with line_of(small_run, keep=tmp_path / "kept") as patient:
        last = patient.follow()
    assert is_all_but(last, small_run, POISON)
    assert last.state.rejected == {"set aside": 1}
    assert last.state.facts.quarantined == {"set aside": 1}
    with open_run(tmp_path / "kept" / "poison" / f"train-{POISON}.h5") as run:
        assert run.train_id.tolist() == [POISON]
    reason = (tmp_path / "kept" / "poison" / f"train-{POISON}.txt").read_text(encoding="utf-8")
    assert reason == "3 workers died at it\n"

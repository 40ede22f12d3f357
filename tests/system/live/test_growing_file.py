"""A file that somebody else is writing is followed, and a run goes on where it ended."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from onlinecei.files.result import read_result
from onlinecei.files.run import RunWriter, open_run
from onlinecei.setup import Setup

Rehearsal = Any  # in conftest


def test_a_growing_file_is_followed_and_a_run_goes_on_where_it_ended(
    small_run: Path, tmp_path: Path, rehearsal: Rehearsal, of_files: Callable, same: Callable
) -> None:
    out, growing = tmp_path / "out", tmp_path / "growing.h5"
    with open_run(small_run) as run:
        text, (first, second, *rest) = run.setup_text, list(run.batches(1))
    rehearsal.setup.write_text(text, encoding="utf-8")
    live = ("--source", growing, "--out", out)
    with RunWriter(growing, text, flush_s=0.0) as writer:
        writer.append(first)
        with rehearsal.live(*live) as (line, watch):
            watch.until(lambda seen: seen.analysed == 1)
            writer.append(second)
            watch.until(lambda seen: seen.analysed == 2)
            rehearsal.end(line)
        assert read_result(out / "result.h5").state.total.train_count == 2
        for batch in rest:
            writer.append(batch)
        with rehearsal.live(*live) as (line, watch):
            watch.until(lambda seen: seen.analysed == 24)
            rehearsal.end(line)
    assert "going on with the 2 trains" in " ".join(rehearsal.said.split())
    same(read_result(out / "result.h5").state.total, of_files(small_run, Setup.from_toml(text)))

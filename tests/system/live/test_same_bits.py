"""A run served as a real Karabo bridge, analysed live, recorded and replayed: the same bits."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from onlinecei.files.result import read_result
from onlinecei.setup import Setup

Rehearsal = Any  # in conftest


def test_a_served_run_analysed_live_recorded_and_replayed_gives_the_same_bits(
    small_run: Path, tmp_path: Path, rehearsal: Rehearsal, process_of: Callable, ids: Callable, of_files: Callable,
    same: Callable,
) -> None:  # fmt: skip
    """The recorder is killed on the way, which nobody sees in what it leaves."""
    out, record = tmp_path / "out", tmp_path / "record"
    with rehearsal.served(small_run, "--rate", 4), rehearsal.live("--out", out, "--record", record) as (line, watch):
        watch.until(lambda seen: seen.facts.trains_recorded > 3)
        first, last = (os.getpriority(os.PRIO_PROCESS, process_of(name, record)) for name in ("ingest", "inference"))
        assert last == min(first + 15, 19), "trains go before geometries"
        os.kill(process_of("recorder", record), signal.SIGKILL)
        watch.until(lambda seen: seen.facts.restarts.get("recorder", 0) >= 1)
        watch.until(lambda seen: seen.analysed == 24 and ids(record) == list(range(1, 25)))
        watch.until(lambda seen: seen.facts.trains_recorded >= 22)  # but for what died with it
        rehearsal.end(line)
    final = read_result(out / "result.h5").state
    parsed = Setup.from_file(rehearsal.setup)
    expected = of_files(small_run, parsed)
    assert final.finished
    assert final.rejected == {}
    same(final.total, expected)
    same(of_files(record, parsed), expected)

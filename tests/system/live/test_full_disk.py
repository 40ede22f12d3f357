"""A full disk stops the recording and nothing else."""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Rehearsal = Any  # in conftest


@pytest.mark.skipif(sys.platform != "linux", reason="limits the recorder from outside")
def test_a_full_disk_stops_the_recording_and_nothing_else(
    small_run: Path, tmp_path: Path, rehearsal: Rehearsal, process_of: Callable, ids: Callable
) -> None:
    record = tmp_path / "record"
    with rehearsal.served(small_run, "--rate", 20, "--loop"), rehearsal.live("--record", record) as (line, watch):
        watch.until(lambda seen: seen.facts.trains_recorded > 10)
        recorder = process_of("recorder", record)
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, (8_000_000, resource.RLIM_INFINITY))
        watch.until(lambda seen: any("no room on the disk" in reason for reason in seen.facts.degraded))
        before = watch.analysed
        watch.until(lambda seen: seen.analysed > before + 40)
        assert watch.facts.recording.startswith("stopped")
        resource.prlimit(recorder, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        recorded = watch.facts.trains_recorded
        watch.until(lambda seen: seen.facts.trains_recorded > recorded + 10)
        assert process_of("recorder", record) == recorder
        rehearsal.end(line)
    assert len(ids(record)) > recorded

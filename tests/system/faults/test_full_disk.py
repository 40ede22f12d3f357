"""The disk is full while the state is saved: the analysis goes on, and says so, until there is room again."""

import resource
import sys
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits the files of another process")
SMALL = 65_536
"""Bytes that the reducer may still write to a file; the state needs megabytes."""


def test_a_full_disk_is_said_and_survived(line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes) -> None:
    with line_of(trains_per_second=40.0) as patient:

        def fill() -> None:
            patient.wait_for(lambda: patient.line.pids().get("reducer", 0) > 0)
            pid = patient.line.pids()["reducer"]
            _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (SMALL, most))
            patient.wait_for(lambda: any("cannot be saved" in reason for reason in patient.degraded()))
            before = patient.trains
            patient.wait_for(lambda: patient.trains > before)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))
            patient.wait_for(lambda: not patient.facts[-1].degraded)

        last = patient.hurt(fill)
    assert bytes_of(last) == undisturbed

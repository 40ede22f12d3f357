"""Ctrl-C in the middle of a paced replay: whole trains are kept, and the result says that it is finished."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onlinecei.files.result import read_result

PATIENCE_S = 60


def read_until(terminal: int, pattern: str) -> str:
    seen, end = "", time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if select.select([terminal], [], [], 1.0)[0]:
            try:
                seen += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                break
        if re.search(pattern, seen, re.DOTALL):
            return seen
    pytest.fail(f"'{pattern}' was not shown in {PATIENCE_S} s: {seen}")


def test_what_was_read_is_kept(water_run: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    ours, theirs = pty.openpty()
    command = [
        sys.executable,
        "-m",
        "onlinecei.cli",
        "replay",
        water_run,
        "--headless",
        "--rate",
        "5",
        "--out",
        tmp_path,
    ]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment | {"TERM": "xterm"}
    ) as line:
        try:
            read_until(ours, r"starting the line.*\b[1-9]\d* trains")
            line.send_signal(signal.SIGINT)
            read_until(ours, r"wrote ")
            assert line.wait(PATIENCE_S) == 0
        finally:
            line.kill()
            os.close(theirs)
            os.close(ours)
    state = read_result(tmp_path / "result.h5").state
    assert state.finished
    assert 0 < state.total.train_count < 300
    assert state.total.trains.tolist() == [[1, state.total.train_count]]
    assert state.trains_expected == 300

"""Ctrl-C or a death in the middle of a paced replay: whole trains are kept, or nothing is left; never a hang."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from onlinecei.files.result import read_result

PATIENCE_S = 180


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


@contextmanager
def paced_replay(
    run: Path, out: Path, environment: dict[str, str], sign: str = r"starting the line.*[1-9]\d* trains"
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A replay in a terminal, once it has shown a sign of life: that its first trains are in."""
    ours, theirs = pty.openpty()
    options = ["--headless", "--rate", "5", "--out", out]
    command = [sys.executable, "-m", "onlinecei.cli", "replay", run, *options]
    terminal = environment | {"TERM": "xterm"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs, env=terminal) as line:
        try:
            read_until(ours, sign)
            yield line, ours
        finally:
            line.kill()
            os.close(theirs)
            os.close(ours)


def test_what_was_read_is_kept(water_run: Path, tmp_path: Path, environment: dict[str, str]) -> None:
    with paced_replay(water_run, tmp_path, environment) as (line, terminal):
        line.send_signal(signal.SIGINT)
        read_until(terminal, r"wrote ")
        assert line.wait(PATIENCE_S) == 0
    state = read_result(tmp_path / "result.h5").state
    assert state.finished
    assert 0 < state.total.train_count < 300
    assert state.total.trains.tolist() == [[1, state.total.train_count]]
    assert state.trains_expected == 300


def test_before_the_first_train_it_ends_in_order_too(
    water_run: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    with paced_replay(water_run, tmp_path, environment, r"reach it at.*\D0 trains") as (line, terminal):
        line.send_signal(signal.SIGINT)
        read_until(terminal, r"wrote ")
        assert line.wait(PATIENCE_S) == 0
    state = read_result(tmp_path / "result.h5").state
    assert state.finished
    assert state.trains_expected == 300


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the children in /proc")
def test_nothing_is_left_of_a_replay_that_was_killed(
    water_run: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    with paced_replay(water_run, tmp_path, environment) as (line, _):
        (supervisord,) = children(line.pid)
        family = [supervisord, *children(supervisord)]
        assert len(family) == 5
        line.kill()
        line.wait(PATIENCE_S)
        end = time.monotonic() + PATIENCE_S
        while any(Path(f"/proc/{pid}").exists() for pid in family) and time.monotonic() < end:
            time.sleep(0.05)
        assert [pid for pid in family if Path(f"/proc/{pid}").exists()] == []


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()]

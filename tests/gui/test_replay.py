"""Runs that the window opens: one after the other, and nothing waits for one that does not end."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onlinecei_gui.doing import replay
from onlinecei_gui.doing.replay import Order
from onlinecei_gui.source import FixedSource
from onlinecei_gui.window.dashboard import Dashboard

DEAF = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.stderr.write("heard, and reach it at ipc:///nowhere\\n"))
sys.stderr.write(f"plays {sys.argv[2]}\\n")
while True:
    time.sleep(0.01)
"""
"""Takes a request to end for none."""
OBEDIENT = """
import sys, time
sys.stderr.write(f"plays {sys.argv[2]}\\n")
time.sleep(600)
"""


@pytest.fixture
def window(opened: Callable[..., Dashboard]) -> Dashboard:
    return opened(FixedSource(None))


@pytest.fixture
def plays(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let another program be the replay."""
    return lambda program: monkeypatch.setattr(replay, "COMMAND", (sys.executable, "-c", program))


def log(window: Dashboard) -> str:
    return str(window.stage.panel("log").text.toPlainText())


def until(qtbot: Any, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=60_000)


def is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_another_run_waits_for_the_end_of_the_one_before_and_holds_nothing_up(
    window: Dashboard, plays: Callable[[str], None], qtbot: Any
) -> None:
    plays(DEAF)
    window.acts.start(Order(run=Path("first.h5")))
    until(qtbot, lambda: "plays first.h5" in log(window))
    first = window.acts.replay
    process = first.process_id
    window.acts.start(Order(run=Path("second.h5")))
    window.acts.start(Order(run=Path("third.h5")))
    assert first.running, "whoever opens a run has the window back while the other ends"
    until(qtbot, lambda: "heard, and reach it" in log(window))
    assert "looking at" not in log(window), "what ends is not looked at"
    assert is_there(process)
    assert window.acts.replay is first
    plays(OBEDIENT)
    first._too_late.timeout.emit()  # its time is over
    until(qtbot, lambda: "plays third.h5" in log(window))
    assert not is_there(process)
    assert "plays second.h5" not in log(window), "the last order counts"
    assert "the replay before was ended" in log(window)
    assert not any(each in log(window) for each in ("status", "error"))


def test_a_replay_that_ends_when_asked_is_followed_at_once(
    window: Dashboard, plays: Callable[[str], None], qtbot: Any
) -> None:
    plays(OBEDIENT)
    for name in ("first", "second"):
        window.acts.start(Order(run=Path(name)))
        until(qtbot, lambda name=name: f"plays {name}" in log(window))
    process = window.acts.replay.process_id
    window.acts.end()
    until(qtbot, lambda: not is_there(process))


def test_closing_the_window_does_not_wait_for_a_replay(
    window: Dashboard, plays: Callable[[str], None], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plays(DEAF)
    window.acts.start(Order(run=Path("first.h5")))
    until(qtbot, lambda: "plays first.h5" in log(window))
    process = window.acts.replay.process_id
    window.acts.start(Order(run=Path("second.h5")))
    window.close()
    assert is_there(process), "it has time to end"
    assert not window.isVisible()
    monkeypatch.setattr(replay, "GRACE_MS", 50)
    window.acts.replay.wait()
    assert not is_there(process)
    assert not window.acts.replay.running, "nor is another one started"


def test_a_replay_that_cannot_be_started_is_said_and_the_next_one_can(
    window: Dashboard, plays: Callable[[str], None], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "COMMAND", ("/nonexistent/python",))
    window.acts.start(Order(run=Path("first.h5")))
    until(qtbot, lambda: "the replay cannot be started" in log(window))
    plays(OBEDIENT)
    window.acts.start(Order(run=Path("second.h5")))
    until(qtbot, lambda: "plays second.h5" in log(window))
    window.acts.replay.wait()

"""A display that is not there is one sentence, not an abort of Qt."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from onlinecei.cli import _dashboard, _screen, app
from onlinecei.errors import CEIError

pytest.importorskip("PyQt6")
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="others have one display and always the same")


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_LOGGING_RULES", "qt.qpa.*=false")  # whoever wants less of Qt still learns why


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        (["dashboard"], "--screenshot FILE writes a picture without one, and ssh -X brings one along"),
        (["replay", "water", "--gui"], "--headless goes without one, and ssh -X brings one along"),
    ],
)
@pytest.mark.parametrize(
    ("display", "said"),
    [
        (":9977", "could not connect to display :9977"),
        ("", "neither DISPLAY nor WAYLAND_DISPLAY is set"),
    ],
)
def test_no_display_is_one_sentence_and_status_1(
    words: list[str], advice: str, display: str, said: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "onlinecei.cli", *words], env={**os.environ, "DISPLAY": display}, cwd=tmp_path,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert " ".join(done.stderr.split()) == f"error: there is no display for the dashboard ({said}): {advice}"
    assert not list(tmp_path.iterdir()), "no core file"


def test_a_replay_does_without_where_the_display_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not _dashboard.wanted(None)
    monkeypatch.setenv("DISPLAY", ":9977")
    assert not _dashboard.wanted(None)


def test_a_display_that_works_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert _screen.why_not() == ""
    assert _dashboard.wanted(None)
    monkeypatch.delenv("DISPLAY")
    assert _dashboard.wanted(True), "one that Qt has without a name"


def test_a_display_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(_screen, "TRIAL", "import time; time.sleep(600)")
    monkeypatch.setattr(_screen, "PATIENCE_S", 0.1)
    with pytest.raises(CEIError, match=r"the display does not answer within 0\.1 s"):
        _dashboard.wanted(True)


def test_a_dashboard_that_a_signal_ends_is_status_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dashboard, "_PROGRAM", (sys.executable, "-c", "import os; os.abort()"))
    done = CliRunner().invoke(app, ["dashboard", "--screenshot", "a.png"])
    assert done.exit_code == 1
    assert str(done.exception) == f"the dashboard was ended by {signal.SIGABRT.name}"

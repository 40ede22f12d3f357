"""Both views draw the same picture; under a virtual X server, in a program of its own."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QApplication

from onlinecei_gui.molecule import view

PROGRAM = Path(__file__).parent / "two_views.py"
NEAR_PX = 3.0


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen that nobody sees."""
    server = shutil.which("Xvfb")
    if server is None:
        pytest.skip("Xvfb is not installed (Debian package xvfb)")
    read, write = os.pipe()
    command = [server, "-displayfd", str(write), "-screen", "0", "1000x800x24", "-nolisten", "tcp"]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as process:
        os.close(write)
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        yield f":{number}"
        process.terminate()


def run(display: str) -> dict[str, object]:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", view.WISH: "yes"}
    done = subprocess.run(
        [sys.executable, PROGRAM], check=False, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_both_views_put_atoms_in_the_same_place(display: str) -> None:
    found = run(display)
    assert found["made"] == "OpenGLView", found["why_not"]
    for kind in ("OpenGLView", "PainterView"):
        seen, expected = np.array(found[kind]), np.array(found["expected"])
        assert np.abs(seen - expected).max() < NEAR_PX, f"{kind}: {seen.round(1)}, expected {expected.round(1)}"
    assert found["chosen"] == [1, 0], "clicks find the atoms in both"
    assert found["turned"] > 10.0, "and dragging turns what OpenGL draws"


def test_opengl_is_not_taken_where_it_is_not_wanted(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> None:
    assert qapp
    monkeypatch.setenv(view.WISH, "no")
    assert view.why_not() == "it is not wanted"
    assert type(view.make_view()).__name__ == "PainterView"


def test_offscreen_it_is_never_tried(qapp: QApplication) -> None:
    assert qapp.platformName() == "offscreen"
    assert "offscreen" in view.why_not()

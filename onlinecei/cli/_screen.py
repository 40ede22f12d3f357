"""Whether a window can be shown, found out before Qt is asked in earnest: where it cannot, Qt aborts its process."""

import os
import subprocess
import sys

TRIAL = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from PyQt6.QtGui import QGuiApplication
QGuiApplication([])
"""
"""Opens no window and leaves no core file; a quarter of a second where the display is near."""
PATIENCE_S = 15.0
"""Longer than a display behind ssh takes; one that does not answer by then is of no use."""
LONGEST = 200
"""Of what Qt says, which may be anything."""


def is_named() -> bool:
    """Whether the surroundings name a display at all."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def why_not() -> str:
    """Try the display that Qt would take, in a process of its own; says what hinders, or nothing where it works."""
    if sys.platform != "linux":
        return ""
    surroundings = {name: value for name, value in os.environ.items() if name != "QT_LOGGING_RULES"}
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-c", TRIAL], env=surroundings, capture_output=True, timeout=PATIENCE_S, check=False,
            text=True, errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"the display does not answer within {PATIENCE_S:g} s"
    return _words(done.stderr) if done.returncode else ""


def _words(said: str) -> str:
    """Give the first line that Qt says, without where in Qt it comes from."""
    lines = [line.removeprefix("qt.qpa.xcb: ").removeprefix("qt.qpa.plugin: ").strip() for line in said.splitlines()]
    first = next(filter(None, lines), "Qt does not say why")
    return "".join(letter for letter in first if letter.isprintable())[:LONGEST].rstrip(".")

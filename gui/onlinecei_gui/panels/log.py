"""What the line and the operator did, newest last."""

import time
from html import escape
from pathlib import Path

from PyQt6.QtWidgets import QPlainTextEdit

from onlinecei.whole import write_whole
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.panel import Panel

MOST_LINES = 1000


class LogPanel(Panel):
    """Lines with the time of day, coloured by how bad they are."""

    draws_sums = False

    def __init__(self) -> None:
        super().__init__("Log", kinds=("png", "txt"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setMaximumBlockCount(MOST_LINES)
        self.text.setMinimumHeight(20)
        self.text.setObjectName("log")
        self.body.addWidget(self.text)

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Lines come by `add`."""

    def _write_as(self, path: Path, kind: str) -> None:
        if kind == "txt":
            write_whole(path, self.text.toPlainText() + "\n")
        else:
            super()._write_as(path, kind)

    def add(self, level: str, words: str, at: float | None = None) -> None:
        """Add a line; `at` in s since 1970, omitted: now."""
        clock = time.strftime("%H:%M:%S", time.localtime(at))
        colour = {
            "good": theme.now.green, "own": theme.now.blue, "warning": theme.now.orange, "error": theme.now.red,
        }.get(level, theme.now.text)  # fmt: skip
        weight = "bold" if level == "error" else "normal"
        self.text.appendHtml(
            f"<span style='color:{theme.now.muted}'>{clock}</span>&nbsp; "
            f"<span style='color:{colour}; font-weight:{weight}'>{escape(words)}</span>"
        )

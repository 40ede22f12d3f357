"""The strip below the header, there only when something has to be said: what is wrong, asked for, paused, reset."""

from collections.abc import Mapping, Sequence
from html import escape

from PyQt6.QtWidgets import QLabel

from onlinecei_gui import theme
from onlinecei_gui.doing.revisions import Asked
from onlinecei_gui.window.progress import Status

MOST_NAMED = 3
"""Plots of a reset that are named one by one."""


class Banner(QLabel):
    """One line for each thing."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.hide()

    def show_all(
        self, status: Status, asked: Asked | None, paused: str, resets: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        """Show what there is to be said; nothing where there is nothing. `resets`: titles of plots by time of day."""
        lines = []
        if status.reason:
            lines.append((theme.status(status.word), f"{status.word}: {status.reason}"))
        if asked is not None:
            when = "" if asked.first_train is None else f" from train {asked.first_train}"
            lines.append((theme.now.blue, f"asked for, not applied yet{when}: {asked.words}"))
        if paused:
            lines.append((theme.now.grey, f"this screen is paused since {paused}; the line goes on (Space)"))
        if resets:
            lines.append((theme.now.grey, f"{_which(resets)}; the line keeps all of it (Shift+R shows it again)"))
        text = "".join(
            f"<div style='background:{ground}; color:{theme.on(ground)}'>&nbsp;<b>{escape(words)}</b>&nbsp;</div>"
            for ground, words in lines
        )
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(lines))


def _which(resets: Mapping[str, Sequence[str]]) -> str:
    parts = []
    for since, titles in resets.items():
        named = ", ".join(titles) if len(titles) <= MOST_NAMED else f"{len(titles)} plots"
        parts.append(f"{named} only since {since}")
    return f"reset on this screen: {', '.join(parts)}"

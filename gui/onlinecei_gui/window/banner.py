"""The strip below the header, there only when something has to be said: what is wrong, what is asked for, a pause."""

from html import escape

from PyQt6.QtWidgets import QLabel

from onlinecei_gui import theme
from onlinecei_gui.doing.revisions import Asked
from onlinecei_gui.window.progress import Status


class Banner(QLabel):
    """One line for each thing."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)
        self.hide()

    def show_all(self, status: Status, asked: Asked | None, paused: str) -> None:
        """Show what there is to be said; nothing where there is nothing."""
        lines = []
        if status.reason:
            lines.append((theme.status(status.word), f"{status.word}: {status.reason}"))
        if asked is not None:
            when = "" if asked.first_train is None else f" from train {asked.first_train}"
            lines.append((theme.now.blue, f"asked for, not applied yet{when}: {asked.words}"))
        if paused:
            lines.append((theme.now.grey, f"this screen is paused since {paused}; the line goes on (Space)"))
        text = "".join(
            f"<div style='background:{ground}; color:{theme.on(ground)}'>&nbsp;<b>{escape(words)}</b>&nbsp;</div>"
            for ground, words in lines
        )
        if text != self.text():
            self.setText(text)
        self.setVisible(bool(lines))

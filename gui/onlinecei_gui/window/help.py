"""The page of shortcuts."""

from collections.abc import Iterable

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QDialog, QTextBrowser, QVBoxLayout, QWidget

MOUSE = {
    "drag in a plot": "move it",
    "wheel": "zoom; over an axis only along it",
    "double click": "show all of it again",
    "drag the rim of a window or gate": "ask the analysis for another one",
    "drag the middle of a side of an outline": "the same in PIPICO",
    "drag the arrows of a colour bar": "other levels",
    "⋯ of a panel": "scale, colours, how often it is drawn, reset, save",
    "drag the title of a panel": "put it elsewhere, or on another one",
}


class HelpDialog(QDialog):
    """Every action of the menus with its keys, and what the mouse does."""

    def __init__(self, actions: Iterable[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.resize(560, 640)
        keys = {each.shortcut().toString(): each.text().replace("&", "") for each in actions}
        self.page = QTextBrowser()
        self.page.setHtml(f"<h3>Keys</h3>{_table(keys)}<h3>Mouse</h3>{_table(MOUSE)}")
        QVBoxLayout(self).addWidget(self.page)


def _table(rows: dict[str, str]) -> str:
    lines = (f"<tr><td><b>{key}</b>&nbsp;&nbsp;</td><td>{words}</td></tr>" for key, words in rows.items() if key)
    return f"<table cellpadding=3>{''.join(lines)}</table>"

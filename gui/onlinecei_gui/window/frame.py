"""What the window is without its data: its parts, one above the other, its theme, its place, its log."""

import sys
import time
from collections import deque

from PyQt6.QtCore import QByteArray
from PyQt6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.panels.log import MOST_LINES, LogPanel
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.settings import Settings
from onlinecei_gui.window.banner import Banner
from onlinecei_gui.window.chooser import Chooser
from onlinecei_gui.window.footer import Footer
from onlinecei_gui.window.header import Header
from onlinecei_gui.window.stage import Stage


class Frame(QMainWindow):
    """Header, banner, panels, footer; what somebody changes about them is kept in the settings."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setWindowTitle("onlinecei")
        self.settings, self._lines = settings, deque[tuple[float, str, str]](maxlen=MOST_LINES)
        self.header, self.footer, self.banner, self.chooser = Header(), Footer(), Banner(), Chooser()
        self.stage = Stage(settings, self.introduce)
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(8)
        for widget in (self.header, self.banner, self.stage, self.footer):
            column.addWidget(widget, 1 if widget is self.stage else 0)
        self.setCentralWidget(page)

    def introduce(self, name: str, panel: Panel) -> None:
        """Listen to a panel that was made, here and in any other theme."""
        del name
        panel.told.connect(lambda words, failed: self.say("error" if failed else "own", words))
        if isinstance(panel, LogPanel):
            for at, level, words in self._lines:
                panel.add(level, words, at)

    def say(self, level: str, words: str) -> None:
        """Put a line into the log."""
        line = (time.time(), level, words)
        self._lines.append(line)
        log = self.stage.panels.get("log")
        if isinstance(log, LogPanel):
            log.add(level, words, line[0])

    def set_theme(self, name: theme.Theme) -> None:
        """Show everything in another theme."""
        running = QApplication.instance()
        if isinstance(running, QApplication):
            theme.apply(running, name)
        self.settings.theme = name
        self.stage.renew()

    def full_screen(self) -> None:
        """Fill the screen, or go back."""
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def restore_window(self) -> None:
        """Give the window the place and size that it had."""
        if self.settings.window:
            self.restoreGeometry(QByteArray(self.settings.window))

    def keep(self) -> None:
        """Remember how the window is left."""
        self.stage.keep()
        self.settings.window = bytes(self.saveGeometry().data())
        try:
            self.settings.save()
        except CEIError as error:
            sys.stderr.write(f"{error}\n")

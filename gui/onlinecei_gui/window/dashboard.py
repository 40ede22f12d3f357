"""The dashboard's one window."""

import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

from PyQt6.QtCore import QByteArray, QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from onlinecei.centroids.recent import Recent
from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.doing.background import Background
from onlinecei_gui.doing.marks import default_directory
from onlinecei_gui.doing.revisions import Revisions
from onlinecei_gui.history import History
from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.log import MOST_LINES, LogPanel
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.settings import Settings
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.view import View, channel_of, delay_of
from onlinecei_gui.window.acts import Acts
from onlinecei_gui.window.banner import Banner
from onlinecei_gui.window.chooser import Chooser
from onlinecei_gui.window.drift import Drift
from onlinecei_gui.window.footer import Footer
from onlinecei_gui.window.header import Header
from onlinecei_gui.window.menus import Menus
from onlinecei_gui.window.news import News
from onlinecei_gui.window.progress import Progress, Status
from onlinecei_gui.window.stage import Stage

PERIOD_MS = 100
"""Ten looks a second: faster than the eye needs, slow enough to leave the machine alone."""


class Dashboard(QMainWindow):
    """Shows the newest snapshot of a source; closes the source with itself."""

    def __init__(
        self,
        source: SnapshotSource,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.monotonic,
        marks_directory: Path | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle("onlinecei")
        self.settings, self._clock = settings or Settings(), clock
        self.marks_directory = marks_directory or default_directory()
        self.background, self._lines = Background(), deque[tuple[float, str, str]](maxlen=MOST_LINES)
        self.revisions, self.acts = Revisions(self.background), Acts(self)
        self.header, self.footer, self.banner, self.chooser = Header(), Footer(), Banner(), Chooser()
        self.stage = Stage(self.settings, self._introduce)
        self.menus = Menus(self)
        self._paused = ""
        self.moment: Moment | None = None
        self._view: View | None = None
        self._lay_out()
        self.chooser.chosen.connect(self.redraw)
        self.revisions.changed.connect(self._asked)
        self.revisions.told.connect(self.say)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.step)
        self._begin(source)
        self.start()

    def start(self) -> None:
        """Look for something new, again and again."""
        self._timer.start(PERIOD_MS)

    def stop(self) -> None:
        """Look only when `step` is called."""
        self._timer.stop()

    @property
    def panels(self) -> Mapping[str, Panel]:
        """The panels that were made, by name; `stage.panel` makes any other."""
        return self.stage.panels

    @property
    def status(self) -> Status:
        """The one word for the line, and why."""
        return self._progress.status(self._source.facts, self._source.silent_s)

    def look_at(self, source: SnapshotSource) -> None:
        """Show another source from now on."""
        self._source.close()
        self._begin(source)

    def look(self, view: View) -> None:
        """Look at a channel and a delay, now or as soon as there are data; `CEIError` where there is no such."""
        if self.moment is None:
            self._view = view
            return
        self._view = None
        for number, box in (
            (channel_of(view, self.moment), self.chooser.channel),
            (delay_of(view, self.moment), self.chooser.delay),
        ):
            if number is not None:
                box.setCurrentIndex(number)

    def step(self) -> None:
        """Look once for something new."""
        now = self._clock()
        try:
            snapshot = self._source.poll()
            if snapshot is not None:
                self._take(Moment(snapshot), now)
        except CEIError as error:
            self.footer.warn(str(error))
            self.say("error", str(error))
        for line in self._news.of(self.moment, self._source.facts, now):
            self.say(line.level, line.words)
        self.header.show_status(self.status)
        self.header.show_rate(self._progress.hits_per_s(now))
        self.banner.show_all(self.status, self.revisions.asked, self._paused)

    def redraw(self) -> None:
        """Draw the newest moment as it is chosen to be seen."""
        if self.moment is None:
            return
        choice = self.chooser.choice
        self.header.draw(self.moment, choice)
        self.footer.draw(self.moment, choice)
        if self._drift.warning:
            self.footer.warn(self._drift.warning)
        if not self._paused:
            self.stage.draw(self._shown(self.moment), choice)

    def say(self, level: str, words: str) -> None:
        """Put a line into the log."""
        line = (time.time(), level, words)
        self._lines.append(line)
        log = self.panels.get("log")
        if isinstance(log, LogPanel):
            log.add(level, words, line[0])

    def pause(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        """Leave the screen as it is, while the line and its log go on."""
        self._paused = time.strftime("%H:%M:%S") if on else ""
        self.banner.show_all(self.status, self.revisions.asked, self._paused)
        self.redraw()

    def set_theme(self, name: theme.Theme) -> None:
        """Show everything in another theme."""
        running = QApplication.instance()
        if isinstance(running, QApplication):
            theme.apply(running, name)
        self.settings.theme = name
        self.stage.renew()
        self.menus.fill_panels()
        self.redraw()

    def full_screen(self) -> None:
        """Fill the screen, or go back."""
        self.showNormal() if self.isFullScreen() else self.showFullScreen()

    def restore_window(self) -> None:
        """Give the window the place and size that it had."""
        if self.settings.window:
            self.restoreGeometry(QByteArray(self.settings.window))

    def _begin(self, source: SnapshotSource) -> None:
        self._source, self.moment = source, None
        self._progress, self._drift, self._recent = Progress(), Drift(), Recent()
        self._history, self._news = History(), News()
        self.revisions.look_at_another(getattr(source, "ask", None))
        if source.words:
            self.say("own", f"looking at {source.words}")
            self.setWindowTitle(f"onlinecei: {source.words}")

    def _take(self, moment: Moment, now: float) -> None:
        """Take note of a version, and draw it."""
        snapshot, self.moment = moment.snapshot, moment
        self._progress.arrived(moment, now)
        moment.pulses_per_s = self._progress.pulses_per_s(now)
        self._drift.arrived(moment, now)
        self._recent.arrived(snapshot.run + moment.setup.hash, snapshot.state.total.values, now)
        self._history.arrived(moment, now)
        moment.rates = self._history.rates(now)
        self.revisions.arrived(moment)
        moment.asked = self.revisions.asked.setup if self.revisions.asked else None
        self.chooser.offer(moment)
        self.redraw()
        if self._view is not None:
            self.look(self._view)

    def _asked(self) -> None:
        """Mark what is asked for, and what is not any more."""
        if self.moment is not None:
            self.moment.asked = self.revisions.asked.setup if self.revisions.asked else None
            self.redraw()
        self.banner.show_all(self.status, self.revisions.asked, self._paused)

    def _introduce(self, _name: str, panel: Panel) -> None:
        """Listen to a panel that was made."""
        panel.wanted.connect(self.revisions.want)
        panel.form_wanted.connect(self.acts.edit_setup)
        panel.told.connect(lambda words, failed: self.say("error" if failed else "own", words))
        if isinstance(panel, LogPanel):
            for at, level, words in self._lines:
                panel.add(level, words, at)

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(8)
        for widget in (self.header, self.banner, self.stage, self.footer):
            column.addWidget(widget, 1 if widget is self.stage else 0)
        self.setCentralWidget(page)

    def _shown(self, moment: Moment) -> Moment:
        """Give the moment as the panels show it: with all sums, or those of the last minutes."""
        if not self.chooser.recent_only:
            return moment
        return moment.of_sums(self._recent.since(moment.snapshot.state.total.values, self._clock())[0])

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._timer.stop()
        self.background.close()
        self._source.close()
        if self.acts.replay is not None:
            self.acts.replay.stop()
        self.stage.keep()
        self.settings.window = bytes(self.saveGeometry().data())
        try:
            self.settings.save()
        except CEIError as error:
            sys.stderr.write(f"{error}\n")
        super().closeEvent(event)

"""The dashboard's one window."""

import sys
import time
from collections.abc import Callable, Mapping

from PyQt6.QtCore import QByteArray, QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from onlinecei.centroids.recent import Recent
from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.settings import Settings
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.window.drift import Drift
from onlinecei_gui.window.footer import Footer
from onlinecei_gui.window.header import Header
from onlinecei_gui.window.menus import Menus
from onlinecei_gui.window.progress import Progress
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
    ) -> None:
        super().__init__()
        self.setWindowTitle("onlinecei")
        self.settings = settings or Settings()
        self._source, self._clock, self._progress, self._drift = source, clock, Progress(), Drift()
        self._recent = Recent()
        self.moment: Moment | None = None
        self.header, self.footer, self.stage = Header(), Footer(), Stage(self.settings)
        self._lay_out()
        self.menus = Menus(self)
        self.header.chosen.connect(self.redraw)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.step)
        self._timer.start(PERIOD_MS)

    @property
    def panels(self) -> Mapping[str, Panel]:
        """All panels by name."""
        return self.stage.panels

    def step(self) -> None:
        """Look once for something new."""
        now = self._clock()
        try:
            snapshot = self._source.poll()
            if snapshot is not None:
                self.moment = Moment(snapshot)
                self._progress.arrived(self.moment, now)
                self.moment.pulses_per_s = self._progress.pulses_per_s(now)
                self._drift.arrived(self.moment)
                self._recent.arrived(snapshot.run + self.moment.setup.hash, snapshot.state.total.values, now)
                self.header.offer(self.moment)
                self.redraw()
        except CEIError as error:
            self.footer.warn(str(error))
        self.header.show_status(self._progress.status(now))
        self.header.show_rate(self._progress.hits_per_s(now))

    def redraw(self) -> None:
        """Draw the newest moment as it is chosen to be seen."""
        if self.moment is None:
            return
        choice = self.header.choice
        self.header.draw(self.moment, choice)
        self.footer.draw(self.moment, choice)
        if warning := self._drift.warning(self.moment):
            self.footer.warn(warning)
        self.stage.draw(self._shown(self.moment), choice)

    def set_theme(self, name: theme.Theme) -> None:
        """Show everything in another theme."""
        running = QApplication.instance()
        if isinstance(running, QApplication):
            theme.apply(running, name)
        self.settings.theme = name
        self.stage.renew()
        self.menus.fill_panels()
        self.redraw()

    def restore_window(self) -> None:
        """Give the window the place and size that it had."""
        if self.settings.window:
            self.restoreGeometry(QByteArray(self.settings.window))

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(8, 4, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.header)
        column.addWidget(self.stage, 1)
        column.addWidget(self.footer)
        self.setCentralWidget(page)

    def _shown(self, moment: Moment) -> Moment:
        """Give the moment as the panels show it: with all sums, or those of the last minutes."""
        if not self.header.recent_only:
            return moment
        return moment.of_sums(self._recent.since(moment.snapshot.state.total.values, self._clock())[0])

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._timer.stop()
        self._source.close()
        self.stage.keep()
        self.settings.window = bytes(self.saveGeometry().data())
        try:
            self.settings.save()
        except CEIError as error:
            sys.stderr.write(f"{error}\n")
        super().closeEvent(event)

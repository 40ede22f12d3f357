"""The dashboard's one window."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QCloseEvent

from onlinecei.errors import CEIError
from onlinecei_gui import theme
from onlinecei_gui.doing.background import Background
from onlinecei_gui.doing.marks import Mark, default_directory
from onlinecei_gui.doing.revisions import Revisions
from onlinecei_gui.moment import Moment
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.settings import Settings
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.view import View, channel_of, delay_of
from onlinecei_gui.window.acts import Acts
from onlinecei_gui.window.frame import Frame
from onlinecei_gui.window.menus import Menus
from onlinecei_gui.window.progress import Status
from onlinecei_gui.window.watch import Watch

PERIOD_MS = 100
"""Ten looks a second: faster than the eye needs, slow enough to leave the machine alone."""


class Dashboard(Frame):
    """Shows the newest snapshot of a source; closes the source with itself."""

    def __init__(
        self,
        source: SnapshotSource,
        settings: Settings | None = None,
        clock: Callable[[], float] = time.monotonic,
        marks_directory: Path | None = None,
    ) -> None:
        self._clock, self._paused = clock, ""
        self._view: View | None = None
        self.background = Background()
        self.revisions, self.acts = Revisions(self.background), Acts(self)
        self.marks_directory = marks_directory or default_directory()
        super().__init__(settings or Settings())
        self.menus = Menus(self)
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
    def moment(self) -> Moment | None:
        """The newest one; None where nothing has come yet."""
        return self.watch.moment

    @property
    def status(self) -> Status:
        """The one word for the line, and why."""
        return self.watch.status

    def look_at(self, source: SnapshotSource) -> None:
        """Show another source from now on."""
        self.watch.close()
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
        now, before = self._clock(), self.moment
        try:
            if self.watch.look(now):
                self._take(before)
        except CEIError as error:
            self.footer.warn(str(error))
            self.say("error", str(error))
        for line in self.watch.news(now):
            self.say(line.level, line.words)
        self.header.show_status(self.status)
        self.header.show_rate(self.watch.hits_per_s(now))
        self._show_banner()

    def redraw(self) -> None:
        """Draw the newest moment as it is chosen to be seen."""
        if self.moment is None:
            return
        choice = self.chooser.choice
        self.header.draw(self.moment, choice)
        self.footer.draw(self.moment, choice)
        if self.watch.warning:
            self.footer.warn(self.watch.warning)
        if not self._paused:
            last = self.watch.recent(self._clock()) if self.chooser.recent_only else None
            self.stage.draw(last or self.moment, choice)

    def take_marks(self, marks: Sequence[Mark]) -> None:
        """Draw the marks of the run."""
        self.watch.remember(marks)
        self.redraw()

    def pause(self, on: bool) -> None:  # noqa: FBT001  the slot of an action
        """Leave the screen as it is, while the line and its log go on."""
        self._paused = time.strftime("%H:%M:%S") if on else ""
        self._show_banner()
        self.redraw()

    def set_theme(self, name: theme.Theme) -> None:
        super().set_theme(name)
        self.menus.fill_panels()
        self.redraw()

    def introduce(self, name: str, panel: Panel) -> None:
        super().introduce(name, panel)
        panel.wanted.connect(self.revisions.want)
        panel.form_wanted.connect(self.acts.edit_setup)
        panel.was_reset.connect(self._show_banner)

    def _begin(self, source: SnapshotSource) -> None:
        self.watch = Watch(source)
        self.revisions.look_at_another(getattr(source, "ask", None))
        if source.words:
            self.say("own", f"looking at {source.words}")
            self.setWindowTitle(f"onlinecei: {source.words}")

    def _take(self, before: Moment | None) -> None:
        """Show a newer moment than the one before."""
        if (moment := self.moment) is None:
            return
        self.revisions.arrived(moment)
        moment.asked = self.revisions.asked_setup
        self.chooser.offer(moment)
        self.redraw()
        if self._view is not None:
            self.look(self._view)
        if before is None or before.snapshot.run != moment.snapshot.run:
            self.watch.remember(())
            self.acts.show_marks()

    def _asked(self) -> None:
        """Mark what is asked for, and what is not any more."""
        if self.moment is not None:
            self.moment.asked = self.revisions.asked_setup
            self.redraw()
        self._show_banner()

    def _show_banner(self) -> None:
        self.banner.show_all(self.status, self.revisions.asked, self._paused, self.stage.resets)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._timer.stop()
        self.background.close()
        self.watch.close()
        self.acts.end()
        self.keep()
        super().closeEvent(event)

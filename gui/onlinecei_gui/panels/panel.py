"""What every panel is: a titled card in a dock, with a menu, drawn while it is seen and no more often than wished."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QPaintEvent, QShowEvent
from PyQt6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from onlinecei.arrays import AnyArray
from onlinecei.errors import CEIError
from onlinecei_gui.doing.exports import file_of, kind_of, origin_of, picture, write_bytes, write_columns
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.menu import entry, submenu

PERIODS_S = {"as it comes": 0.0, "2 a second": 0.5, "1 a second": 1.0, "every 5 s": 5.0, "every minute": 60.0}
"""How often a panel may be drawn."""


NARROWEST = 70
"""Pixels of a box in the head of a panel: the window must fit on small screens."""


class Note(QLabel):
    """Words that are seen as a whole or not at all."""

    def paintEvent(self, event: QPaintEvent | None) -> None:
        if self.sizeHint().width() <= self.width():
            super().paintEvent(event)


class Panel(QFrame):
    """A titled card; subclasses draw a moment on it.

    What the operator wants of the analysis leaves it as `wanted`; nothing of that is drawn before the analysis applies
    it.
    """

    wanted = pyqtSignal(object)
    """A `doing.change.Change`."""
    form_wanted = pyqtSignal(tuple)
    """A section of the setup that the operator wants to see in numbers."""
    told = pyqtSignal(str, bool)
    """Words for the log, and whether something failed."""
    was_reset = pyqtSignal()
    """Another part of the sums is shown from now on, or all of them."""
    draws_sums = True
    """Whether it draws what a reset makes less of; geometries and what is known over time are always those of all."""

    def __init__(self, title: str, *, kinds: Sequence[str] = ("png",)) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.name, self.kinds = "", kinds
        self.clock: Callable[[], float] = time.monotonic
        self.head = QFrame()
        """Becomes the title bar of the dock; `add_to_head` puts widgets behind the title."""
        self.head.setObjectName("head")
        self.title, self.since, self.note = QLabel(title), QLabel(), Note()
        self.title.setObjectName("title")
        self.since.setObjectName("since")
        self.since.hide()
        self.note.setObjectName("note")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.note.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.menu, self.body = QMenu(self), QVBoxLayout(self)
        self.body.setContentsMargins(12, 2, 12, 8)
        self.body.setSpacing(4)
        self._row = QHBoxLayout(self.head)
        self._row.setContentsMargins(12, 7, 6, 3)
        self._row.addWidget(self.title)
        self._row.addWidget(self.since)
        self._row.addWidget(self.note, 1)
        self._row.addWidget(_menu_button(self.menu))
        self._offered: tuple[Moment, Choice] | None = None
        self._baseline: Moment | None = None
        self._reset_at = ""
        self._drawn_s, self.period_s = -1e9, 0.0
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.redraw)
        self._fill_menu()

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Show a moment."""
        raise NotImplementedError

    def columns(self) -> Mapping[str, AnyArray]:
        """Give what is drawn as columns of one length, with units in their names; empty where there is nothing."""
        return {}

    def write(self, path: Path) -> None:
        """Write what is seen; the kind of file is that of the name. `CEIError` where that cannot be done."""
        self._write_as(path, kind_of(path, self.kinds))

    def _write_as(self, path: Path, kind: str) -> None:
        """Write one of the kinds of the panel."""
        if kind == "csv":
            write_columns(self.columns(), path)
        else:  # of the dock, whose title says what it is
            write_bytes(picture(self.parentWidget() or self, self.origin), path)

    @property
    def origin(self) -> dict[str, str]:
        """Where what was offered last comes from."""
        return origin_of(self._offered[0] if self._offered else None)

    def add_to_head(self, widget: QWidget) -> None:
        """Put a widget behind the title; it may be cut where the panel is narrow."""
        widget.setMinimumWidth(NARROWEST)
        self._row.insertWidget(self._row.count() - 2, widget)

    def offer(self, moment: Moment, choice: Choice) -> None:
        """Take a moment: it is drawn now, or when the panel is seen, or when its period is over."""
        same = self._offered is not None and choice == self._offered[1]
        self._offered = moment, choice
        if self._baseline is not None and _began_anew(self._baseline, moment.whole):
            self._baseline = None
        if not self.isVisible():
            return
        wait_s = self._drawn_s + self.period_s - self.clock() if same else 0.0  # somebody waits for another choice
        if wait_s <= 0:
            self.redraw()
        elif not self._later.isActive():
            self._later.start(round(1000 * wait_s))

    def redraw(self) -> None:
        """Draw what was offered last."""
        if self._offered is not None:
            self._drawn_s = self.clock()
            moment, choice = self._offered
            self.draw(self._since_reset(moment), choice)
            self.since.setText(f"since {self.reset_at}" if self.is_reset else "")
            self.since.setVisible(self.is_reset)

    def reset(self) -> None:
        """Show only what comes from now on; the analysis keeps all of it."""
        if self._offered is not None:
            self._baseline, self._reset_at = self._offered[0].whole, time.strftime("%H:%M")
            self.redraw()
            self.was_reset.emit()

    def show_all(self) -> None:
        """Take a reset back."""
        self._baseline = None
        self.redraw()
        self.was_reset.emit()

    @property
    def is_reset(self) -> bool:
        """Whether less is shown than the analysis has."""
        return self._baseline is not None and self.draws_sums

    @property
    def reset_at(self) -> str:
        """Time of day of the last reset, for people; empty where there was none."""
        return self._reset_at

    def _since_reset(self, moment: Moment) -> Moment:
        if self._baseline is None:
            return moment
        before, values = self._baseline.snapshot.state.total.values, moment.whole.snapshot.state.total.values
        if _began_anew(self._baseline, moment.whole) or (values < before).any():
            self._baseline = None
            return moment
        return moment.whole.of_sums(values - before)

    def _fill_menu(self) -> None:
        rates, files = submenu(self.menu, "Drawn"), submenu(self.menu, "Save as")
        for words, period_s in PERIODS_S.items():
            entry(rates, words, partial(setattr, self, "period_s", period_s))
        for kind in self.kinds:
            entry(files, kind, partial(self._ask_and_write, kind))
        if self.draws_sums:
            entry(self.menu, "Reset this plot", self.reset)
            entry(self.menu, "Show all again", self.show_all)

    def _ask_and_write(self, kind: str) -> None:
        name, _ = QFileDialog.getSaveFileName(self, f"Save {self.name}", f"{self.name}.{kind}", f"*.{kind}")
        if not name:
            return
        try:
            path = file_of(name, kind)
            self.write(path)
        except CEIError as error:
            self.told.emit(str(error), True)  # noqa: FBT003  a signal has no keywords
        else:
            part = f", what came since {self.reset_at}" if self.is_reset else ""
            self.told.emit(f"wrote {path}{part}", False)  # noqa: FBT003

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self.redraw()


def _began_anew(before: Moment, now: Moment) -> bool:
    """Whether the line dropped its sums by itself since then, by what is told quickly."""
    if (before.snapshot.run, before.setup.hash) != (now.snapshot.run, now.setup.hash):
        return True
    return now.counters["pulses"] < before.counters["pulses"]


def _menu_button(menu: QMenu) -> QToolButton:
    button = QToolButton()
    button.setText("⋯")
    button.setMenu(menu)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
    return button

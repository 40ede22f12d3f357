"""Panels in docks, arranged as a layout says or as the operator left them; each is made when it is first seen."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise

from PyQt6.QtCore import QByteArray, Qt, QTimer
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QDockWidget, QMainWindow, QTabWidget

from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.panels.registry import PANELS
from onlinecei_gui.window.layouts import Place, Split, names

_ALONG = {"row": Qt.Orientation.Horizontal, "column": Qt.Orientation.Vertical}
VERSION = 1
"""Of what is saved; an older one is passed over."""


class Docks(QMainWindow):
    """The part of the window that holds the panels; itself a widget of the window.

    `made` is called with the name of a panel and the panel when it is made.
    """

    def __init__(self, made: Callable[[str, Panel], object]) -> None:
        super().__init__(None, Qt.WindowType.Widget)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self._made = made
        self.panels: dict[str, Panel] = {}
        """Those that were made."""
        self.docks = {name: self._dock(name) for name in PANELS}
        self._place: Place | None = None

    def panel(self, name: str) -> Panel:
        """Give a panel, made now where it was never seen."""
        if name not in self.panels:
            panel = self.panels[name] = PANELS[name].make()
            panel.name = name
            self.docks[name].setTitleBarWidget(panel.head)
            self.docks[name].setWidget(panel)
            self._made(name, panel)
        return self.panels[name]

    def arrange(self, place: Place) -> None:
        """Put the panels where a layout has them; the others are hidden."""
        for dock in self.docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        first = self.docks[next(names(place))]
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, first)
        self._split(place)
        for name in names(place):
            self.panel(name)
            self.docks[name].show()
        for name in self.docks.keys() - set(names(place)):
            self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.docks[name])
            self.docks[name].hide()
        self._raise_first(place)
        self._place = place
        if self.isVisible():
            self._share_out()
            QTimer.singleShot(0, self._share_out)

    def state(self) -> bytes:
        """Give the present arrangement."""
        return bytes(self.saveState(VERSION).data())

    def restore(self, state: bytes) -> bool:
        """Go back to an arrangement; False where it is none of this program."""
        for dock in self.docks.values():
            if self.dockWidgetArea(dock) == Qt.DockWidgetArea.NoDockWidgetArea:
                self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
                dock.hide()
        self._place = None
        understood = self.restoreState(QByteArray(state), VERSION)
        for name, dock in self.docks.items():
            if not dock.isHidden():
                self.panel(name)
        return understood

    def showEvent(self, event: QShowEvent | None) -> None:
        super().showEvent(event)
        self._share_out()
        QTimer.singleShot(0, self._share_out)  # what is nested has its room only after the first round

    def _share_out(self) -> None:
        """Give each part of the layout its share; sizes are only known once the window is seen."""
        if self._place is not None:
            self._resize(self._place, self.width(), self.height())

    def _dock(self, name: str) -> QDockWidget:
        dock = QDockWidget(PANELS[name].title, self)
        dock.setObjectName(name)
        dock.hide()
        dock.visibilityChanged.connect(partial(self._seen, name))
        return dock

    def _seen(self, name: str, visible: bool) -> None:  # noqa: FBT001  of a signal
        if visible:
            self.panel(name)

    def _split(self, place: Place) -> None:
        """Divide the room of the first panel of a place among its parts."""
        if isinstance(place, str):
            return
        firsts = [self.docks[next(names(part))] for part in place.parts]
        for before, dock in pairwise(firsts):
            if place.how == "tabs":
                self.tabifyDockWidget(before, dock)
            else:
                self.splitDockWidget(before, dock, _ALONG[place.how])
        for part in place.parts:
            self._split(part)

    def _raise_first(self, place: Place) -> None:
        for split in _splits(place):
            if split.how == "tabs":
                self.docks[next(names(split))].raise_()

    def _resize(self, place: Place, width: int, height: int) -> None:
        if isinstance(place, str) or place.how == "tabs":
            return
        room = width if place.how == "row" else height
        sizes = [max(room * weight // sum(place.weights), 1) for weight in place.weights]
        firsts = [self.docks[next(names(part))] for part in place.parts]
        self.resizeDocks(firsts, sizes, _ALONG[place.how])
        for part, size in zip(place.parts, sizes, strict=True):
            self._resize(part, *((size, height) if place.how == "row" else (width, size)))


def _splits(place: Place) -> Iterator[Split]:
    if isinstance(place, Split):
        yield place
        for part in place.parts:
            yield from _splits(part)

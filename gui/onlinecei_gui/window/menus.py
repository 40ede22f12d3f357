"""The menu bar."""

from typing import TYPE_CHECKING

from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu

from onlinecei_gui import theme
from onlinecei_gui.window.layouts import LAYOUTS

if TYPE_CHECKING:
    from onlinecei_gui.window.dashboard import Dashboard


class Menus:
    """Layouts, panels and theme."""

    def __init__(self, window: "Dashboard") -> None:
        self._window = window
        bar = window.menuBar()
        if bar is None:
            return
        self.layouts, self.panels, self.look = (QMenu(words, bar) for words in ("&Layout", "&Panels", "&Theme"))
        for menu in (self.layouts, self.panels, self.look):
            bar.addMenu(menu)
        self._fill_layouts()
        self._fill_themes()
        self.fill_panels()

    def fill_panels(self) -> None:
        """Name the panels of the present docks, each to be shown or hidden."""
        self.panels.clear()
        for dock in self._window.stage.docks.docks.values():
            self.panels.addAction(dock.toggleViewAction())

    def _fill_layouts(self) -> None:
        group, stage = QActionGroup(self._window), self._window.stage
        for number, name in enumerate(LAYOUTS, 1):
            action = _choice(self.layouts, group, name.capitalize(), chosen=name == stage.layout_name)
            action.setShortcut(f"Ctrl+{number}")
            action.triggered.connect(lambda _checked, name=name: stage.choose(name))
        self.layouts.addSeparator()
        self.layouts.addAction("Reset this layout", stage.reset_layout)

    def _fill_themes(self) -> None:
        group = QActionGroup(self._window)
        for name in theme.PALETTES:
            action = _choice(self.look, group, name.capitalize(), chosen=name == theme.now.name)
            action.triggered.connect(lambda _checked, name=name: self._window.set_theme(name))


def _choice(menu: QMenu, group: QActionGroup, words: str, *, chosen: bool) -> QAction:
    action = QAction(words, menu)
    action.setCheckable(True)
    action.setChecked(chosen)
    group.addAction(action)
    menu.addAction(action)
    return action

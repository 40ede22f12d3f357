"""The menu bar: everything that can be done, with its keys."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QMenu, QMenuBar

from onlinecei_gui import theme
from onlinecei_gui.panels.menu import entry, switch
from onlinecei_gui.window.layouts import LAYOUTS

if TYPE_CHECKING:
    from onlinecei_gui.window.dashboard import Dashboard


class Menus:
    """File, analysis, layout, panels, view, help."""

    def __init__(self, window: "Dashboard") -> None:
        self._window, self._bar = window, QMenuBar()
        window.setMenuBar(self._bar)
        self._bar.setCornerWidget(window.chooser)
        titles = ("&File", "&Analysis", "&Layout", "&Panels", "&View", "&Help")
        self.menus = [self._menu(words) for words in titles]
        file, analysis, layout, self._panels, view, about = self.menus
        self._fill_file(file)
        self._fill_analysis(analysis)
        self._fill_layouts(layout)
        self._fill_view(view)
        self.fill_panels()
        entry(about, "Keys and mouse", window.acts.show_help, "F1")

    @property
    def actions(self) -> Iterator[QAction]:
        """Everything in the menus."""
        for menu in self.menus:
            yield from menu.actions()

    def fill_panels(self) -> None:
        """Name the panels of the present docks, each to be shown or hidden."""
        self._panels.clear()
        for dock in self._window.stage.docks.docks.values():
            self._panels.addAction(dock.toggleViewAction())

    def _menu(self, words: str) -> QMenu:
        menu = QMenu(words, self._bar)
        self._bar.addMenu(menu)
        return menu

    def _fill_file(self, menu: QMenu) -> None:
        acts = self._window.acts
        entry(menu, "Open a run…", acts.open_run, "Ctrl+O")
        entry(menu, "Open a result…", acts.open_result, "Ctrl+Shift+O")
        entry(menu, "Connect to a line…", acts.connect_to, "Ctrl+K")
        menu.addSeparator()
        entry(menu, "Save the picture…", partial(acts.save, "png"), "Ctrl+S")
        entry(menu, "Save the geometries…", partial(acts.save, "xyz"))
        entry(menu, "Save the result…", partial(acts.save, "h5"))
        entry(menu, "Save a report…", partial(acts.save, "html"), "Ctrl+R")
        menu.addSeparator()
        entry(menu, "Close", self._window.close, "Ctrl+Q")

    def _fill_analysis(self, menu: QMenu) -> None:
        acts, revisions = self._window.acts, self._window.revisions
        entry(menu, "Setup…", partial(acts.edit_setup, ()), "Ctrl+E")
        entry(menu, "Windows of ions…", partial(acts.edit_setup, ("ions", 0)))
        entry(menu, "Channels and gates…", acts.edit_channel, "Ctrl+G")
        entry(menu, "Delay bins…", partial(acts.edit_setup, ("delays",)))
        entry(menu, "Calibration: spectrometer…", partial(acts.edit_setup, ("spectrometer",)))
        entry(menu, "Calibration: detector…", partial(acts.edit_setup, ("detector",)))
        entry(menu, "Take a setup file…", acts.take_setup)
        menu.addSeparator()
        entry(menu, "The setup before", revisions.undo, "Ctrl+Z")
        entry(menu, "Begin the sums anew", acts.reset, "Ctrl+Shift+R")
        menu.addSeparator()
        entry(menu, "Mark…", acts.mark, "M")

    def _fill_layouts(self, menu: QMenu) -> None:
        group, stage = QActionGroup(self._window), self._window.stage
        for number, name in enumerate(LAYOUTS, 1):
            action = switch(menu, name.capitalize(), lambda _on: None, on=name == stage.layout_name)
            action.setShortcut(f"Ctrl+{number}")
            action.triggered.connect(lambda _checked, name=name: stage.choose(name))
            group.addAction(action)
        menu.addSeparator()
        entry(menu, "Reset this layout", stage.reset_layout)

    def _fill_view(self, menu: QMenu) -> None:
        window, chooser = self._window, self._window.chooser
        self.pausing = switch(menu, "Pause this screen", window.pause, on=False)
        self.pausing.setShortcut("Space")
        entry(menu, "Reset all plots on this screen", window.stage.reset_plots, "R")
        entry(menu, "Show all again", window.stage.show_all, "Shift+R")
        menu.addSeparator()
        entry(menu, "Next channel", lambda: chooser.next(chooser.channel), "C")
        entry(menu, "Channel before", lambda: chooser.next(chooser.channel, -1), "Shift+C")
        entry(menu, "Next delay", lambda: chooser.next(chooser.delay), "D")
        entry(menu, "Delay before", lambda: chooser.next(chooser.delay, -1), "Shift+D")
        entry(menu, "All or the last minutes", lambda: chooser.next(chooser.data), "L")
        menu.addSeparator()
        entry(menu, "Dark or light", self._other_theme, "T")
        entry(menu, "Full screen", window.full_screen, "F11")

    def _other_theme(self) -> None:
        self._window.set_theme("light" if theme.now.name == "dark" else "dark")

"""Entries of menus, made in one line each."""

from collections.abc import Callable

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QMenu


def submenu(menu: QMenu, words: str) -> QMenu:
    """Add a menu to a menu."""
    made = QMenu(words, menu)
    menu.addMenu(made)
    return made


def entry(menu: QMenu, words: str, act: Callable[[], object], shortcut: str = "") -> QAction:
    """Add something to do."""
    action = QAction(words, menu)
    action.triggered.connect(lambda _checked: act())
    if shortcut:
        action.setShortcut(shortcut)
    menu.addAction(action)
    return action


def switch(menu: QMenu, words: str, act: Callable[[bool], object], *, on: bool) -> QAction:
    """Add something that is on or off."""
    action = QAction(words, menu)
    action.setCheckable(True)
    action.setChecked(on)
    action.toggled.connect(act)
    menu.addAction(action)
    return action

"""The panels of one window: made, arranged in docks, drawn, and made anew in another theme."""

from collections.abc import Mapping

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.panels.registry import PANELS
from onlinecei_gui.settings import Settings
from onlinecei_gui.window.docks import Docks
from onlinecei_gui.window.layouts import LAYOUTS


class Stage(QWidget):
    """Holds the panels."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.layout_name = settings.layout if settings.layout in LAYOUTS else next(iter(LAYOUTS))
        self._make()
        self._show()

    @property
    def panels(self) -> Mapping[str, Panel]:
        """All panels by name, hidden ones too."""
        return self._panels

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Give a moment to every panel; those that are seen draw it."""
        for panel in self._panels.values():
            panel.offer(moment, choice)

    def choose(self, name: str) -> None:
        """Go to another layout, as it was left."""
        self.keep()
        self.layout_name = self._settings.layout = name
        self._show()

    def reset_layout(self) -> None:
        """Bring the layout back to what it comes with."""
        self._settings.keep_arrangement(self.layout_name, b"")
        self._show()

    def keep(self) -> None:
        """Remember how the layout is left."""
        self._settings.keep_arrangement(self.layout_name, self.docks.state())

    def renew(self) -> None:
        """Make the panels anew, in the theme that is in use now."""
        state, before = self.docks.state(), self.docks
        self._make()
        self.docks.restore(state)
        before.deleteLater()

    def _make(self) -> None:
        self._panels = {name: entry.make() for name, entry in PANELS.items()}
        for name, panel in self._panels.items():
            panel.name = name
        self.docks = Docks(self._panels)
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
        self._column.addWidget(self.docks)

    def _show(self) -> None:
        left = self._settings.arrangement(self.layout_name)
        if not left or not self.docks.restore(left):
            self.docks.arrange(LAYOUTS[self.layout_name])

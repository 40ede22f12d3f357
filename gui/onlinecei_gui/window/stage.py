"""The panels of one window: arranged in docks, drawn, and made anew in another theme."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.settings import Settings
from onlinecei_gui.window.docks import Docks
from onlinecei_gui.window.layouts import LAYOUTS


class Stage(QWidget):
    """Holds the panels; `made` is called with each panel when it is made."""

    def __init__(self, settings: Settings, made: Callable[[str, Panel], object]) -> None:
        super().__init__()
        self._settings, self._made = settings, made
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.layout_name = settings.layout if settings.layout in LAYOUTS else next(iter(LAYOUTS))
        self._shown: tuple[Moment, Choice] | None = None
        self.docks = self._new_docks()
        self._show()

    @property
    def panels(self) -> Mapping[str, Panel]:
        """The panels that were made: those that are or were seen."""
        return self.docks.panels

    @property
    def seen(self) -> list[Panel]:
        """Panels that are on the screen."""
        return [panel for panel in self.panels.values() if panel.isVisible()]

    def panel(self, name: str) -> Panel:
        """Give a panel, made now where it was never seen."""
        return self.docks.panel(name)

    def draw(self, moment: Moment, choice: Choice) -> None:
        """Give a moment to every panel; those that are seen draw it."""
        self._shown = moment, choice
        for panel in self.panels.values():
            panel.offer(moment, choice)

    def reset_plots(self) -> None:
        """Let every panel show only what comes from now on."""
        for panel in self.panels.values():
            panel.reset()

    def show_all(self) -> None:
        """Take that back."""
        for panel in self.panels.values():
            panel.show_all()

    @property
    def resets(self) -> Mapping[str, Sequence[str]]:
        """Titles of the panels that show less than there is, by the time of day from which on they show it."""
        found: dict[str, list[str]] = {}
        for name, panel in self.panels.items():
            if panel.is_reset:
                found.setdefault(panel.reset_at, []).append(self.docks.docks[name].windowTitle())
        return found

    def bring_to_front(self, names: Iterable[str]) -> None:
        """Show panels, each before those that it shares its place with."""
        for name in names:
            self.docks.docks[name].show()
            self.docks.docks[name].raise_()

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
        self._column.removeWidget(before)
        self.docks = self._new_docks()
        self.docks.restore(state)
        before.hide()
        before.deleteLater()

    def _new_docks(self) -> Docks:
        docks = Docks(self._introduce)
        self._column.addWidget(docks)
        return docks

    def _introduce(self, name: str, panel: Panel) -> None:
        self._made(name, panel)
        if self._shown is not None:
            panel.offer(*self._shown)

    def _show(self) -> None:
        left = self._settings.arrangement(self.layout_name)
        if not left or not self.docks.restore(left):
            self.docks.arrange(LAYOUTS[self.layout_name])

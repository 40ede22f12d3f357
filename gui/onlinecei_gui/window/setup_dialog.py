"""The setup in numbers: its sections as forms, or the whole text; both ask the line, neither changes the screen."""

from collections.abc import Callable, Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from onlinecei.errors import CEIError, SetupError
from onlinecei.setup import Setup
from onlinecei_gui.doing.change import Change
from onlinecei_gui.doing.form import SectionForm
from onlinecei_gui.doing.revisions import Revisions
from onlinecei_gui.doing.sections import LISTS, Place, kind_of, places, section_of
from onlinecei_gui.doing.setup_text import changed

UNCHANGED = "nothing was changed, so nothing is asked for"
TWICE = "both sections and the whole text were changed: take one of them back, since only one can be asked for"
MEANWHILE = "the setup was changed by somebody else since this was opened: close it, and open it again"


class SetupDialog(QDialog):
    """Shows a setup text and asks for another; what is typed into any section is kept until it closes."""

    def __init__(self, revisions: Revisions, text: str, place: Place = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Setup of the analysis")
        self.resize(860, 620)
        self._revisions, self._text, self._setup = revisions, text, Setup.from_toml(text)
        self._places = places(self._setup)
        self._forms: dict[Place, SectionForm] = {}
        self.list, self.area, self.error = QListWidget(), QScrollArea(), QLabel()
        self.list.addItems(list(self._places.values()))
        self.list.setMaximumWidth(230)
        self.list.currentRowChanged.connect(self._show)
        self.area.setWidgetResizable(True)
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setObjectName("wrong")
        self.whole = QPlainTextEdit(text)
        self._plain = self.whole.toPlainText()  # with the ends of lines that Qt has
        self.whole.setObjectName("code")
        self.tabs = QTabWidget()
        self.tabs.addTab(self._sections(), "Sections")
        self.tabs.addTab(self.whole, "Whole text")
        self._lay_out()
        self.list.setCurrentRow(list(self._places).index(place) if place in self._places else 0)

    @property
    def place(self) -> Place:
        """The section that is shown."""
        return list(self._places)[self.list.currentRow()]

    def ask(self) -> None:
        """Ask for all that was typed, in one revision; stays open and says why where that is no setup."""
        self._try(self._ask)

    def remove(self) -> None:
        """Ask for a setup without the section that is shown, and with what was typed into others."""
        self._try(self._ask_without)

    def _try(self, asking: Callable[[], None]) -> None:
        try:
            asking()
        except CEIError as error:
            self.error.setText(str(error))
        else:
            self.accept()

    def _ask(self) -> None:
        whole, typed = self.whole.toPlainText(), [place for place, form in self._forms.items() if form.is_changed]
        if whole == self._plain and not typed:
            raise SetupError(UNCHANGED)
        if whole == self._plain:
            self._want([self._change(place) for place in typed])
        elif typed:
            raise SetupError(TWICE)
        else:
            Setup.from_toml(whole)
            if Setup.from_toml(self._revisions.text).hash != self._setup.hash:
                raise SetupError(MEANWHILE)  # it would be taken back
            self._revisions.want_text(whole, "a setup as typed")

    def _ask_without(self) -> None:
        if self.whole.toPlainText() != self._plain:
            raise SetupError(TWICE)
        others = [place for place, form in self._forms.items() if form.is_changed and place != self.place]
        gone = Change(section=self.place, remove=True, words=f"no {self._places[self.place]}")
        self._want([*map(self._change, others), gone])  # last, since those behind it move up

    def _want(self, changes: Sequence[Change]) -> None:
        changed(self._text, *changes)  # raises where it is none
        if places(Setup.from_toml(self._revisions.text)) != self._places:
            raise SetupError(MEANWHILE)  # a number would be that of another section now
        self._revisions.want(*changes)

    def _change(self, place: Place) -> Change:
        """Give what was typed into a section; `SetupError` where it is not written as TOML."""
        name = self._places[place]
        try:
            values = self._forms[place].values()
        except SetupError as error:
            raise SetupError(f"{name}: {error}") from error
        said = (f"no {key}" if value is None else f"{key} = {value}" for key, value in values.items())
        return Change(section=place, values=values, words=f"{name}: {', '.join(said)}")

    def _show(self, row: int) -> None:
        place = list(self._places)[row]
        if place not in self._forms:
            self._forms[place] = SectionForm(kind_of(place), section_of(self._setup, place))
        self.area.takeWidget()  # the area would delete it
        self.form = self._forms[place]
        self.area.setWidget(self.form)
        self.removing.setEnabled(place[0] in LISTS and section_of(self._setup, place) is not None)

    def _sections(self) -> QWidget:
        self.removing = QPushButton("Ask to take it out")
        self.removing.clicked.connect(self.remove)
        left = QVBoxLayout()
        left.addWidget(self.list)
        left.addWidget(self.removing)
        page = QWidget()
        row = QHBoxLayout(page)
        row.addLayout(left)
        row.addWidget(self.area, 1)
        return page

    def _lay_out(self) -> None:
        asking, closing = QPushButton("Ask the line"), QPushButton("Close")
        asking.setDefault(True)
        asking.clicked.connect(self.ask)
        closing.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(self.error, 1)
        buttons.addWidget(closing)
        buttons.addWidget(asking)
        column = QVBoxLayout(self)
        column.addWidget(self.tabs, 1)
        column.addLayout(buttons)

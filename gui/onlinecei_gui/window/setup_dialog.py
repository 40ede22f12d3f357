"""The setup in numbers: any section as a form, or the whole text; both ask the line, neither changes the screen."""

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

from onlinecei.errors import CEIError
from onlinecei.setup import Setup
from onlinecei_gui.doing.change import Change
from onlinecei_gui.doing.form import SectionForm
from onlinecei_gui.doing.revisions import Revisions
from onlinecei_gui.doing.sections import LISTS, Place, kind_of, places, section_of
from onlinecei_gui.doing.setup_text import changed


class SetupDialog(QDialog):
    """Shows a setup text and asks for another."""

    def __init__(self, revisions: Revisions, text: str, place: Place = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Setup of the analysis")
        self.resize(860, 620)
        self._revisions, self._text, self._setup = revisions, text, Setup.from_toml(text)
        self._places = places(self._setup)
        self.list, self.area, self.error = QListWidget(), QScrollArea(), QLabel()
        self.list.addItems(list(self._places.values()))
        self.list.setMaximumWidth(230)
        self.list.currentRowChanged.connect(self._show)
        self.area.setWidgetResizable(True)
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setObjectName("wrong")
        self.whole = QPlainTextEdit(text)
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
        """Ask for what was typed; stays open and says why where that is no setup."""
        try:
            if self.tabs.currentIndex() == 1:
                Setup.from_toml(self.whole.toPlainText())
                self._revisions.want_text(self.whole.toPlainText(), "a setup as typed")
            else:
                self._ask(Change(section=self.place, values=self.form.values(), words=self._words()))
        except CEIError as error:
            self.error.setText(str(error))
        else:
            self.accept()

    def remove(self) -> None:
        """Ask for a setup without the section that is shown."""
        try:
            self._ask(Change(section=self.place, values={}, words=f"no {self._places[self.place]}"))
        except CEIError as error:
            self.error.setText(str(error))
        else:
            self.accept()

    def _ask(self, change: Change) -> None:
        changed(self._text, change)  # raises where it is none
        self._revisions.want(change)

    def _words(self) -> str:
        values = self.form.values()
        return f"{self._places[self.place]}: " + ", ".join(f"{key} = {value}" for key, value in values.items())

    def _show(self, row: int) -> None:
        place = list(self._places)[row]
        self.form = SectionForm(kind_of(place), section_of(self._setup, place))
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

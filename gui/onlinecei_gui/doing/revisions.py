"""Setups that the operator asks the line for: what is asked, what is applied, what was before."""

from collections.abc import Callable
from dataclasses import dataclass

from PyQt6.QtCore import QObject, pyqtSignal

from onlinecei.errors import CEIError
from onlinecei.setup import Setup
from onlinecei_gui.doing.background import Background
from onlinecei_gui.doing.change import Change
from onlinecei_gui.doing.setup_text import changed
from onlinecei_gui.moment import Moment

Ask = Callable[[str | None], tuple[int, int]]
"""Put a setup to the line, or None for sums that begin anew; gives the revision and the first train that it is for."""
NOBODY = "there is no line to ask: what is seen is a result; open the run or connect to a line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A setup on its way."""

    words: str
    text: str
    setup: Setup
    first_train: int | None = None
    """Where it takes effect; None until the line has said so."""


class Revisions(QObject):
    """What the operator asks for goes to the line in a thread; what the line applies comes back with its versions."""

    changed = pyqtSignal()
    """Something else is asked for, or nothing any more."""
    told = pyqtSignal(str, str)
    """Level and words for the log."""

    def __init__(self, background: Background) -> None:
        super().__init__()
        self._background = background
        self.ask: Ask | None = None
        """How the line is asked; None where there is none."""
        self.asked: Asked | None = None
        self._applied = ""
        self._former: list[str] = []
        self._undoing = False

    @property
    def asked_setup(self) -> Setup | None:
        """The setup that is asked for and not applied yet; None where nothing is."""
        return self.asked.setup if self.asked else None

    @property
    def text(self) -> str:
        """What changes are made of: the setup that is asked for, or else the one that is applied."""
        return self.asked.text if self.asked else self._applied

    @property
    def can_undo(self) -> bool:
        """Whether a setup was in use before."""
        return bool(self._former)

    def want(self, *changes: Change) -> None:
        """Ask for changes of what is applied, or of what is asked for already, in one revision."""
        try:
            text = changed(self.text, *changes)
        except CEIError as error:
            self.told.emit("error", f"not asked for: {error}")
            return
        self.want_text(text, "; ".join(each.words for each in changes))

    def want_text(self, text: str, words: str) -> None:
        """Ask for another setup as a whole."""
        try:
            setup = Setup.from_toml(text)
        except CEIError as error:
            self.told.emit("error", f"not asked for: {error}")
            return
        self._send(Asked(words=words, text=text, setup=setup))

    def undo(self) -> None:
        """Ask for the setup that was in use before."""
        if self._former:
            self._undoing = True
            self.want_text(self._former[-1], "the setup before")

    def reset(self) -> None:
        """Ask for sums that begin anew."""
        self._put(None, "sums that begin anew", lambda _number, _train: None)

    def arrived(self, moment: Moment) -> None:
        """Take note of what the analysis applies."""
        text = moment.snapshot.setup_text
        if self._applied and text != self._applied:
            if self._undoing and self._former and text == self._former[-1]:
                self._former.pop()
            else:
                self._former.append(self._applied)
            self._undoing = False
        self._applied = text
        if self.asked is not None and moment.setup.hash == self.asked.setup.hash:
            self.told.emit("good", f"applied: {self.asked.words}")
            self._set(None)

    def look_at_another(self, ask: Ask | None) -> None:
        """Forget what was asked of one line, and ask another from now on."""
        self.ask, self._applied, self._former, self._undoing = ask, "", [], False
        self._set(None)

    def _send(self, wanted: Asked) -> None:
        if self.ask is not None:
            self._set(wanted)

        def answered(_number: int, first_train: int) -> None:
            if self.asked is wanted:
                self._set(Asked(words=wanted.words, text=wanted.text, setup=wanted.setup, first_train=first_train))

        self._put(wanted.text, wanted.words, answered)

    def _put(self, text: str | None, words: str, answered: Callable[[int, int], object]) -> None:
        ask = self.ask
        if ask is None:
            self.told.emit("error", f"not asked for: {words}; {NOBODY}")
            return
        self.told.emit("own", f"asked for: {words}")

        def taken(answer: tuple[int, int]) -> None:
            self.told.emit("note", f"revision {answer[0]} from train {answer[1]}: {words}")
            answered(*answer)

        self._background.run(lambda: ask(text), taken, lambda error: self._refused(words, error))

    def _refused(self, words: str, error: CEIError) -> None:
        self._undoing = False
        self.told.emit("error", f"refused: {words}; {error}")
        self._set(None)

    def _set(self, asked: Asked | None) -> None:
        self.asked = asked
        self.changed.emit()

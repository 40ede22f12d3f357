"""What the entries of the menus do: dialogs, files, and questions to the line."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QFileDialog, QInputDialog, QMessageBox

from onlinecei import __version__
from onlinecei.errors import CEIError
from onlinecei.whole import write_whole
from onlinecei_gui.doing.background import Result
from onlinecei_gui.doing.exports import file_of, kind_of, origin_of, picture, write_bytes
from onlinecei_gui.doing.marks import Mark, file_for, mark, read_marks, write_mark
from onlinecei_gui.doing.replay import Order, Replay
from onlinecei_gui.doing.report import report
from onlinecei_gui.doing.sections import Place
from onlinecei_gui.source import FixedSource, LiveSource

if TYPE_CHECKING:
    from onlinecei_gui.window.dashboard import Dashboard

KINDS = {"png": "picture", "xyz": "geometries", "h5": "result", "html": "report"}


class Acts:
    """Bound to one window."""

    def __init__(self, window: "Dashboard") -> None:
        self._window = window
        self.replay: Replay | None = None
        self._next: Order | None = None

    def open_run(self) -> None:
        """Ask which run, and replay it."""
        from onlinecei_gui.window.open_dialog import OpenDialog  # noqa: PLC0415  the window is there sooner

        dialog = OpenDialog(self._window)
        if dialog.exec() and dialog.order is not None:
            self.start(dialog.order)

    def start(self, order: Order) -> None:
        """Replay a run, once the one before has ended; the window looks at it as soon as it can be reached."""
        self._window.say("own", f"opening {order.run}")
        self._next = order
        if self.replay is not None and self.replay.running:
            self.replay.end()
        else:
            self._start_next()

    def end(self) -> None:
        """Ask the replay to end, and start no other; `Replay.wait` waits for it."""
        self._next = None
        if self.replay is not None:
            self.replay.end()

    def _start_next(self) -> None:
        order, self._next = self._next, None
        if order is not None:
            self.replay = Replay(order)
            self.replay.told.connect(self._window.say)
            self.replay.reached.connect(self.connect_at)
            self.replay.over.connect(self._start_next)

    def open_result(self) -> None:
        """Ask which result, and look at it."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Open a result", "", "Results (*.h5)")
        if name:
            self._in_background(lambda: FixedSource.from_file(Path(name)), self._window.look_at)

    def connect_to(self) -> None:
        """Ask which line, and look at it."""
        from onlinecei_gui.window.open_dialog import ConnectDialog  # noqa: PLC0415

        dialog = ConnectDialog(parent=self._window)
        if dialog.exec() and dialog.endpoint.text().strip():
            self.connect_at(dialog.endpoint.text().strip(), dialog.keys.path)

    def connect_at(self, endpoint: str, keys: Path | None = None) -> None:
        """Look at the line at an endpoint."""
        self._or_say(lambda: self._window.look_at(LiveSource(endpoint, keys)))

    def edit_setup(self, place: Place) -> None:
        """Show a section of the setup in numbers."""
        from onlinecei_gui.window.setup_dialog import SetupDialog  # noqa: PLC0415

        moment, asked = self._window.moment, self._window.revisions.asked
        if moment is not None:
            text = asked.text if asked else moment.snapshot.setup_text
            SetupDialog(self._window.revisions, text, place, self._window).exec()

    def edit_channel(self) -> None:
        """Show the chosen channel in numbers."""
        self.edit_setup(("channels", self._window.chooser.choice.channel))

    def take_setup(self) -> None:
        """Ask the line for the setup in a file, such as one that was calibrated."""
        name, _ = QFileDialog.getOpenFileName(self._window, "Take a setup", "", "Setup files (*.toml)")
        if name:
            work = lambda: Path(name).read_text(encoding="utf-8")  # noqa: E731
            self._in_background(work, lambda text: self._window.revisions.want_text(text, name))

    def reset(self) -> None:
        """Ask the line for sums that begin anew, after a question: what was summed is dropped."""
        yes = QMessageBox.StandardButton.Yes
        words = "Begin the sums of the analysis anew, for everybody who looks at it?"
        if QMessageBox.question(self._window, "Begin anew", words) == yes:
            self._window.revisions.reset()

    def mark(self) -> None:
        """Ask for a note, and keep it with the time and the train."""
        note, said = QInputDialog.getText(self._window, "Mark", "What happened?")
        if said and note.strip():
            self.set_mark(note.strip())

    def set_mark(self, note: str) -> None:
        """Keep a note with the time and the train."""
        if self._window.moment is None:
            self._window.say("error", "nothing to mark: no data yet")
            return
        made, path = mark(self._window.moment, note), self.marks_file()

        def written(_: None) -> None:
            self._window.say("own", f"mark at train {made.train}: {note} ({path})")
            self.show_marks()

        self._in_background(lambda: write_mark(path, made), written)

    def show_marks(self) -> None:
        """Read the marks of this run, which others may have set too, and draw them."""
        path = self.marks_file()

        def show(found: list[Mark]) -> None:
            if found and path == self.marks_file():  # no other run meanwhile
                self._window.take_marks(found)

        self._in_background(lambda: read_marks(path), show)

    def marks_file(self) -> Path:
        """Give the file of the marks of this run."""
        moment = self._window.moment
        return file_for(moment.snapshot.run if moment else "", self._window.marks_directory)

    def marks(self) -> list[Mark]:
        """Give the marks of this run."""
        return read_marks(self.marks_file())

    def save(self, kind: str) -> None:
        """Ask where, and write what is seen."""
        name, _ = QFileDialog.getSaveFileName(self._window, f"Save the {KINDS[kind]}", f"onlinecei.{kind}", f"*.{kind}")
        if name:
            self._or_say(lambda: self.write(file_of(name, kind)))

    def write(self, path: Path) -> None:
        """Write what is seen, as what the name says; the log says when it is done, or why it is not."""
        self._or_say(lambda: self._write(path))

    def _or_say(self, act: Callable[[], None]) -> None:
        try:
            act()
        except CEIError as error:
            self._window.say("error", str(error))

    def _write(self, path: Path) -> None:
        kind = kind_of(path, list(KINDS))
        if self._window.moment is None and kind != "png":
            raise CEIError(f"'{path}' is not written: no data yet")
        self._in_background(self._writing(path, kind), lambda _: self._window.say("own", f"wrote {path}"))

    def _writing(self, path: Path, kind: str) -> Callable[[], None]:
        """Prepare what needs the window; the rest is done elsewhere."""
        moment = self._window.moment
        if kind == "png" or moment is None:
            png = picture(self._window, origin_of(moment))
            return lambda: write_bytes(png, path)
        if kind == "html":
            status, origin = self._window.status, origin_of(moment)
            page = report(
                moment, made=time.strftime("%Y-%m-%d %H:%M:%S %Z"), status=f"{status.word} {status.reason}".strip(),
                pictures={each.name: picture(each.parentWidget() or each, origin) for each in self._window.stage.seen},
                marks=self.marks(), version=__version__,
            )  # fmt: skip
            return lambda: write_whole(path, page)
        from onlinecei.files.geometries import write_geometries  # noqa: PLC0415
        from onlinecei.files.provenance import origin_in_words  # noqa: PLC0415
        from onlinecei.files.result import write_result  # noqa: PLC0415

        snapshot = moment.snapshot
        if kind == "xyz":
            return lambda: write_geometries(path, snapshot.reconstructions, origin_in_words(snapshot))
        return lambda: write_result(path, snapshot)

    def show_help(self) -> None:
        """Show the keys."""
        from onlinecei_gui.window.help import HelpDialog  # noqa: PLC0415

        HelpDialog(self._window.menus.actions, self._window).exec()

    def _in_background(self, work: Callable[[], Result], then: Callable[[Result], object]) -> None:
        self._window.background.run(work, then, lambda error: self._window.say("error", str(error)))

"""Work that takes a while, away from the window's thread."""

import threading
from collections.abc import Callable
from typing import TypeVar

from PyQt6.QtCore import QObject, pyqtSignal

from onlinecei.errors import CEIError

Result = TypeVar("Result")


class Background(QObject):
    """Runs work in threads of its own and gives what came out to the window's thread."""

    _over = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self._over.connect(self._finish)
        self._closed = False
        self.busy = 0
        """Pieces of work that are not over yet."""

    def close(self) -> None:
        """Call nobody any more: the window is gone."""
        self._closed = True

    def _finish(self, finish: Callable[[], object]) -> None:
        if not self._closed:
            finish()

    def run(
        self, work: Callable[[], Result], then: Callable[[Result], object], failed: Callable[[CEIError], object]
    ) -> None:
        """Start work; `then` or `failed` is called in the window's thread once it is over."""
        self.busy += 1

        def end(finish: Callable[[], object]) -> None:
            self.busy -= 1
            finish()

        def turn() -> None:
            try:
                result = work()
            except CEIError as error:
                said = error
                self._over.emit(lambda: end(lambda: failed(said)))
            except OSError as error:
                said = CEIError(str(error))
                self._over.emit(lambda: end(lambda: failed(said)))
            else:
                self._over.emit(lambda: end(lambda: then(result)))

        threading.Thread(target=turn, daemon=True).start()

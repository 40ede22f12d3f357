"""When a long command ends before its work does."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from onlinecei.cli._output import words


@contextmanager
def asked_to_stop(hours: float) -> Iterator[Callable[[], bool]]:
    """Watch for Ctrl-C, SIGTERM and the end of the time; Ctrl-C again gives up what is in the making."""
    asked, end = False, time.monotonic() + 3600 * hours

    def ask(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        words.print("stopping: what is in the making is finished and kept; Ctrl-C again to give it up")

    try:
        with on_signals(ask, signal.SIGINT, signal.SIGTERM):
            yield lambda: asked or time.monotonic() >= end
    except KeyboardInterrupt:
        words.print("given up; what was made before is kept")
        raise typer.Exit(1) from None


@contextmanager
def sure_to_interrupt() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the end at the latest: one that comes while code is compiled may get lost."""
    came = False

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal came
        came = True
        raise KeyboardInterrupt

    with on_signals(interrupt, signal.SIGINT):
        yield
        if came:
            raise KeyboardInterrupt


@contextmanager
def on_signals(action: Callable[[int, FrameType | None], None], *numbers: signal.Signals) -> Iterator[None]:
    """Act on signals for a while."""
    previous = {number: signal.signal(number, action) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

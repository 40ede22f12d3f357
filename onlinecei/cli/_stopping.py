"""When a long command ends before its work does."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from types import FrameType
from typing import TypeVar

import typer

from onlinecei.cli._output import words

T = TypeVar("T")


@contextmanager
def asked_to_stop(hours: float) -> Iterator[Callable[[], bool]]:
    """Watch for Ctrl-C, SIGTERM and the end of the time; Ctrl-C again gives up what is in the making."""
    asked, end = False, time.monotonic() + 3600 * hours

    def ask() -> None:
        nonlocal asked
        asked = True

    with ending(ask, "what is in the making is finished and kept", "what was made before is kept"):
        yield lambda: asked or time.monotonic() >= end


@contextmanager
def ending(stop: Callable[[], None], meanwhile: str, kept: str) -> Iterator[None]:
    """Begin to stop at the first Ctrl-C or SIGTERM, saying what happens meanwhile; give up at the second.

    Then the command says what is `kept`, and exits with status 1.
    """
    asked = False

    def act(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        stop()
        words.print(f"stopping: {meanwhile}; Ctrl-C again to give it up")

    try:
        with on_signals(act, signal.SIGINT, signal.SIGTERM):
            yield
    except KeyboardInterrupt:
        words.print(f"given up; {kept}")
        raise typer.Exit(1) from None


@contextmanager
def begun(context: AbstractContextManager[T]) -> Iterator[T]:
    """Enter a context in which code is compiled, and be sure to be interrupted while that goes on."""
    with ExitStack() as stack:
        with sure_to_interrupt():
            inside = stack.enter_context(context)
        yield inside


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

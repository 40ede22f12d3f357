"""Ctrl-C once brings what is under way to its end, twice gives it up, and none gets lost."""

import errno
import io
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import typer

from onlinecei.cli._output import words
from onlinecei.cli._stopping import asked_to_stop, begun, ending


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_begins_to_stop_and_says_what_happens(
    number: signal.Signals, capfd: pytest.CaptureFixture[str]
) -> None:
    calls = []
    before = signal.getsignal(number)
    with ending(lambda: calls.append(1), "the rest is kept", "nothing is written"):
        signal.raise_signal(number)
    assert calls == [1]
    assert "stopping: the rest is kept; Ctrl-C again" in capfd.readouterr().err
    assert signal.getsignal(number) is before


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO], ids=["pipe", "full", "terminal"])
def test_a_log_that_takes_no_more_ends_nothing(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(number, "gone")

    calls = []
    monkeypatch.setattr("sys.stderr", Gone())
    with ending(lambda: calls.append(1), "the rest is kept", "nothing is written"):
        words.print("LIVE; 12 trains")
        signal.raise_signal(signal.SIGTERM)
    assert calls == [1]


def test_the_second_gives_up(capfd: pytest.CaptureFixture[str]) -> None:
    def impatient() -> None:
        with ending(lambda: None, "the rest is kept", "nothing is written"):
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(typer.Exit) as ended:
        impatient()
    assert ended.value.exit_code == 1
    assert "given up; nothing is written" in capfd.readouterr().err


def test_long_work_looks_whether_it_is_asked_to_stop() -> None:
    with asked_to_stop(1.0) as asked:
        assert not asked()
        signal.raise_signal(signal.SIGTERM)
        assert asked()
    with asked_to_stop(0.0) as asked:
        assert asked()


def test_an_interrupt_that_gets_lost_while_something_begins_still_comes() -> None:
    ended = []

    @contextmanager
    def deaf() -> Iterator[None]:
        with suppress(KeyboardInterrupt):  # as compiled code does
            signal.raise_signal(signal.SIGINT)
        yield
        ended.append(1)

    @contextmanager
    def tidy() -> Iterator[None]:
        try:
            with deaf():
                yield
        finally:
            ended.append(2)

    with pytest.raises(KeyboardInterrupt), begun(tidy()):
        pytest.fail("it must not begin")
    assert ended == [2]

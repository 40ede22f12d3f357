"""supervisord is asked over its socket, and may die at any moment; the command that asks it does not."""

import errno
import math
import os
import socket
import time
from pathlib import Path
from threading import Thread

import pytest

from onlinecei.errors import LineError
from onlinecei.stream import processes, supervision
from onlinecei.stream.config import FileSource, LineConfig
from onlinecei.stream.facts import facts_of
from onlinecei.stream.line import SUPERVISORD, Line
from onlinecei.stream.loop import nobody_is_there
from onlinecei.stream.supervision import Process, Supervision
from onlinecei.stream.wire import Message

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4000\r\n\r\n"
BODY = b"<?xml version='1.0'?><methodResponse><params><param><value><array><data><value><str"


@pytest.mark.parametrize("answer", [b"", HEAD[:30], HEAD, HEAD + BODY], ids=["nothing", "a line", "no text", "half"])
def test_an_answer_that_ends_early_is_no_answer(tmp_path: Path, answer: bytes) -> None:
    config = LineConfig(directory=tmp_path, source=FileSource(path=tmp_path / "run.h5"), setup_text="")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(config.supervisor_socket))
        door.listen()

        def die_while_answering() -> None:
            connection, _ = door.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(answer)

        dying = Thread(target=die_while_answering)
        dying.start()
        assert Supervision(config, ()).processes() == []
        dying.join()


def test_a_process_whose_supervisord_died_while_it_started_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as lifeline:
        monkeypatch.setattr("sys.stdin", lifeline)
        monkeypatch.setattr(processes, "die_with_parent", lambda _: None)
        assert not nobody_is_there()
        os.close(writing)
        assert processes.main(["reducer", "no such file"]) == 1


class Failing:
    """A supervisord that fails in every way, and then does not."""

    def __init__(self) -> None:
        self.alive, self.pid, self.births, self.stopped = False, 0, 0, 0

    def start(self) -> None:
        self.births += 1
        if self.births <= 20:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        self.alive = True

    def start_all(self) -> None:
        if self.births == 21:
            raise LineError("supervisord does not start: it left no word")

    def processes(self) -> list[Process]:
        return []

    def stop(self) -> None:
        self.alive, self.stopped = False, self.stopped + 1


def test_whatever_happens_to_supervisord_the_line_begins_again(water_text: str) -> None:
    line, failing = Line(FileSource(path=Path("run.h5")), water_text, workers=1), Failing()
    line._supervision = failing  # type: ignore[assignment]
    try:
        for _ in range(23):
            line._looked = 0.0
            line._look_after()
        assert (failing.alive, failing.births) == (True, 22)
        assert failing.stopped == 1, "one that says nothing has to go before the next"
        assert line._watch.restarts == {SUPERVISORD: 2}
    finally:
        line.close()


def test_the_line_is_told_to_stop_as_soon_as_there_is_room(water_text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line, failing = Line(FileSource(path=Path("run.h5")), water_text, workers=1), Failing()
    line._supervision = failing  # type: ignore[assignment]

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    try:
        with monkeypatch.context() as disk:
            disk.setattr(Path, "touch", full)
            line.stop()
            line._look_after()
        line._looked = 0.0
        line._look_after()
        assert line.config.stop_file.exists()
    finally:
        line.close()


def test_a_supervisord_that_says_nothing_is_told_of(water_text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line, silent = Line(FileSource(path=Path("run.h5")), water_text, workers=1), Failing()
    line._supervision, silent.alive = silent, True  # type: ignore[assignment]
    said: list[Message] = []
    monkeypatch.setattr(line._door["sums"], "send", said.append)
    try:
        for answered in (math.inf, time.monotonic() - 5.0, time.monotonic() - 15.0):
            line._looked, line._answered = 0.0, answered
            line._look_after()
    finally:
        line.close()
    told = [[words for words in facts_of(each).degraded if "supervisord has not answered" in words] for each in said]
    assert list(map(len, told)) == [0, 0, 1]


def test_supervisord_is_started_again_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = LineConfig(directory=tmp_path, source=FileSource(path=tmp_path / "run.h5"), setup_text="")
    births: list[object] = []
    monkeypatch.setattr(supervision.subprocess, "Popen", lambda *_, **__: births.append(1))
    Supervision(config, ("ingest",)).start()
    text = (tmp_path / "supervisord.conf").read_text()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    Supervision(config, ("ingest",)).start()
    assert (len(births), (tmp_path / "supervisord.conf").read_text()) == (2, text)

"""supervisord is asked over its socket, and may die at any moment."""

import socket
from pathlib import Path
from threading import Thread

import pytest

from onlinecei.stream.config import FileSource, LineConfig
from onlinecei.stream.supervision import Supervision

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

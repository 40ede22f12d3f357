"""One event is one line of JSON, with its facts as fields."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from onlinecei.stream.log import LONGEST, get_logger, set_up


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    stream = io.StringIO()
    set_up("reducer", stream=stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    logging.captureWarnings(capture=False)


def events(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_facts_are_fields(lines: io.StringIO) -> None:
    get_logger("onlinecei.stream.x").warning("a batch is left out", first_train=3, last_train=9, reason="full")
    (event,) = events(lines)
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "warning", "event": "a batch is left out", "first_train": 3, "last_train": 9, "reason": "full",
        "logger": "onlinecei.stream.x", "process": "reducer",
    }  # fmt: skip


def test_what_libraries_say_looks_the_same(lines: io.StringIO) -> None:
    logging.getLogger("zmq.auth").error("said %s", "no")
    (event,) = events(lines)
    assert (event["event"], event["level"], event["process"]) == ("said no", "error", "reducer")


def test_a_traceback_stays_on_its_line(lines: io.StringIO) -> None:
    try:
        int("line one\nline two")
    except ValueError:
        get_logger("x").exception("boom", train=3)
    (event,) = events(lines)
    assert event["exception"].endswith("'line one\\nline two'")


def test_no_text_makes_a_second_line_or_a_long_one(lines: io.StringIO) -> None:
    get_logger("x").warning('forged\n{"level": "info"}\u2028', reason="y" * 10 * LONGEST)
    (event,) = events(lines)
    assert len(event["reason"]) < LONGEST + 10


def test_debug_is_left_out(lines: io.StringIO) -> None:
    get_logger("x").debug("nothing")
    assert lines.getvalue() == ""


def test_words_for_a_person(lines: io.StringIO) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    set_up("reducer", stream=terminal)
    get_logger("x").warning("a batch is left out", first_train=3)
    assert "a batch is left out" in terminal.getvalue()
    assert not terminal.getvalue().startswith("{")
    assert lines.getvalue() == ""

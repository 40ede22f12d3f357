"""Restarts are counted and told, and what does nothing but die is given up with its last words."""

from pathlib import Path

import pytest

from onlinecei.stream import watch as watch_module
from onlinecei.stream.supervision import Process, last_words
from onlinecei.stream.watch import MOST_RESTARTS, WINDOW_SECONDS, Watch, little_room


def process(pid: int, state: str = "RUNNING", name: str = "worker-0") -> Process:
    return Process(name=name, pid=pid, state=state)


def test_a_restart_is_told_for_a_minute() -> None:
    watch = Watch(lambda name: f"last words of {name}")
    assert watch.look([process(11)], 0.0) == []
    assert not watch.facts(0.0).degraded
    watch.look([process(0, "BACKOFF")], 1.0)
    watch.look([process(12)], 2.0)
    facts = watch.facts(5.0)
    assert facts.degraded == ("worker-0 was restarted once within a minute, 3 s ago",)
    assert facts.restarts == {"worker-0": 1}
    assert facts.errors == {"worker-0": "last words of worker-0"}
    assert watch.facts(3.0 + WINDOW_SECONDS).degraded == ()
    assert watch.facts(3.0 + WINDOW_SECONDS).restarts == {"worker-0": 1}


@pytest.mark.parametrize(("every", "hopeless"), [(WINDOW_SECONDS / 20, True), (WINDOW_SECONDS / 5, False)])
def test_what_lives_a_little_and_dies_again_and_again_is_given_up(every: float, hopeless: bool) -> None:
    watch, given_up = Watch(lambda _: "no weights"), []
    for pid in range(1, 5 * MOST_RESTARTS):
        given_up += watch.look([process(pid)], pid * every)
    assert set(given_up) == ({"worker-0"} if hopeless else set())
    if hopeless:
        (sentence,) = watch.given_up.values()
        assert sentence == (
            f"process 'worker-0' of the line died {MOST_RESTARTS + 1} times within 60 s and is given up; "
            "its last words: no weights"
        )


def test_what_supervisord_gave_up_is_given_up_once() -> None:
    watch = Watch(lambda _: "no weights")
    assert watch.look([process(0, "FATAL")], 0.0) == ["worker-0"]
    assert watch.look([process(0, "FATAL")], 1.0) == []
    assert "as soon as it was started" in watch.given_up["worker-0"]


def test_what_is_given_up_and_still_there_is_given_up_again() -> None:
    watch = Watch(lambda _: "no weights")
    watch.look([process(0, "FATAL")], 0.0)
    assert watch.look([process(0, "BACKOFF")], 1.0) == ["worker-0"], "supervisord did not hear it, or was started anew"
    assert watch.look([process(5, "RUNNING")], 2.0) == ["worker-0"]
    assert watch.look([process(5, "STOPPING")], 3.0) == []


def test_processes_that_went_with_supervisord_are_no_restarts_of_theirs() -> None:
    watch = Watch(lambda _: "")
    watch.look([process(11)], 0.0)
    watch.forget()
    watch.look([process(12)], 1.0)
    assert watch.restarts == {}


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert little_room(tmp_path) == []
    monkeypatch.setattr(watch_module, "LITTLE_ROOM", 2**62)
    (sentence,) = little_room(tmp_path)
    assert f"MB are free in {tmp_path}" in sentence
    assert Watch(lambda _: "").facts(0.0, [sentence]).degraded == (sentence,)
    assert "cannot be kept" in little_room(tmp_path / "none")[0]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        ("Traceback\n  File\nSetupError: no such thing\n\n", "SetupError: no such thing"),
        ('{"event": "the disk is full", "exception": "Traceback\\nOSError: 28"}\n', "the disk is full: OSError: 28"),
        ('{"event": "only this"}', "only this"),
        ("[1, 2]", "[1, 2]"),
        ("", "it left no word"),
        (None, "it left no word"),
        ("x" * 100_000, "x" * 500),
    ],
)
def test_last_words(log: str | None, words: str, tmp_path: Path) -> None:
    if log is not None:
        (tmp_path / "log").write_text(log, encoding="utf-8")
    assert last_words(tmp_path / "log") == words

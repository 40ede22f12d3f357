"""The window beside a line: it comes and goes, and may say anything."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

import pytest
import zmq

from onlinecei.records import Facts, Snapshot
from onlinecei.stream.revisions import Revision
from onlinecei.stream.snapshots import message_of
from onlinecei.stream.wire import Kind, Message, encode
from onlinecei_gui.source import FixedSource, LiveSource
from onlinecei_gui.window.dashboard import Dashboard

Maker = Callable[..., Snapshot]


class FakeLine:
    """Answers every question at an endpoint, first with rubbish."""

    def __init__(self, endpoint: str, snapshot: Snapshot) -> None:
        self.endpoint, self.snapshot, self._over = endpoint, snapshot, threading.Event()
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _serve(self) -> None:
        with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
            socket.setsockopt(zmq.LINGER, 0)
            socket.bind(self.endpoint)
            while not self._over.is_set():
                if socket.poll(20):
                    sender, *_ = socket.recv_multipart()
                    for rubbish in ([b"hello"], [b"snapshot", b"\xff\xff"], [b""] * 9):
                        socket.send_multipart([sender, *rubbish])
                    socket.send_multipart([sender, *encode(self.message())])

    def message(self) -> Message:
        state = self.snapshot.state
        account: Any = SimpleNamespace(
            total=state.total, run=self.snapshot.run, finished=False, trains_expected=100, left_out={},
            revision=Revision(number=0, first_train=0, setup_text=self.snapshot.setup_text),
        )  # fmt: skip
        return message_of(account, state.version, Facts())


@pytest.fixture
def endpoint(tmp_path: Path) -> str:
    return f"ipc://{tmp_path}/readers"


@pytest.fixture
def live(opened: Callable[..., Dashboard], endpoint: str) -> Dashboard:
    return opened(LiveSource(endpoint))


def until(window: Dashboard, qtbot: Any, condition: Callable[[], bool]) -> None:
    def look() -> bool:
        window.step()
        return condition()

    qtbot.waitUntil(look, timeout=60_000)


def badge(window: Dashboard) -> str:
    return window.header.badge.text()


def test_a_line_that_comes_goes_and_comes_back_with_fewer_versions(
    live: Dashboard, endpoint: str, another: Maker, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("onlinecei_gui.window.progress.STALE_AFTER_S", 0.5)
    monkeypatch.setattr("onlinecei.records.facts.STALE_AFTER_S", 0.5)
    assert badge(live) == "WAITING"
    with FakeLine(endpoint, another(500)):
        until(live, qtbot, lambda: badge(live) == "REPLAY")
        assert live.moment.snapshot.state.version == 500
        assert live.watch.source._reader.rejected >= 3, "rubbish is counted and survived"
    until(live, qtbot, lambda: badge(live) == "STALE")
    assert "the line has not answered" in live.banner.text()
    with FakeLine(endpoint, replace(another(3), run="after")):
        until(live, qtbot, lambda: badge(live) == "REPLAY" and live.header.run.text() == "after")
        assert live.moment.snapshot.state.version == 3
        assert not live.banner.isVisible()


def test_rubbish_in_a_message_of_the_right_form_is_survived(
    live: Dashboard, endpoint: str, another: Maker, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshot = another(7)
    setupless = Message(kind=Kind.SNAPSHOT, sequence=1, run="x", info={}, buffers={})
    good = FakeLine(endpoint, snapshot).message()
    said = [setupless, replace(good, run="other", info={**good.info, "finished": "perhaps"}), good]
    monkeypatch.setattr(FakeLine, "message", lambda _line: said.pop(0) if len(said) > 1 else said[0])
    with FakeLine(endpoint, snapshot):
        until(live, qtbot, lambda: live.header.run.text() == "made up")


def test_a_window_without_a_line_connects_to_one_and_says_what_hinders(
    opened: Callable[..., Dashboard], endpoint: str, another: Maker, qtbot: Any
) -> None:
    window = opened(FixedSource(None))
    window.acts.connect_at("tcp://192.0.2.1:45450", Path("/nonexistent"))
    assert "no pair of keys in '/nonexistent'" in window.panels["log"].text.toPlainText()
    with FakeLine(endpoint, another(4)):
        window.acts.connect_at(endpoint)
        until(window, qtbot, lambda: window.moment is not None)
    assert f"looking at {endpoint}" in window.panels["log"].text.toPlainText()


def test_nobody_there_is_refused_without_holding_the_window(
    live: Dashboard, endpoint: str, another: Maker, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeLine(endpoint, another(1)):
        until(live, qtbot, lambda: live.moment is not None)
    from onlinecei.stream import reader  # noqa: PLC0415

    monkeypatch.setattr(reader.revise, "__defaults__", (0, 0.3, None))
    live.stage.panel("ker").gate.region.setRegion((12.0, 60.0))
    assert live.revisions.asked is not None
    until(live, qtbot, lambda: live.revisions.asked is None)
    assert "no line answers" in live.panels["log"].text.toPlainText()

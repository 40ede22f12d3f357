"""The window over time: status, rate, messages, closing."""

import gc
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyqtgraph as pg
import pytest
from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QApplication

from onlinecei.centroids.layout import Layout
from onlinecei.errors import CEIError, WireError
from onlinecei.files.result import write_result
from onlinecei.records import Snapshot
from onlinecei.setup import Setup
from onlinecei_gui.__main__ import main
from onlinecei_gui.app import screenshot
from onlinecei_gui.moment import Moment
from onlinecei_gui.source import FixedSource
from onlinecei_gui.view import View
from onlinecei_gui.window.dashboard import Dashboard

Maker = Callable[..., Snapshot]


@pytest.fixture
def window(shared_window: Dashboard) -> Dashboard:
    """No test here leaves its mark on a panel."""
    return shared_window


def badge(window: Dashboard) -> str:
    return window.header.badge.text()


def test_numbers_of_the_run(window: Dashboard) -> None:
    header = window.header
    assert (header.run.text(), header.trains.text()) == ("made up", "40 of 100 trains · at train 40 · 800 pulses")
    assert (header.bar.value(), header.bar.maximum()) == (40, 100)
    assert header.tiles["left_out"].text() == "2"
    assert header.tiles["left_out"].toolTip() == "damaged: 2"
    assert header.tiles["rejected"].text() == "0.3\u2009%"
    assert "outside the detector: 6" in header.tiles["rejected"].toolTip()
    assert "damaged" in window.footer.counters.text()


def test_simulated_data_are_called_so(window: Dashboard, snapshot: Snapshot) -> None:
    state = replace(snapshot.state, total=replace(snapshot.state.total, simulated=True))
    window.header.draw(Moment(replace(snapshot, state=state)), window.chooser.choice)
    assert window.header.run.text() == "made up (simulated)"


def test_selectors_name_channels_and_delays(window: Dashboard) -> None:
    assert [window.chooser.channel.itemText(i) for i in range(2)] == ["O⁺ + H⁺ + H⁺", "H⁺ + H⁺"]
    assert [window.chooser.delay.itemText(i) for i in range(2)] == ["-50 to 0 fs", "0 to 50 fs"]


def test_the_first_complete_channel_is_looked_at_first(window: Dashboard, snapshot: Snapshot) -> None:
    assert window.chooser.choice.channel == 0
    head, complete, partial = snapshot.setup_text.split("[[channels]]\n")
    channel, rest = partial.split("[delays]")
    swapped = f"{head}[[channels]]\n{channel}[[channels]]\n{complete}[delays]{rest}"
    window.chooser.offer(Moment(replace(snapshot, setup_text=swapped)))
    assert window.chooser.channel.currentText() == "O⁺ + H⁺ + H⁺"
    assert window.chooser.choice.channel == 1


def test_running_stale_running_finished(window: Dashboard, source: Any, clock: Any, another: Maker) -> None:
    assert badge(window) == "REPLAY"
    source.silent_s = 5.1
    window.step()
    assert badge(window) == "STALE"
    assert "has not answered for 5 s" in window.banner.text()
    assert window.banner.isVisible()
    source.silent_s = 0.0
    source.snapshots.append(another(2, hits=6000))
    window.step()
    assert badge(window) == "REPLAY"
    source.snapshots.append(another(3, finished=True))
    clock.now += 60
    window.step()
    assert badge(window) == "FINISHED"


@pytest.mark.parametrize(
    ("finished", "word", "said"),
    [(False, "FILE", "FILE: as it was when it was written; the run was not"), (True, "FINISHED", "")],
)
def test_a_result_file_says_whether_its_run_was_finished(
    window: Dashboard, another: Maker, tmp_path: Path, clock: Any, finished: bool, word: str, said: str
) -> None:
    write_result(tmp_path / "result.h5", another(7, finished=finished))
    window.look_at(FixedSource.from_file(tmp_path / "result.h5"))
    for _ in range(2):
        window.step()
        assert badge(window) == word
        assert said in window.banner.text()
        assert window.banner.isVisible() is bool(said)
        clock.now += 3600.0
    assert window.header.tiles["rate"].text() == "–"


def test_rate_from_successive_versions(window: Dashboard, source: Any, clock: Any, another: Maker) -> None:
    assert window.header.tiles["rate"].text() == "–"
    clock.now += 2.0
    source.snapshots.append(another(2, hits=7000))
    window.step()
    assert window.header.tiles["rate"].text() == "1\u2009k"


def test_selection_outlives_new_versions(window: Dashboard, source: Any, another: Maker) -> None:
    window.chooser.channel.setCurrentIndex(1)
    source.snapshots.append(another(2))
    window.step()
    assert window.chooser.channel.currentIndex() == 1


def test_nothing_new_draws_nothing(window: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window.panels["time_of_flight"], "draw", lambda *_: pytest.fail("drawn again"))
    window.step()


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_a_thousand_updates_without_growth(
    opened: Callable[..., Dashboard], source: Any, clock: Any, another: Maker, dressed: QApplication
) -> None:
    window, versions = opened(source), [another(version) for version in range(2, 12)]

    def updates(count: int) -> tuple[int, int, float]:
        for turn in range(count):
            source.snapshots.append(versions[turn % len(versions)])
            clock.now += 0.1
            window.step()
            if turn % 25 == 0:  # what is painted in between is the same as with each
                dressed.processEvents()
        gc.collect()
        items = sum(len(view.scene().items()) for view in window.findChildren(pg.GraphicsView))
        return items, sum(issubclass(type(each), QObject) for each in gc.get_objects()), resident_mb()

    items, objects, memory = updates(100)
    later_items, later_objects, later_memory = updates(1000)
    assert later_items == items
    assert later_objects <= objects + 10
    assert later_memory <= memory + 15.0
    assert not source.snapshots


def test_error_of_the_source_is_shown(window: Dashboard, source: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise WireError("version 9 of the protocol is not known")

    monkeypatch.setattr(source, "poll", fail)
    window.step()
    assert "version 9" in window.footer.message.text()


def test_closing_closes_the_source(opened: Callable[..., Dashboard], source: Any) -> None:
    window = opened(source)
    window.close()
    assert source.closed == 1
    assert not window._timer.isActive()


@pytest.mark.usefixtures("dressed")
def test_screenshot(snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "dashboard.png"
    screenshot(FixedSource(snapshot), View(size=(900, 600)), path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert path.stat().st_size > 10_000


def test_a_screenshot_is_a_png_and_nothing_else(snapshot: Snapshot, tmp_path: Path) -> None:
    with pytest.raises(CEIError, match=re.escape("a.svg' is not written: its name ends with '.svg', expected .png")):
        screenshot(FixedSource(snapshot), View(size=(900, 600)), tmp_path / "a.svg")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "words", [["--layout", "x"], ["--result", "a", "--connect", "b"], ["--result", "a", "--size", "wide"]]
)
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(words)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_setup_without_ions_shows_the_whole_spectrum(opened: Callable[..., Dashboard], source: Any) -> None:
    text = '[molecule]\nformula = "H2O"\n[spectrometer]\nacceleration_mm = 95.0\nfield_v_per_mm = 22.0\n'
    setup = Setup.from_toml(text)
    values = Layout.of(setup).empty()
    Layout.of(setup).view(values, "time_of_flight")[1500] = 70
    (snapshot,) = source.snapshots
    total = replace(snapshot.state.total, setup_hash=setup.hash, values=values)
    source.snapshots[:] = [
        replace(snapshot, setup_text=text, state=replace(snapshot.state, total=total), reconstructions=())
    ]
    shown = opened(source)
    assert shown.panels["time_of_flight"].note.text() == "70 hits"
    np.testing.assert_allclose(shown.panels["time_of_flight"].plot.viewRange()[0], [0.0, Layout.of(setup).time_end_ns])
    assert shown.panels["ker"].message.text() == "The setup names no channel."


def test_the_last_minutes_are_the_sums_of_now_less_those_of_then(
    window: Dashboard, source: Any, clock: Any, another: Maker
) -> None:
    assert [window.chooser.data.itemText(i) for i in range(2)] == ["all", "last 5 minutes"]
    first = window.moment
    assert first is not None
    clock.now += 60.0
    source.snapshots.append(another(3, hits=7000))
    window.step()
    _, all_of_it = window.panels["momentum_sum"].curves[0].getData()
    window.chooser.data.setCurrentIndex(1)
    _, last = window.panels["momentum_sum"].curves[0].getData()
    before = first.counts("O+/H+/H+:momentum_sum")[0]
    np.testing.assert_array_equal(last[: before.size], all_of_it[: before.size] - before)
    assert 0 < last.sum() < all_of_it.sum()
    assert "800 pulses" in window.header.trains.text(), "the header tells of all data"
    assert "1000 events" in window.panels["molecule"].summary.text().replace("\u2009", "")


def test_the_molecule_says_what_halves_its_error(window: Dashboard, source: Any, clock: Any, another: Maker) -> None:
    assert "half of it after <b>2.4\u2009k more pulses</b>" in window.panels["molecule"].summary.text()
    assert "error 0.0100\u2009Å" in window.panels["molecule"].summary.text()
    clock.now += 2.0
    source.snapshots.append(more_pulses(another(2, hits=6000), 80))
    window.step()
    assert "half of it after <b>a minute more at this rate</b>" in window.panels["molecule"].summary.text()


def more_pulses(snapshot: Snapshot, number: int) -> Snapshot:
    snapshot.state.total.values[0] += number
    return snapshot


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(
    ("view", "said"),
    [
        (View(channel="O+/O+"), "no channel 'O+/O+', expected one of O+/H+/H+, H+/H+"),
        (View(delay_fs=51.0), "no delay bin of the setup holds 51 fs"),
    ],
)
def test_a_picture_of_what_is_not_there_is_an_error(snapshot: Snapshot, tmp_path: Path, view: View, said: str) -> None:
    with pytest.raises(CEIError, match=re.escape(said)):
        screenshot(FixedSource(snapshot), view, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_view_is_looked_at_as_soon_as_there_are_data(
    opened: Callable[..., Dashboard], source: Any, snapshot: Snapshot
) -> None:
    source.snapshots.clear()
    window = opened(source)
    window.look(View(channel="H+/H+", delay_fs=10.0))
    source.snapshots.append(snapshot)
    window.step()
    assert (window.chooser.choice.channel, window.chooser.choice.delay) == (1, 1)

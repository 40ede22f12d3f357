"""Layouts, themes, pause, resets, keys."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication

from onlinecei.records import Facts, Snapshot
from onlinecei_gui import theme
from onlinecei_gui.panels.registry import PANELS
from onlinecei_gui.settings import Settings
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.window.help import HelpDialog
from onlinecei_gui.window.layouts import LAYOUTS, names
from onlinecei_gui.window.news import News

Maker = Callable[..., Snapshot]


def seen(window: Dashboard) -> set[str]:
    return {name for name, dock in window.stage.docks.docks.items() if not dock.isHidden()}


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_a_layout_shows_its_panels_and_the_table_knows(window: Dashboard, name: str) -> None:
    window.stage.choose(name)
    assert seen(window) == set(names(LAYOUTS[name]))
    assert {panel for panel, entry in PANELS.items() if name in entry.layouts} == seen(window)


def test_how_a_layout_was_left_outlives_the_window(
    window: Dashboard, opened: Callable[..., Dashboard], source: Any, tmp_path: Path
) -> None:
    window.stage.docks.docks["pipico"].hide()
    window.stage.choose("calibration")
    window.close()
    settings = Settings(tmp_path / "dashboard.json")
    again = opened(source, settings)
    assert again.stage.layout_name == "calibration"
    again.stage.choose("shift")
    assert "pipico" not in seen(again)
    again.stage.reset_layout()
    assert "pipico" in seen(again)


@pytest.mark.parametrize("content", ["", "[1]", '{"theme": 3, "layout": "no", "layout shift": "AAAA"}', "\x00"])
def test_a_spoilt_file_of_settings_is_passed_over(
    opened: Callable[..., Dashboard], source: Any, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "spoilt.json"
    path.write_text(content)
    assert seen(opened(source, Settings(path))) == set(names(LAYOUTS["shift"]))


def test_another_theme_is_seen_everywhere_and_kept(
    window: Dashboard, dressed: QApplication, request: pytest.FixtureRequest, qtbot: Any
) -> None:
    request.addfinalizer(lambda: theme.apply(dressed))
    before = window.panels["ker"]
    window.set_theme("light")
    assert window.panels["ker"] is not before
    qtbot.waitUntil(lambda: bool(window.panels["ker"].note.text()), timeout=5000)  # drawn again
    ground = window.panels["ker"].plot.grab().toImage().pixelColor(3, 3).name()
    assert ground == theme.LIGHT.card == "#ffffff"
    assert "made up" in window.panels["log"].text.toPlainText(), "the log is kept"
    assert window.settings.theme == "light"


def test_a_panel_out_of_sight_is_not_drawn_until_it_is_seen(
    window: Dashboard, source: Any, another: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    panel, dock = window.panels["ker"], window.stage.docks.docks["ker"]
    monkeypatch.setattr(panel, "draw", lambda moment, _choice: drawn.append(moment.snapshot.state.version))
    dock.hide()
    source.snapshots.append(another(2))
    window.step()
    assert drawn == []
    dock.show()
    assert drawn[-1] == 2


def test_a_slow_panel_is_drawn_when_its_time_has_come(
    window: Dashboard, source: Any, another: Maker, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    drawn: list[int] = []
    panel = window.panels["ker"]
    panel.redraw()
    monkeypatch.setattr(panel, "draw", lambda moment, _choice: drawn.append(moment.snapshot.state.version))
    panel.period_s = 0.2
    source.snapshots += [another(2), another(3)]
    window.step()
    window.step()
    assert drawn == []
    qtbot.waitUntil(lambda: drawn == [3], timeout=5000)


def test_a_pause_is_of_the_screen_alone(window: Dashboard, source: Any, another: Maker, clock: Any) -> None:
    _, before = window.panels["momentum_sum"].curves[0].getData()
    window.pause(on=True)
    assert "this screen is paused" in window.banner.text()
    clock.now += 2.0
    source.snapshots.append(another(3, hits=9000))
    window.step()
    assert window.header.tiles["rate"].text() == "2\u2009k", "the header goes on"
    np.testing.assert_array_equal(window.panels["momentum_sum"].curves[0].getData()[1], before)
    window.pause(on=False)
    assert window.panels["momentum_sum"].curves[0].getData()[1].sum() > before.sum()


def test_one_plot_begins_anew_on_this_screen(window: Dashboard, source: Any, another: Maker) -> None:
    name = "O+/H+/H+:momentum_sum"
    first = window.moment.counts(name)[0]
    panel = window.panels["momentum_sum"]
    panel.reset()
    assert panel.curves[0].getData()[1].sum() == 0
    assert window.panels["ker"].curve.getData()[1].sum() > 0, "no other plot"
    source.snapshots.append(another(4))
    window.step()
    np.testing.assert_array_equal(panel.curves[0].getData()[1], 3 * first)
    panel.show_all()
    np.testing.assert_array_equal(panel.curves[0].getData()[1], 4 * first)


def test_all_plots_begin_anew_and_back(window: Dashboard) -> None:
    window.stage.reset_plots()
    assert window.panels["time_of_flight"].note.text() == "0 hits"
    window.stage.show_all()
    assert window.panels["time_of_flight"].note.text() != "0 hits"


def test_keys(window: Dashboard, qtbot: Any) -> None:
    for key, check in (
        (Qt.Key.Key_C, lambda: window.chooser.channel.currentIndex() == 1),
        (Qt.Key.Key_D, lambda: window.chooser.delay.currentIndex() == 1),
        (Qt.Key.Key_L, lambda: window.chooser.recent_only),
        (Qt.Key.Key_Space, lambda: "paused" in window.banner.text()),
    ):
        assert not check()
        qtbot.keyClick(window, key)
        qtbot.waitUntil(check, timeout=2000)


def test_no_two_actions_share_a_key_and_the_help_names_all(window: Dashboard) -> None:
    keys = [action.shortcut().toString() for action in window.menus.actions if action.shortcut().toString()]
    assert len(keys) == len(set(keys)) > 15
    page = HelpDialog(window.menus.actions, window).page.toPlainText()
    assert all(key in page for key in keys)


def test_degraded_is_unmistakable_and_says_why(window: Dashboard, source: Any) -> None:
    source.facts = Facts(mode="live", degraded=("worker-1 was restarted 3 times",), errors={"worker-1": "killed"})
    window.step()
    assert window.header.badge.text() == "DEGRADED"
    assert theme.DARK.red in window.header.badge.styleSheet()
    assert "DEGRADED: worker-1 was restarted 3 times" in window.banner.text()
    log = window.panels["log"].text.toPlainText()
    assert "degraded: worker-1 was restarted 3 times" in log
    assert "worker-1: killed" in log
    source.facts = Facts(mode="live")
    window.step()
    assert window.header.badge.text() == "LIVE"
    assert "no longer: worker-1" in window.panels["log"].text.toPlainText()


def test_counts_that_grow_are_told_but_not_each_time(window: Dashboard) -> None:
    news = News()
    said = [
        [line.words for line in news.of(window.moment, Facts(dropped={"queue full": count}), now)]
        for now, count in ((0.0, 0), (1.0, 5), (2.0, 9), (12.0, 1200))
    ]
    assert said[1] == ["trains dropped: queue full: 5"]
    assert said[2] == []
    assert said[3] == ["trains dropped: queue full: 1\u2009200 (+1\u2009195)"]


def test_latency_and_drops_stand_in_the_header(window: Dashboard, source: Any, another: Maker) -> None:
    made = another(2)
    facts = Facts(latency_p50_s=0.0123, latency_p99_s=1.5, dropped={"queue full": 7})
    source.snapshots.append(replace(made, state=replace(made.state, facts=facts)))
    window.step()
    assert window.header.tiles["latency"].text() == "12\u2009ms · 1.5\u2009s"
    assert window.header.tiles["left_out"].text() == "9"
    assert "dropped: queue full: 7" in window.header.tiles["left_out"].toolTip()


def test_rates_against_time(window: Dashboard, source: Any, another: Maker, clock: Any) -> None:
    panel = window.stage.panel("rates")
    window.stage.docks.docks["rates"].show()
    window.stage.docks.docks["rates"].raise_()
    for turn in range(1, 4):
        clock.now += 2.0
        source.snapshots.append(another(1 + turn, hits=5000 + 2000 * turn))
        window.step()
    times, rates = window.moment.rates
    np.testing.assert_allclose(times, [-6.0, -4.0, -2.0, 0.0])
    np.testing.assert_allclose(rates[:, 1], 1000.0)
    panel.redraw()
    np.testing.assert_allclose(panel.curves[1].getOriginalDataset()[1], 1000.0)


def test_logarithmic_scale_cursor_and_levels(window: Dashboard) -> None:
    image, line = window.panels["detector"], window.panels["ker"]
    image.log_action.setChecked(False)
    counts = window.moment.counts("detector_image")
    np.testing.assert_array_equal(np.nan_to_num(image.image.image), counts)
    assert image.at(-57.0, -57.0).endswith(f"counts {counts[0, 0]:,}")
    assert image.at(-57.0, -57.0).startswith("x [mm] -57   y [mm] -57")
    image.bar.setLevels((0.0, 7.0))
    image._levels_by_hand()
    image.redraw()
    assert tuple(image.bar.levels()) == (0.0, 7.0)
    image.auto_action.setChecked(True)
    assert image.bar.levels()[1] == counts.max()
    line.log_action.setChecked(True)
    assert line.plot.getAxis("left").logMode
    assert line.at(20.0, 2.0) == "KER [eV] 20   events 100"


def test_a_plot_that_was_moved_stays_until_a_double_click(window: Dashboard, source: Any, another: Maker) -> None:
    panel = window.panels["ker"]
    panel.plot.setXRange(3.0, 9.0, padding=0)
    panel._moved()
    source.snapshots.append(another(2))
    window.step()
    assert panel.plot.viewRange()[0] == [3.0, 9.0]
    panel.show_all_of_it()
    assert panel.plot.viewRange()[0][1] > 20.0

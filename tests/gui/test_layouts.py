"""Layouts, themes, pause, resets, keys."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QApplication

from onlinecei.records import Facts, Snapshot
from onlinecei_gui import theme
from onlinecei_gui.doing.exports import picture
from onlinecei_gui.panels.image import COLOUR_MAPS
from onlinecei_gui.panels.registry import PANELS
from onlinecei_gui.settings import Settings
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.window.help import HelpDialog
from onlinecei_gui.window.layouts import LAYOUTS, names
from onlinecei_gui.window.news import News

Maker = Callable[..., Snapshot]


def seen(window: Dashboard) -> set[str]:
    return {name for name, dock in window.stage.docks.docks.items() if not dock.isHidden()}


def test_a_layout_shows_its_panels_and_the_table_knows(window: Dashboard) -> None:
    for name, place in LAYOUTS.items():
        window.stage.choose(name)
        assert seen(window) == set(names(place))
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


@pytest.mark.parametrize("content", ["", "[1]", '{"theme": 3, "layout shift": [], "window": null}', "\x00"])
def test_a_spoilt_file_of_settings_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "spoilt.json").write_text(content)
    settings = Settings(tmp_path / "spoilt.json")
    assert (settings.theme, settings.layout, settings.arrangement("shift"), settings.window) == ("dark", "", b"", b"")


def test_an_arrangement_that_is_none_is_passed_over(
    opened: Callable[..., Dashboard], source: Any, tmp_path: Path
) -> None:
    path = tmp_path / "spoilt.json"
    path.write_text('{"layout": "no", "layout shift": "AAAA"}')
    assert seen(opened(source, Settings(path))) == set(names(LAYOUTS["shift"]))


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
    window: Dashboard, source: Any, another: Maker, clock: Any, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    drawn: list[int] = []
    panel = window.panels["ker"]
    panel.clock = clock  # it stands, however long the steps take
    panel.redraw()
    monkeypatch.setattr(panel, "draw", lambda moment, _choice: drawn.append(moment.snapshot.state.version))
    panel.period_s = 0.2
    source.snapshots += [another(2), another(3)]
    window.step()
    window.step()
    assert drawn == []
    qtbot.waitUntil(lambda: drawn == [3], timeout=60_000)
    panel.period_s = 60.0
    window.chooser.delay.setCurrentIndex(1)
    assert drawn == [3, 3], "nobody waits for what he chose"


def test_a_pause_is_of_the_screen_alone(shared_window: Dashboard, source: Any, another: Maker, clock: Any) -> None:
    _, before = shared_window.panels["momentum_sum"].curves[0].getData()
    shared_window.pause(on=True)
    assert "this screen is paused" in shared_window.banner.text()
    clock.now += 2.0
    source.snapshots.append(another(3, hits=9000))
    shared_window.step()
    assert shared_window.header.tiles["rate"].text() == "2\u2009k", "the header goes on"
    np.testing.assert_array_equal(shared_window.panels["momentum_sum"].curves[0].getData()[1], before)
    shared_window.pause(on=False)
    assert shared_window.panels["momentum_sum"].curves[0].getData()[1].sum() > before.sum()


def test_one_plot_begins_anew_on_this_screen(shared_window: Dashboard, source: Any, another: Maker) -> None:
    name = "O+/H+/H+:momentum_sum"
    first = shared_window.moment.counts(name)[0]
    panel = shared_window.panels["momentum_sum"]
    panel.reset()
    assert panel.curves[0].getData()[1].sum() == 0
    assert shared_window.panels["ker"].curves[0].getData()[1].sum() > 0, "no other plot"
    source.snapshots.append(another(4))
    shared_window.step()
    np.testing.assert_array_equal(panel.curves[0].getData()[1], 3 * first)
    panel.show_all()
    np.testing.assert_array_equal(panel.curves[0].getData()[1], 4 * first)


def test_all_plots_begin_anew_and_back(shared_window: Dashboard) -> None:
    shared_window.stage.reset_plots()
    assert shared_window.panels["time_of_flight"].note.text() == "0 hits"
    shared_window.stage.show_all()
    assert shared_window.panels["time_of_flight"].note.text() != "0 hits"


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Set the clock on the wall."""

    def is_now(at: str) -> None:
        moment = time.strptime(at, "%H:%M")
        monkeypatch.setattr("onlinecei_gui.panels.panel.time.strftime", lambda form: strftime(form, moment))

    strftime = time.strftime
    is_now("12:00")
    return is_now


def test_a_reset_is_said_in_the_plot_and_below_the_header(
    window: Dashboard, source: Any, another: Maker, noon: Callable[[str], None], dressed: QApplication
) -> None:
    ker, rates = window.panels["ker"], window.panels["rates"]
    before = window.grab().toImage(), picture(ker.parentWidget(), {})
    assert not ker.since.isVisible()
    assert not window.banner.isVisible()
    ker.reset()
    assert (ker.since.text(), ker.since.isVisible()) == ("since 12:00", True)
    assert "reset on this screen: Kinetic energy release only since 12:00" in window.banner.text()
    assert "(Shift+R shows it again)" in window.banner.text()
    assert window.banner.isVisible(), "at once"
    dressed.processEvents()
    assert picture(ker.parentWidget(), {}) != before[1]
    assert window.grab().toImage() != before[0]
    noon("12:07")
    window.stage.reset_plots()
    assert "plots only since 12:07" in window.banner.text()
    assert not rates.is_reset, "what it shows is not less"
    assert not rates.since.isVisible()
    source.snapshots.append(another(2))
    window.step()
    assert ker.since.text() == "since 12:07"
    window.stage.show_all()
    assert not ker.since.isVisible()
    assert not window.banner.isVisible()


def test_a_reset_is_over_when_the_line_begins_anew_seen_or_not(window: Dashboard, source: Any, another: Maker) -> None:
    window.stage.choose("calibration")
    window.stage.reset_plots()
    assert window.panels["ker"].is_reset
    assert not window.panels["ker"].isVisible()
    fewer = another(2)
    fewer.state.total.values[0] -= 1
    source.snapshots.append(fewer)
    window.step()
    assert not window.stage.resets
    assert not window.banner.isVisible()


@pytest.mark.parametrize(("quantity", "said"), [("true events", True), ("kinetic energy release", False)])
def test_what_is_of_all_data_does_not_say_that_it_is_of_a_part(window: Dashboard, quantity: str, said: bool) -> None:
    window.stage.choose("delays")
    panel = window.panels["against_delay"]
    panel.quantity.setCurrentText(quantity)
    panel.reset()
    assert panel.is_reset is said
    assert panel.since.isVisible() is said
    others = ("quality", "molecule", "movie", "rates", "log", "calibration_drift")
    assert not any("Reset" in each.text() for name in others for each in window.stage.panel(name).menu.actions())


def test_keys(window: Dashboard, qtbot: Any) -> None:
    for key, check in (
        (Qt.Key.Key_C, lambda: window.chooser.channel.currentIndex() == 1),
        (Qt.Key.Key_D, lambda: window.chooser.delay.currentIndex() == 1),
        (Qt.Key.Key_L, lambda: window.chooser.recent_only),
        (Qt.Key.Key_Space, lambda: "paused" in window.banner.text()),
    ):
        assert not check()
        qtbot.keyClick(window, key)
        qtbot.waitUntil(check, timeout=60_000)


def test_no_two_actions_share_a_key_and_the_help_names_all(shared_window: Dashboard) -> None:
    keys = [action.shortcut().toString() for action in shared_window.menus.actions if action.shortcut().toString()]
    assert len(keys) == len(set(keys)) > 15
    page = HelpDialog(shared_window.menus.actions, shared_window).page.toPlainText()
    assert all(key in page for key in keys)


def test_degraded_is_unmistakable_and_says_why(shared_window: Dashboard, source: Any) -> None:
    source.facts = Facts(mode="live", degraded=("worker-1 was restarted 3 times",), errors={"worker-1": "killed"})
    shared_window.step()
    assert shared_window.header.badge.text() == "DEGRADED"
    assert theme.DARK.red in shared_window.header.badge.styleSheet()
    assert "DEGRADED: worker-1 was restarted 3 times" in shared_window.banner.text()
    log = shared_window.panels["log"].text.toPlainText()
    assert "degraded: worker-1 was restarted 3 times" in log
    assert "worker-1: killed" in log
    source.facts = Facts(mode="live")
    shared_window.step()
    assert shared_window.header.badge.text() == "LIVE"
    assert "no longer: worker-1" in shared_window.panels["log"].text.toPlainText()


def test_counts_that_grow_are_told_but_not_each_time(shared_window: Dashboard) -> None:
    news = News()
    said = [
        [line.words for line in news.of(shared_window.moment, Facts(dropped={"queue full": count}), now)]
        for now, count in ((0.0, 0), (1.0, 5), (2.0, 9), (12.0, 1200))
    ]
    assert said[1] == ["trains dropped: queue full: 5"]
    assert said[2] == []
    assert said[3] == ["trains dropped: queue full: 1\u2009200 (+1\u2009195)"]


def test_latency_and_drops_stand_in_the_header(shared_window: Dashboard, source: Any, another: Maker) -> None:
    made = another(2)
    facts = Facts(latency_p50_s=0.0123, latency_p99_s=1.5, dropped={"queue full": 7})
    rejected = {"damaged": 2, "queue full": 7, "no delay, analysed without": 3}  # the reducer counts drops too
    source.snapshots.append(replace(made, state=replace(made.state, facts=facts, rejected=rejected)))
    shared_window.step()
    assert shared_window.header.tiles["latency"].text() == "12\u2009ms · 1.5\u2009s"
    assert shared_window.header.tiles["left_out"].text() == "9"
    reasons = shared_window.header.tiles["left_out"].toolTip().splitlines()
    assert reasons == ["dropped: queue full: 7", "damaged: 2", "in the result, no delay, analysed without: 3"]


def test_rates_against_time(window: Dashboard, source: Any, another: Maker, clock: Any) -> None:
    panel = window.stage.panel("rates")
    window.stage.docks.docks["rates"].show()
    window.stage.docks.docks["rates"].raise_()
    for turn in range(1, 4):
        clock.now += 2.0
        source.snapshots.append(another(1 + turn, hits=5000 + 2000 * turn))
        window.step()
    times, rates = window.moment.past.rates
    np.testing.assert_allclose(times, [-6.0, -4.0, -2.0, 0.0])
    np.testing.assert_allclose(rates[:, 1], 1000.0)
    panel.redraw()
    np.testing.assert_allclose(panel.curves[1].getOriginalDataset()[1], 1000.0)


def test_another_theme_is_seen_everywhere_and_nothing_is_forgotten(
    window: Dashboard, source: Any, another: Maker, clock: Any, dressed: QApplication, qtbot: Any,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    request.addfinalizer(lambda: theme.apply(dressed))
    window.acts.set_mark("sample {changed}")
    qtbot.waitUntil(lambda: bool(window.moment.past.marks), timeout=60_000)
    window.stage.choose("calibration")
    window.stage.bring_to_front(["rates", "calibration_drift"])
    dressed.processEvents()
    for turn in (2, 3):
        clock.now += 60.0
        source.snapshots.append(another(turn))
        window.step()
    before = window.panels["rates"]
    for name in ("dark", "light"):
        if name == "light":
            window.set_theme(name)
        qtbot.waitUntil(lambda: bool(window.panels["rates"].marks), timeout=60_000)  # drawn again
        (line,) = window.panels["rates"].marks
        assert (line.label.toPlainText(), line.isVisible()) == ("sample {changed}", True)
        assert -100.0 < line.value() <= 0.0
        assert window.panels["calibration_drift"].curves[0].getData()[0].size == 1
    assert window.panels["rates"] is not before
    assert window.panels["rates"].plot.grab().toImage().pixelColor(3, 3).name() == theme.LIGHT.card == "#ffffff"
    log = window.stage.panel("log").text
    assert "made up" in log.toPlainText(), "the log is kept"
    assert theme.LIGHT.green in log.document().toHtml(), "in the colours of the theme"
    assert window.settings.theme == "light"


def test_logarithmic_scale_cursor_and_levels(shared_window: Dashboard) -> None:
    image, line = shared_window.panels["detector"], shared_window.panels["ker"]
    image.log_action.setChecked(False)
    counts = shared_window.moment.counts("detector_image")
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
    assert line.at(20.0, 2.0) == "KER [eV] 20   events / 1.54 eV 100"
    image.log_action.setChecked(True)
    line.log_action.setChecked(False)


def test_the_cursor_is_read_out_where_it_is(shared_window: Dashboard) -> None:
    panel = shared_window.panels["ker"]
    box = panel.plot.getPlotItem().getViewBox()
    panel.plot.scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(20.0, 2.0)))
    assert panel.readout.isVisible()
    assert panel.readout.text().startswith("KER [eV] 20 ")
    panel.plot.scene().sigMouseMoved.emit(QPointF(-5.0, -5.0))
    assert not panel.readout.isVisible()


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_colours_grow_lighter_all_the_way(shared_window: Dashboard, name: str) -> None:
    panel = shared_window.panels["detector"]
    panel.set_colours(name)
    shown = panel.image.lut[:, :3] / 255.0
    linear = np.where(shown > 0.04045, ((shown + 0.055) / 1.055) ** 2.4, shown / 12.92)
    lightness = np.cbrt(linear @ [0.2126, 0.7152, 0.0722])  # what colour-blind eyes see as well
    assert (np.diff(lightness[:: len(lightness) // 16]) > 0.01).all()
    panel.set_colours("inferno")


def test_a_plot_that_was_moved_stays_until_a_double_click(
    shared_window: Dashboard, source: Any, another: Maker
) -> None:
    panel = shared_window.panels["ker"]
    panel.plot.setXRange(3.0, 9.0, padding=0)
    panel._moved()
    source.snapshots.append(another(2))
    shared_window.step()
    assert panel.plot.viewRange()[0] == [3.0, 9.0]
    panel.show_all_of_it()
    assert panel.plot.viewRange()[0][1] > 20.0

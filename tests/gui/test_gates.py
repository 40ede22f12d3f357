"""What is dragged asks the analysis; what is drawn stays what the analysis applies."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pyqtgraph import Point

from onlinecei.centroids.layout import Layout
from onlinecei.records import Snapshot
from onlinecei.setup import Setup
from onlinecei.stream.revisions import Revision
from onlinecei_gui.doing.change import Change
from onlinecei_gui.window.dashboard import Dashboard


@pytest.fixture
def window(shared_window: Dashboard) -> Dashboard:
    """No test here leaves its mark on a panel."""
    return shared_window


@pytest.fixture
def asked(window: Dashboard) -> list[str]:
    """Setups that the line was asked for; it answers at once that train 41 is the first."""
    texts: list[str] = []

    def ask(text: str | None) -> tuple[int, int]:
        texts.append(text or "")
        return 1, 41

    window.revisions.ask = ask
    return texts


def drag(gate: Any, low: float, high: float) -> None:
    gate.region.setRegion((low, high))  # as dropping a rim does


def with_setup(snapshot: Snapshot, text: str) -> Snapshot:
    """The same sums as if the line had measured them with another setup of the same layout."""
    setup = Setup.from_toml(text)
    total = replace(snapshot.state.total, setup_hash=setup.hash)
    return replace(snapshot, setup_text=text, state=replace(snapshot.state, total=total, version=2))


def wait_for(window: Dashboard, qtbot: Any, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=60_000)
    window.step()


def test_a_dragged_window_is_asked_for_and_not_drawn(
    window: Dashboard, asked: list[str], qtbot: Any, layout: Layout, source: Any, snapshot: Snapshot
) -> None:
    gate = window.panels["time_of_flight"].gates[1]
    before = gate.region.getRegion()
    drag(gate, before[0] - 4.0, before[1])
    assert gate.region.getRegion() == before, "what is drawn is what is applied"
    wait_for(window, qtbot, lambda: bool(asked) and window.revisions.asked.first_train == 41)
    wanted = Setup.from_toml(asked[0])
    assert wanted.ions[1].momentum_max_au > 80.0
    assert Layout.of(wanted).windows_ns[1, 0] == pytest.approx(before[0] - 4.0, abs=0.02)
    assert wanted.ions[0] == layout.setup.ions[0]
    assert [line.value() for line in gate.asked] == pytest.approx(Layout.of(wanted).windows_ns[1])
    assert gate.asked[0].isVisible()
    assert "asked for, not applied yet from train 41: window of H⁺: 80 to" in window.banner.text()
    source.snapshots.append(with_setup(snapshot, asked[0]))
    window.step()
    assert window.revisions.asked is None
    assert not window.banner.isVisible()
    np.testing.assert_allclose(
        window.panels["time_of_flight"].gates[1].region.getRegion(), Layout.of(wanted).windows_ns[1]
    )


def test_a_second_drag_builds_on_the_first(window: Dashboard, asked: list[str], qtbot: Any) -> None:
    drag(window.panels["ker"].gate, 12.0, 60.0)
    drag(window.panels["momentum_sum"].gate, -15.0, 12.0)
    wait_for(window, qtbot, lambda: len(asked) == 2)
    both = max((Setup.from_toml(text) for text in asked), key=lambda setup: setup.channels[0].momentum_sum_au == 12.0)
    assert both.channels[0].ker_ev == (12.0, 60.0)
    assert both.channels[0].momentum_sum_au == 12.0


def test_ker_gate_on_what_is_seen_and_none(window: Dashboard, asked: list[str], qtbot: Any) -> None:
    panel = window.panels["ker"]
    panel.plot.setXRange(20.0, 30.0, padding=0)
    panel._want(tuple(panel.plot.viewRange()[0]))
    wait_for(window, qtbot, lambda: len(asked) == 1)
    assert Setup.from_toml(asked[0]).channels[0].ker_ev == (20.0, 30.0)
    panel._want(None)
    wait_for(window, qtbot, lambda: len(asked) == 2)
    assert Setup.from_toml(asked[1]).channels[0].ker_ev is None


def test_an_edge_of_the_delay_bins_is_dragged(window: Dashboard, asked: list[str], qtbot: Any) -> None:
    panel = window.stage.panel("pulse_delays")
    window.stage.docks.docks["pulse_delays"].show()
    assert [line.value() for line in panel.lines] == [-50.0, 0.0, 50.0]
    panel.lines[1].setValue(10.0)
    panel.lines[1].sigPositionChangeFinished.emit(panel.lines[1])
    assert panel.lines[1].value() == 0.0
    wait_for(window, qtbot, lambda: len(asked) == 1)
    assert Setup.from_toml(asked[0]).delays.edges_fs == (-50.0, 10.0, 50.0)


def test_what_the_line_refuses_is_said_and_marked_no_more(window: Dashboard, qtbot: Any) -> None:
    def refuse(_text: str | None) -> tuple[int, int]:
        raise OSError("no line answers")

    window.revisions.ask = refuse
    drag(window.panels["ker"].gate, 12.0, 60.0)
    assert window.revisions.asked is not None
    wait_for(window, qtbot, lambda: window.revisions.asked is None)
    assert "refused: KER of O⁺ + H⁺ + H⁺: 12 to 60 eV; no line answers" in window.panels["log"].text.toPlainText()
    assert not any(line.isVisible() for line in window.panels["ker"].gate.asked)


def test_weights_that_the_line_does_not_have_are_refused(window: Dashboard, qtbot: Any) -> None:
    def ask(text: str | None) -> tuple[int, int]:
        Revision(number=0, first_train=0, setup_text=text or "").check()  # as the line does
        return 1, 41

    window.revisions.ask = ask
    window.revisions.want(Change(section=("reconstruction",), values={"network": "gone.safetensors"}, words="mine"))
    wait_for(window, qtbot, lambda: window.revisions.asked is None)
    assert "refused: mine; 'gone.safetensors' holds no weights" in window.panels["log"].text.toPlainText()


def test_a_change_that_is_no_setup_is_not_asked_for(window: Dashboard, asked: list[str]) -> None:
    window.revisions.want(Change(section=("channels", 0), values={"ker_ev": [70.0, 10.0]}, words="nonsense"))
    assert not asked
    assert window.revisions.asked is None
    assert "not asked for: the changed setup" in window.panels["log"].text.toPlainText()


def test_a_result_has_nobody_to_ask(window: Dashboard) -> None:
    drag(window.panels["ker"].gate, 12.0, 60.0)
    assert window.revisions.asked is None
    assert "there is no line to ask" in window.panels["log"].text.toPlainText()


def test_undo_asks_for_the_setup_before_and_redo_for_that_after(
    window: Dashboard, asked: list[str], source: Any, snapshot: Snapshot, qtbot: Any
) -> None:
    first, second = snapshot.setup_text, snapshot.setup_text.replace("[10.0, 70.0]", "[12.0, 60.0]")
    assert not window.revisions.can_undo
    source.snapshots.append(with_setup(snapshot, second))
    window.step()
    window.revisions.undo()
    wait_for(window, qtbot, lambda: asked == [first])
    source.snapshots.append(with_setup(snapshot, first))
    window.step()
    assert not window.revisions.can_undo, "the way back is used up"
    assert window.panels["ker"].gate.region.getRegion() == (10.0, 70.0)


def test_sums_begin_anew_for_everybody(window: Dashboard, asked: list[str], qtbot: Any) -> None:
    window.revisions.reset()
    wait_for(window, qtbot, lambda: asked == [""])
    assert window.revisions.asked is None


def test_the_detector_by_species(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    panel = window.panels["detector"]
    assert [panel.species.itemText(k) for k in range(3)] == ["all hits", "O⁺", "H⁺"]
    panel.species.setCurrentIndex(2)
    shown = np.where(np.isnan(panel.image.image), 0, np.rint(10**panel.image.image))
    panel.species.setCurrentIndex(0)
    np.testing.assert_array_equal(shown, layout.view(snapshot.state.total.values, "detector_image_by_ion")[1])


def test_pairs_of_the_channel_are_outlined_in_the_pipico(window: Dashboard, layout: Layout) -> None:
    panel = window.panels["pipico"]
    oxygen, hydrogen = layout.windows_ns
    assert [label.toPlainText() for label in panel.names.shown] == ["H⁺, H⁺", "H⁺, O⁺"]
    box = panel.gates[1].box.mapRectToParent(panel.gates[1].box.boundingRect())
    np.testing.assert_allclose([box.left(), box.right()], hydrogen)
    np.testing.assert_allclose([box.top(), box.bottom()], oxygen)
    window.chooser.channel.setCurrentIndex(1)
    assert [label.toPlainText() for label in panel.names.shown] == ["H⁺, H⁺"]


def test_a_side_of_an_outline_is_dragged(window: Dashboard, asked: list[str], qtbot: Any, layout: Layout) -> None:
    outline = window.panels["pipico"].gates[1]
    before, top = layout.windows_ns[0], next(each for each in outline.box.handles if each["pos"] == Point(0.5, 1.0))
    outline.box.movePoint(top["item"], Point(layout.windows_ns[1].mean(), before[1] + 20.0), coords="parent")
    np.testing.assert_allclose(outline.box.size(), np.diff(layout.windows_ns[::-1])[:, 0], err_msg="it is back")
    wait_for(window, qtbot, lambda: len(asked) == 1)
    wanted = Layout.of(Setup.from_toml(asked[0])).windows_ns
    assert wanted[0, 1] == pytest.approx(before[1] + 20.0, abs=0.1)
    np.testing.assert_array_equal(wanted[1], layout.windows_ns[1])
    x, y = outline.asked.getData()
    assert (max(x), max(y)) == pytest.approx((wanted[1, 1], wanted[0, 1])), "dotted"
    assert outline.asked.isVisible()

"""The molecule, its table, and the words where there is none."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from pytestqt.qtbot import QtBot

from onlinecei.records import Snapshot
from onlinecei_gui.molecule import geometry
from onlinecei_gui.window.dashboard import Dashboard

Maker = Callable[..., Snapshot]


def rows(window: Dashboard) -> dict[str, str]:
    table = window.panels["molecule"].table
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}


def test_table_of_water(window: Dashboard) -> None:
    lengths = {"O–H1": "0.960 ± 0.014 Å", "O–H2": "0.960 ± 0.014 Å"}
    assert rows(window) == lengths | {"H1–O–H2": "104.5 ± 1.3 °"}


def test_summary_tells_of_other_solutions(window: Dashboard) -> None:
    text = window.panels["molecule"].summary.text()
    assert "2 solutions" in text
    assert "misfit 1\u2009%" in text


def test_reason_in_words(window: Dashboard) -> None:
    window.header.delay.setCurrentIndex(1)
    assert window.panels["molecule"].reason.isVisible()
    assert "12 events, at least 30 are needed" in window.panels["molecule"].reason.text()
    assert rows(window) == {}


def test_no_reconstruction_yet(window: Dashboard, source: Any, another: Maker) -> None:
    source.snapshots.append(another(2, reconstructions=False))
    window.step()
    assert "not made yet" in window.panels["molecule"].reason.text()


def test_angle_error_is_first_order() -> None:
    rng = np.random.default_rng(3)
    positions, errors = rng.normal(size=(3, 3)), rng.uniform(0.001, 0.002, (3, 3))
    value, error = geometry.angle(positions, errors, 0, 1, 2)
    shaken = [geometry.angle(positions + errors * rng.normal(size=(3, 3)), errors, 0, 1, 2)[0] for _ in range(4000)]
    assert np.mean(shaken) == pytest.approx(value, abs=0.02)
    assert np.std(shaken) == pytest.approx(error, rel=0.05)


def test_straight_angle_has_a_finite_error() -> None:
    positions = np.array([[-1.0, 0, 0], [0, 0, 0], [1.0, 0, 0]])
    value, error = geometry.angle(positions, np.full((3, 3), 0.01), 0, 1, 2)
    assert value == 180.0
    assert np.isfinite(error)


def test_mouse_turns(window: Dashboard, qtbot: QtBot) -> None:
    view = window.panels["molecule"].view
    before, seen = view.rotation.copy(), view.grab().toImage()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    qtbot.mouseMove(view, QPoint(90, 70))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(90, 70))
    assert not np.allclose(view.rotation, before)
    np.testing.assert_allclose(view.rotation @ view.rotation.T, np.eye(3), atol=1e-12)
    assert view.grab().toImage() != seen
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(view.rotation, before)


def test_wheel_zooms(window: Dashboard) -> None:
    view = window.panels["molecule"].view
    at, turned = QPointF(50, 50), QPoint(0, 120)
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    view.wheelEvent(QWheelEvent(at, at, QPoint(), turned, none, Qt.KeyboardModifier.NoModifier, phase, False))
    assert view.zoom == pytest.approx(1.0015**120)

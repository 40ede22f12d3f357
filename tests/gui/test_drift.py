"""The calibration is watched by the momentum sums of what came last."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from onlinecei.arrays import F8, I8
from onlinecei.centroids.layout import Layout
from onlinecei.records import Snapshot
from onlinecei_gui.window.dashboard import Dashboard

NAME = "O+/H+/H+:momentum_sum"
Maker = Callable[..., Snapshot]


@pytest.fixture
def window(shared_window: Dashboard) -> Dashboard:
    """No test here leaves its mark on a panel."""
    return shared_window


@pytest.fixture
def later(another: Maker, layout: Layout) -> Callable[[int, I8], Snapshot]:
    """A version with other momentum sums."""

    def make(version: int, sums: I8) -> Snapshot:
        made = another(version, hits=5000 + version)
        values = made.state.total.values.copy()
        layout.view(values, NAME)[:] = sums
        return replace(made, state=replace(made.state, total=replace(made.state.total, values=values)))

    return make


def peak_at(edges: F8, offset: float, events: int) -> I8:
    rng = np.random.default_rng(11)
    places = rng.normal([[0.0], [0.0], [offset]], 2.0, (3, events))
    return np.array([np.histogram(each, edges)[0] for each in places])


def test_a_shift_in_what_came_last_is_said_though_the_whole_looks_fine(
    window: Dashboard, source: Any, clock: Any, layout: Layout, snapshot: Snapshot, later: Callable[[int, I8], Snapshot]
) -> None:
    assert "drifted" not in window.footer.message.text()
    assert "color:#f2902f'><b>" not in window.panels["momentum_sum"].note.text()
    edges = layout.blocks[NAME].axes[0].edges
    good = layout.view(snapshot.state.total.values, NAME) * 20
    source.snapshots += [later(2, good), later(3, good + peak_at(edges, 2.0, 1500))]
    clock.now += 2.0
    window.step()
    assert "drifted" not in window.footer.message.text()
    clock.now += 2.0
    window.step()
    message = window.footer.message.text()
    assert "Calibration has drifted" in message
    assert re.search(r"Σpz = \+(1\.9|2\.0)\d ± 0\.05 a\.u\. in the last 1\u2009\d\d\d events", message)
    assert "O⁺ + H⁺ + H⁺" in message
    assert "color:#f2902f'><b>" not in window.panels["momentum_sum"].note.text()  # of the whole run


def test_a_line_that_begins_anew_is_no_drift(
    window: Dashboard, source: Any, clock: Any, layout: Layout, later: Callable[[int, I8], Snapshot]
) -> None:
    source.snapshots.append(later(2, peak_at(layout.blocks[NAME].axes[0].edges, 0.0, 1500)))
    clock.now += 2.0
    window.step()
    assert "drifted" not in window.footer.message.text()


def test_an_offset_of_the_whole_run_stands_out_in_the_panel(
    window: Dashboard, source: Any, clock: Any, layout: Layout, later: Callable[[int, I8], Snapshot]
) -> None:
    source.snapshots.append(later(2, peak_at(layout.blocks[NAME].axes[0].edges, -3.0, 5000)))
    clock.now += 2.0
    window.step()
    assert "<b>\N{MINUS SIGN}3.0" in window.panels["momentum_sum"].note.text()
    assert "Calibration has drifted" in window.footer.message.text()

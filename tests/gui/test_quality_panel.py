"""The table of quality, and the drift of the calibration."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from pytestqt.qtbot import QtBot

from onlinecei.centroids.layout import Layout
from onlinecei.records import Snapshot
from onlinecei_gui import theme
from onlinecei_gui.drift import Drift
from onlinecei_gui.molecule.shown import all_of
from onlinecei_gui.molecule.summary import summary
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.calibration_drift import NO_GATE, CalibrationDriftPanel
from onlinecei_gui.panels.quality import COLUMNS, QualityPanel
from onlinecei_gui.past import Past

WHOLE = "O+/H+/H+"
Maker = Callable[..., Snapshot]


def cells(panel: QualityPanel, row: int) -> list[str]:
    return [panel.table.item(row, column).text() for column in range(len(COLUMNS))]


def test_a_row_for_each_channel_and_delay(qtbot: QtBot, snapshot: Snapshot, layout: Layout) -> None:
    panel = QualityPanel()
    qtbot.addWidget(panel)
    layout.view(snapshot.state.total.values, f"{WHOLE}:events")[:] = [1234, 7]
    first, *rest = snapshot.reconstructions
    measured = replace(first.centroids, events=1000, false_events=700.0, false_error=10.0)
    moment = Moment(replace(snapshot, reconstructions=(replace(first, centroids=measured), *rest)))
    panel.draw(moment, Choice(delay=1))
    assert panel.table.rowCount() == 4
    row = cells(panel, 0)
    assert row[:3] == ["O⁺ + H⁺ + H⁺", "-50 to 0 fs", "1\u2009234"]
    assert row[3] == f"{1000 * 1234 / 800:.3g}"
    assert row[4] == "30%"
    assert panel.table.item(0, 4).foreground().color().name() == theme.now.orange
    assert row[5].startswith("2.")
    assert row[6:] == ["0.0100", "2.4\u2009k pulses"]
    assert cells(panel, 1)[6:] == ["–", "–"], "no geometry, nothing to halve"
    assert panel.table.item(1, 0).background().color().name() == theme.now.raised
    assert panel.table.item(0, 0).background().color().name() == theme.now.card
    moment.past = Past(pulses_per_s=1.0)
    panel.draw(moment, Choice())
    assert cells(panel, 0)[7] == "40 minutes"
    assert panel.columns()["events"].tolist()[:2] == [1234, 7]


def test_it_says_where_no_more_data_halve_the_error(qtbot: QtBot, snapshot: Snapshot) -> None:
    panel = QualityPanel()
    qtbot.addWidget(panel)
    first, *rest = snapshot.reconstructions
    measured = replace(first.centroids, lasting_share=0.3)
    moment = Moment(replace(snapshot, reconstructions=(replace(first, centroids=measured), *rest)))
    for rate in (None, 1.0):
        moment.past = Past(pulses_per_s=rate)
        panel.draw(moment, Choice())
        assert cells(panel, 0)[6:] == ["0.0100", "never"]
        said = summary(
            moment.snapshot.reconstructions[0],
            all_of(moment.snapshot.reconstructions[0])[0],
            moment.quality(Choice()),
            rate,
        )
        assert "error 0.0100\u2009Å rms, more data do not halve it" in said
    assert np.isinf(panel.columns()["pulses to halve it"][0])


def test_drift_is_followed_and_drawn(qtbot: QtBot, another: Maker, layout: Layout) -> None:
    panel, drift = CalibrationDriftPanel(), Drift()
    qtbot.addWidget(panel)
    for version, offset in ((1, 0.0), (2, 0.0), (3, 1.5)):
        moment = Moment(drifted(another, layout, version, offset))
        drift.arrived(moment, 60.0 * version)
        moment.past = Past(at_s=240.0, peaks=drift.peaks)
    panel.draw(moment, Choice())
    x, y = panel.curves[2].getData()
    np.testing.assert_allclose(x[[0, -1]], [-3.0, -1.0], atol=0.01)
    assert abs(y[0]) < 0.2
    assert y[-1] > 1.0
    assert np.abs(panel.curves[0].getData()[1]).max() < 0.3
    assert panel.bars[2].opts["height"].shape == y.shape
    assert set(panel.columns()["axis"]) == set("xyz")
    panel.draw(Moment(another(1)), Choice(channel=1))
    assert panel.message.text() == NO_GATE


def drifted(another: Maker, layout: Layout, version: int, offset_au: float) -> Snapshot:
    """Two thousand more combinations in each version, those of the last with an offset along z."""
    made = another(version)
    name = f"{WHOLE}:momentum_sum"
    edges, rng = layout.blocks[name].axes[0].edges, np.random.default_rng(3)
    places = rng.normal(0.0, 2.0, (3, 2000))
    plain = np.array([np.histogram(each, edges)[0] + 1 for each in places])
    places[2] += offset_au
    last = np.array([np.histogram(each, edges)[0] + 1 for each in places])
    layout.view(made.state.total.values, name)[:] = (version - 1) * plain + last
    return made


def test_another_run_begins_anew(another: Maker, layout: Layout) -> None:
    drift = Drift()
    drift.arrived(Moment(another(1)), 0.0)
    drift.arrived(Moment(drifted(another, layout, 2, 0.5)), 0.5)
    assert len(drift.peaks[WHOLE]) == 1, "a point a second is enough"
    drift.arrived(Moment(drifted(another, layout, 3, 1.0)), 1.5)
    assert len(drift.peaks[WHOLE]) == 2
    drift.arrived(Moment(replace(another(3), run="other")), 1.6)
    assert len(drift.peaks[WHOLE]) == 1

"""Pictures of momenta: raw, background and subtracted, with what is marked on them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from onlinecei.arrays import F8
from onlinecei.centroids.false_counts import told_blocks
from onlinecei.centroids.layout import Layout
from onlinecei.records import FalseCounts, Snapshot
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.ion_marks import AGAIN, BRIEF, MEAN, SUDDEN
from onlinecei_gui.panels.ker import KerPanel
from onlinecei_gui.panels.momenta import MomentaPanel
from onlinecei_gui.panels.momentum_image import FALSE, RAW, TRUE, UNKNOWN, MomentumImage
from onlinecei_gui.panels.momentum_map import MapPanel
from onlinecei_gui.panels.momentum_sum import MomentumSumPanel
from onlinecei_gui.panels.newton import TWO_IONS, NewtonPanel

WHOLE = "O+/H+/H+"
MOMENTA = np.array([[45.0, 0.0, 0.0], [-22.0, 46.0, 0.0], [-23.0, -46.0, 0.0]])


@pytest.fixture
def moment(snapshot: Snapshot, layout: Layout) -> Moment:
    """Twenty false counts in every second bin, at half the pulses there are now; not known at the second delay."""
    layout.view(snapshot.state.total.values, "pulses_by_delay")[:] = [400, 400]
    blocks = []
    for block in told_blocks(layout):
        counts = np.zeros(block.shape)
        counts.reshape(-1)[::2] = 20.0
        if not block.name.endswith("momentum_sum"):
            counts[1] = np.nan
        blocks.append(counts.ravel())
    false = FalseCounts(pulses=np.array([200, 200]), counts=np.concatenate(blocks).astype(np.float32))
    first, *rest = snapshot.reconstructions
    first = replace(first, sudden_au=1.5 * MOMENTA, round_trip_au=1.01 * MOMENTA)
    return Moment(replace(snapshot, false_counts=false, reconstructions=(first, *rest)))


def drawn(panel: MomentumImage, moment: Moment, part: str, choice: Choice = Choice()) -> F8:  # noqa: B008
    panel.part.setCurrentText(part)
    panel.draw(moment, choice)
    return panel._counts


@pytest.mark.parametrize("make", [MapPanel, NewtonPanel])
def test_background_is_scaled_to_the_pulses_and_taken_out(qtbot: QtBot, moment: Moment, make: type) -> None:
    panel = make()
    qtbot.addWidget(panel)
    name = f"{WHOLE}:momentum_map" if make is MapPanel else f"{WHOLE}:newton"
    counts = moment.counts(name)[0, 0] if make is MapPanel else moment.counts(name)[0]
    expected = np.zeros(counts.shape)
    expected.reshape(-1)[::2] = 40.0
    np.testing.assert_array_equal(drawn(panel, moment, RAW), counts)
    np.testing.assert_allclose(drawn(panel, moment, FALSE), expected)
    assert panel.note.text() == "log₁₀ false counts"
    np.testing.assert_allclose(drawn(panel, moment, TRUE), counts - expected)
    seen = panel.image.image
    positive = counts - expected > 0
    np.testing.assert_allclose(10 ** seen[positive], (counts - expected)[positive])
    assert np.isnan(seen[~positive]).all()
    panel.set_log(False)
    panel.draw(moment, Choice())
    assert panel.note.text() == "true counts"
    assert panel.bar.levels() == (min((counts - expected).min(), 0.0), (counts - expected).max())
    assert "subtracted" in panel.at(0.0, 0.0)
    assert "subtracted" in panel.columns()


def test_background_that_is_not_known_is_not_drawn_as_none(qtbot: QtBot, moment: Moment, snapshot: Snapshot) -> None:
    panel = MapPanel()
    qtbot.addWidget(panel)
    for shown, choice in ((moment, Choice(delay=1)), (Moment(snapshot), Choice())):
        drawn(panel, shown, FALSE, choice)
        assert panel.message.text() == UNKNOWN
        drawn(panel, shown, RAW, choice)
        assert panel.message.text() == ""


def test_spectra_of_events_with_the_false_ones_and_without(qtbot: QtBot, moment: Moment) -> None:
    for panel, name, place in ((KerPanel(), "ker", [0]), (MomentumSumPanel(), "momentum_sum", [0, 1, 2])):
        qtbot.addWidget(panel)
        counts, false = (
            np.atleast_2d(each)[place] for each in (moment.counts(f"{WHOLE}:{name}"), moment.false(f"{WHOLE}:{name}"))
        )
        assert false.sum() > 0
        panel.draw(moment, Choice())
        np.testing.assert_array_equal([curve.getData()[1] for curve in panel.curves], counts)
        np.testing.assert_allclose([curve.getData()[1] for curve in panel.false], false)
        panel.subtracting.setChecked(True)
        panel.draw(moment, Choice())
        np.testing.assert_allclose([curve.getData()[1] for curve in panel.curves], counts - false)
        assert not any(curve.isVisible() for curve in panel.false)
        panel.draw(Moment(replace(moment.snapshot, false_counts=None)), Choice())
        assert panel.message.text() == UNKNOWN
        panel.subtracting.setChecked(False)
        panel.draw(Moment(replace(moment.snapshot, false_counts=None)), Choice())
        assert panel.message.text() == ""
        assert not any(curve.isVisible() for curve in panel.false)


@pytest.mark.parametrize(("make", "axes", "unit"), [
    (lambda: MapPanel("xy"), [0, 1], 1.0), (lambda: MapPanel("yz"), [1, 2], 1.0), (NewtonPanel, [0, 1], 45.0),
])  # fmt: skip
def test_marks_stand_where_momenta_are(qtbot: QtBot, moment: Moment, make: type, axes: list[int], unit: float) -> None:
    panel = make()
    qtbot.addWidget(panel)
    panel.draw(moment, Choice())
    for item, factor in ((panel.marks.markers, 1.0), (panel.marks.sudden, 1.5), (panel.marks.again, 1.01)):
        np.testing.assert_allclose(np.transpose(item.getData()), factor * MOMENTA[:, axes] / unit)
    assert panel.marks.words == ([MEAN, SUDDEN, AGAIN] if make is NewtonPanel else [])
    assert [label.toPlainText() for label in panel.marks.names.shown] == ["O⁺", "H⁺", "H⁺"]
    x, y = panel.marks.ellipses[2].getData()
    widths = np.sqrt(np.diag(moment.reconstruction(Choice()).centroids.covariance_au2))[[3 + axis for axis in axes]]
    np.testing.assert_allclose([np.ptp(x), np.ptp(y)], 2 * widths / unit, rtol=2e-3)
    items = list(panel.marks.names.shown)
    panel.draw(moment, Choice())
    assert panel.marks.names.shown == items, "what is the same is not drawn again"
    panel.draw(moment, Choice(delay=1))
    assert not len(panel.marks.sudden.points()), "without a geometry nothing is predicted"
    assert len(panel.marks.markers.points()) == 3


def test_three_planes_together(qtbot: QtBot, moment: Moment, tmp_path: Path) -> None:
    panel = MomentaPanel()
    qtbot.addWidget(panel)
    panel.part.setCurrentText(TRUE)
    panel.draw(moment, Choice())
    counts = moment.counts(f"{WHOLE}:momentum_map")[0]
    false = moment.false(f"{WHOLE}:momentum_map")[0]
    for plane, each in enumerate(panel.maps):
        np.testing.assert_allclose(each._counts, counts[plane] - false[plane])
        assert each.bar.levels() == panel.maps[2].bar.levels(), "on one scale"
    assert [each.bar.isVisible() for each in panel.maps] == [False, False, True]
    panel.maps[2].bar.setLevels((0.5, 1.5))
    panel.maps[2].bar.sigLevelsChanged.emit(panel.maps[2].bar)  # as dragging it does
    assert panel.maps[0].image.getLevels().tolist() == [0.5, 1.5]
    assert panel.maps[2].axis_words("left") == "pz [a.u.]"
    assert panel.note.text() == f"{BRIEF} · log₁₀ true counts"
    panel.set_log(False)
    panel.draw(moment, Choice())
    assert panel.note.text() == f"{BRIEF} · true counts"
    panel.write(tmp_path / "m.csv")
    header, *rows = (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()
    assert header == "plane,first [a.u.],second [a.u.],subtracted"
    assert len(rows) == counts.size


def test_newton_plots_need_three_ions(qtbot: QtBot, moment: Moment) -> None:
    panel = NewtonPanel()
    qtbot.addWidget(panel)
    panel.draw(moment, Choice(channel=1))
    assert panel.message.text() == TWO_IONS
    panel.draw(moment, Choice())
    assert panel.axis_words("bottom") == "px / p(O⁺)"
    x, y = panel.first.getData()
    assert (x.tolist(), y.tolist()) == ([0.0, 1.0], [0.0, 0.0])

"""What is drawn is what was measured."""

import numpy as np
import pytest

from onlinecei.arrays import F8, I8
from onlinecei.centroids.layout import Layout
from onlinecei.records import Snapshot
from onlinecei_gui.moment import Choice
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.window.dashboard import Dashboard
from onlinecei_gui.words import grouped

WHOLE = "O+/H+/H+"
MOMENTA = np.array([[45.0, 0.0, 0.0], [-22.0, 46.0, 0.0], [-23.0, -46.0, 0.0]])


@pytest.fixture
def window(shared_window: Dashboard) -> Dashboard:
    """No test here leaves its mark on a panel."""
    return shared_window


def counts(layout: Layout, snapshot: Snapshot, name: str) -> I8:
    return layout.view(snapshot.state.total.values, name)


def unlogged(panel: ImagePanel) -> F8:
    return np.where(np.isnan(panel.image.image), 0, np.rint(10**panel.image.image))


def test_spectrum_is_the_histogram(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    x, y = window.panels["time_of_flight"].curve.getOriginalDataset()
    np.testing.assert_array_equal(x, layout.time_axis.edges)
    expected = counts(layout, snapshot, "time_of_flight")
    np.testing.assert_array_equal(np.where(y < 1, 0, y), expected)
    assert (expected == 0).any()


def test_windows_are_marked_where_they_are(window: Dashboard, layout: Layout) -> None:
    regions = [gate.region.getRegion() for gate in window.panels["time_of_flight"].gates]
    np.testing.assert_allclose(regions, layout.windows_ns)
    assert [line.label.format for line in window.panels["time_of_flight"].names] == ["O⁺", "H⁺"]


def test_images_are_the_histograms(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    np.testing.assert_array_equal(unlogged(window.panels["pipico"]), counts(layout, snapshot, "pipico"))
    np.testing.assert_array_equal(unlogged(window.panels["detector"]), counts(layout, snapshot, "detector_image"))
    seen = window.panels["detector"].image.mapRectToParent(window.panels["detector"].image.boundingRect())
    assert (seen.left(), seen.right()) == (-60.0, 60.0)


def test_map_follows_the_projection(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    for index, plane in enumerate(("xy", "xz", "yz")):
        window.panels["momentum_map"].plane.setCurrentText(plane)
        expected = counts(layout, snapshot, f"{WHOLE}:momentum_map")[0, index]
        np.testing.assert_array_equal(unlogged(window.panels["momentum_map"]), expected)
    window.panels["momentum_map"].plane.setCurrentText("xy")


def test_map_follows_the_selectors(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    window.chooser.delay.setCurrentIndex(1)
    np.testing.assert_array_equal(
        unlogged(window.panels["momentum_map"]), counts(layout, snapshot, f"{WHOLE}:momentum_map")[1, 0]
    )
    window.chooser.channel.setCurrentIndex(1)
    np.testing.assert_array_equal(
        unlogged(window.panels["momentum_map"]), counts(layout, snapshot, "H+/H+:momentum_map")[1, 0]
    )


def test_means_stand_where_they_are(window: Dashboard) -> None:
    for plane, axes in (("xy", [0, 1]), ("xz", [0, 2]), ("yz", [1, 2])):
        window.panels["momentum_map"].plane.setCurrentText(plane)
        np.testing.assert_allclose(
            np.transpose(window.panels["momentum_map"].marks.markers.getData()), MOMENTA[:, axes]
        )
    window.panels["momentum_map"].plane.setCurrentText("xy")


def test_ellipses_reach_one_sigma(window: Dashboard) -> None:
    x, y = window.panels["momentum_map"].marks.ellipses[0].getData()
    np.testing.assert_allclose([np.ptp(x), np.ptp(y)], [2.0, 4.0], rtol=2e-3)
    assert len(window.panels["momentum_map"].marks.ellipses) == 2 * len(MOMENTA)


def test_ker_of_the_channel_and_delay(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    _, y = window.panels["ker"].curves[0].getData()
    np.testing.assert_array_equal(y, counts(layout, snapshot, f"{WHOLE}:ker")[0])
    assert window.panels["ker"].mean.value() == 41.5
    assert "mean 41.5 eV" in window.panels["ker"].note.text()
    assert window.panels["ker"].gate.region.getRegion() == (10.0, 70.0)


@pytest.mark.parametrize(("name", "block"), [("pulse_delays", "delays"), ("pulse_energies", "pulse_energies")])
def test_what_pulses_are_like(window: Dashboard, layout: Layout, snapshot: Snapshot, name: str, block: str) -> None:
    panel = window.stage.panel(name)
    panel.draw(window.moment, Choice())
    drawn, expected = panel.curve.getData()[1], counts(layout, snapshot, block)
    assert drawn.sum() * (expected.size // drawn.size) == pytest.approx(expected.sum(), rel=0.01)
    assert panel.note.text() == f"{grouped(int(expected.sum()))} pulses"


def test_momentum_sum_and_its_gate(window: Dashboard, layout: Layout, snapshot: Snapshot) -> None:
    drawn = [curve.getData()[1] for curve in window.panels["momentum_sum"].curves]
    np.testing.assert_array_equal(drawn, counts(layout, snapshot, f"{WHOLE}:momentum_sum"))
    assert window.panels["momentum_sum"].gate.region.getRegion() == (-15.0, 15.0)


def test_momentum_sum_says_that_there_is_none(window: Dashboard) -> None:
    window.chooser.channel.setCurrentIndex(1)
    assert window.panels["momentum_sum"].message.isVisible()
    assert not window.panels["momentum_sum"].plot.isVisible()

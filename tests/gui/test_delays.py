"""What changes with delay: curves with errors, and the movie."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from scipy.spatial.transform import Rotation

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.centroids.layout import Layout
from onlinecei.ions import Channel
from onlinecei.records import Reconstruction, Snapshot
from onlinecei.setup import Setup
from onlinecei_gui.molecule.frames import between, frames_of
from onlinecei_gui.molecule.movie import MoviePanel
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.against_delay import NO_GEOMETRY, ONE_BIN, AgainstDelayPanel
from onlinecei_gui.panels.delay_values import ALL_COUNT, KER, YIELD
from onlinecei_gui.panels.ker_by_delay import KerByDelayPanel
from onlinecei_gui.panels.shapes import bin_of

EDGES = (-50.0, 0.0, 20.0, 50.0)


def bent(length: float, angle: float) -> F8:
    half = np.radians(angle / 2)
    return np.array([[0, 0, 0], [-length * np.cos(half), length * np.sin(half), 0], [-np.cos(half), -np.sin(half), 0]])


GEOMETRIES = (bent(1.2, 100.0), bent(1.3, 110.0), bent(1.4, 120.0))


@pytest.fixture
def moment(snapshot: Snapshot) -> Moment:
    """Three delays and pulses without pump; the second geometry is turned, with its hydrogens exchanged."""
    text = snapshot.setup_text.replace("edges_fs = [-50.0, 0.0, 50.0]", f"edges_fs = {list(EDGES)}\nunpumped = true")
    setup = Setup.from_toml(text)
    layout = Layout.of(setup)
    values = np.zeros(layout.size, np.int64)
    layout.view(values, "pulses_by_delay")[:] = [1000, 2000, 4000, 500]
    layout.view(values, "O+/H+/H+:events")[:] = [100, 100, 100, 25]
    layout.view(values, "O+/H+/H+:ker")[:, 10] = 50
    layout.view(values, "O+/H+/H+:ker")[:, 12] = 50
    state = replace(snapshot.state, total=replace(snapshot.state.total, setup_hash=setup.hash, values=values))
    first = snapshot.reconstructions[0]
    turned = Rotation.random(random_state=4).apply(GEOMETRIES[1][[0, 2, 1]])
    made = [one(first, positions, EDGES[k : k + 2], k, 30.0 + k)
            for k, positions in enumerate((GEOMETRIES[0], turned, GEOMETRIES[2]))]  # fmt: skip
    made.append(one(first, GEOMETRIES[0], (np.nan, np.nan), 3, 33.0))
    return Moment(replace(snapshot, setup_text=text, state=state, reconstructions=tuple(made)))


def one(first: Reconstruction, positions: F8, delay: tuple[float, float], bin_: int, ker: float) -> Reconstruction:
    measured = replace(
        first.centroids, channel=Channel.parse("O+/H+/H+"), delay_fs=delay, delay_bin=bin_, mean_ker_ev=ker
    )
    return replace(first, centroids=measured, positions_au=positions * units.ANGSTROM)


@pytest.fixture
def panel(qtbot: QtBot) -> AgainstDelayPanel:
    made = AgainstDelayPanel()
    qtbot.addWidget(made)
    return made


def test_frames_follow_each_other(moment: Moment) -> None:
    frames = frames_of(moment.snapshot.reconstructions)
    assert [frame.delay_fs for frame in frames] == [(-50.0, 0.0), (0.0, 20.0), (20.0, 50.0)]
    lengths = [np.linalg.norm(frame.shown.positions[1] - frame.shown.positions[0]) for frame in frames]
    np.testing.assert_allclose(lengths, [1.2, 1.3, 1.4], rtol=1e-9)
    for before, after in pairwise(frames):
        assert np.abs(after.shown.positions - before.shown.positions).max() < 0.3, "turned onto the one before"
    half = between(frames, 0.5)
    np.testing.assert_allclose(half, (frames[0].shown.positions + frames[1].shown.positions) / 2)
    np.testing.assert_allclose(between(frames, 9.0), frames[2].shown.positions)


def test_distances_and_angles_against_delay(panel: AgainstDelayPanel, moment: Moment) -> None:
    panel.draw(moment, Choice(delay=1))
    names = [panel.quantity.itemText(row) for row in range(panel.quantity.count())]
    assert names == [YIELD, KER, "O–H1", "O–H2", "H1–O–H2", "H1–H2"]
    for name, expected, label in (("O–H1", [1.2, 1.3, 1.4], "O–H1 [Å]"), ("H1–O–H2", [100, 110, 120], "H1–O–H2 [°]")):
        panel.quantity.setCurrentText(name)
        panel.draw(moment, Choice(delay=1))
        x, y = panel.dots.getData()
        np.testing.assert_allclose(x, [-25.0, 10.0, 35.0])
        np.testing.assert_allclose(y, expected, rtol=1e-6)
        assert panel.axis_words("left") == label
    assert panel.chosen.getRegion() == (0.0, 20.0)
    panel.quantity.setCurrentText("O–H1")
    panel.draw(moment, Choice())
    np.testing.assert_allclose(panel.bars.opts["height"], 2 * 0.01 * np.sqrt(2))
    np.testing.assert_allclose(panel.bars.opts["width"], [50.0, 20.0, 30.0])
    assert not panel.unpumped.isVisible()


def test_yields_and_energies_with_those_without_pump(panel: AgainstDelayPanel, moment: Moment) -> None:
    panel.draw(moment, Choice())
    assert panel.quantity.currentText() == "O–H1", "a geometry first, where there is one"
    panel.quantity.setCurrentText(YIELD)
    panel.draw(moment, Choice())
    assert panel.axis_words("left") == "true events [per 1000 pulses]"
    assert ALL_COUNT in panel.note.text()
    np.testing.assert_allclose(panel.dots.getData()[1], [100.0, 50.0, 25.0])
    np.testing.assert_allclose(panel.bars.opts["height"], 2 * np.array([10.0, 5.0, 2.5]))
    assert panel.unpumped.value() == 50.0
    panel.quantity.setCurrentText(KER)
    panel.draw(moment, Choice())
    np.testing.assert_allclose(panel.dots.getData()[1], [30.0, 31.0, 32.0])
    width = np.diff(moment.edges("O+/H+/H+:ker"))[0]
    np.testing.assert_allclose(panel.bars.opts["height"], 2 * width / np.sqrt(1000))
    assert panel.unpumped.value() == 33.0
    columns = panel.columns()
    assert list(columns) == ["delay from [fs]", "delay to [fs]", f"{KER} [eV]", "error"]
    np.testing.assert_array_equal(columns[f"{KER} [eV]"], [30.0, 31.0, 32.0, 33.0])


def test_a_delay_without_a_geometry_leaves_a_gap(panel: AgainstDelayPanel, moment: Moment) -> None:
    rows = list(moment.snapshot.reconstructions)
    rows[1] = replace(rows[1], reason="too few")
    shown = Moment(replace(moment.snapshot, reconstructions=tuple(rows)))
    panel.draw(shown, Choice())
    panel.quantity.setCurrentText("O–H1")
    panel.draw(shown, Choice())
    np.testing.assert_allclose(panel.dots.getData()[0], [-25.0, 35.0])
    x, y = panel.curve.getData()
    assert np.isnan(y[1])
    assert x[1] == 10.0
    none = Moment(replace(moment.snapshot, reconstructions=()))
    panel.draw(none, Choice())
    assert panel.quantity.currentText() == YIELD, "what is not there any more is not chosen"
    panel.quantity.setCurrentText(KER)
    panel.draw(none, Choice())
    assert panel.message.text() == NO_GEOMETRY


def test_one_bin_changes_nothing(panel: AgainstDelayPanel, snapshot: Snapshot) -> None:
    text = snapshot.setup_text.replace("[delays]\nedges_fs = [-50.0, 0.0, 50.0]\n", "")
    panel.draw(Moment(replace(snapshot, setup_text=text)), Choice())
    assert panel.message.text() == ONE_BIN
    assert not panel.columns()


@pytest.fixture
def movie(qtbot: QtBot, moment: Moment) -> MoviePanel:
    made = MoviePanel()
    qtbot.addWidget(made)
    made.resize(400, 400)
    made.draw(moment, Choice())
    return made


def length(movie: MoviePanel) -> float:
    scene = movie.view.handling.scene
    assert scene is not None
    return float(np.linalg.norm(scene.first.positions[1] - scene.first.positions[0]))


def test_the_slider_goes_through_the_delays(movie: MoviePanel) -> None:
    assert movie.slider.maximum() == 40
    assert "-50 to 0 fs" in movie.time.text()
    assert length(movie) == pytest.approx(1.2)
    still = movie.view.handling.scene.reach
    movie.slider.setValue(20)
    assert length(movie) == pytest.approx(1.3)
    assert (movie.note.text(), "0 to 20 fs" in movie.time.text()) == ("", True)
    movie.slider.setValue(30)
    assert "not measured" in movie.note.text()
    assert movie.time.text() == "near 22.5 fs"
    assert 1.3 < length(movie) < 1.4
    assert movie.view.handling.scene.reach == still, "the picture stands still"
    movie.view.handling.choose((0, 1))
    assert movie.view.handling.words == "", "nothing is measured between delays"
    movie.slider.setValue(40)
    assert movie.view.handling.words.startswith("1.400")


def test_it_plays_and_stops(movie: MoviePanel, qtbot: QtBot) -> None:
    movie.button.click()
    qtbot.waitUntil(lambda: movie.slider.value() > 0, timeout=60_000)
    movie.button.click()
    stood = movie.slider.value()
    assert not movie._timer.isActive()
    movie.slider.setValue(movie.slider.maximum())
    movie.tick()
    assert movie.slider.value() == 0, "from the beginning again"
    assert stood > 0


def test_without_geometries_momenta_are_the_movie(movie: MoviePanel, panel: AgainstDelayPanel, moment: Moment) -> None:
    rows = tuple(replace(each, reason="the channel lacks atoms") for each in moment.snapshot.reconstructions)
    shown = Moment(replace(moment.snapshot, reconstructions=rows))
    movie.draw(shown, Choice(delay=2))
    assert movie.title.text().startswith("Movie: mean momenta")
    assert movie.slider.value() == 40, "at the chosen delay"
    momenta = moment.snapshot.reconstructions[0].centroids.momentum_au
    np.testing.assert_allclose(movie.view.handling.scene.first.positions, momenta / 100.0)
    panel.draw(shown, Choice())
    assert panel.quantity.currentText() == KER
    panel.quantity.setCurrentText("∠ p(O), p(H1)")
    panel.draw(shown, Choice())
    first, second, _ = momenta
    angle = np.degrees(np.arccos(first @ second / np.linalg.norm(first) / np.linalg.norm(second)))
    np.testing.assert_allclose(panel.dots.getData()[1], [angle] * 3)


def test_energies_at_every_delay_as_a_picture(qtbot: QtBot, moment: Moment) -> None:
    panel = KerByDelayPanel()
    qtbot.addWidget(panel)
    panel.draw(moment, Choice(delay=1))
    counts = moment.counts("O+/H+/H+:ker")
    for delay_fs, place in ((-40.0, 0), (5.0, 1), (45.0, 2)):
        column = panel._counts[bin_of(panel._x, delay_fs)]
        np.testing.assert_allclose(column, 1000 * counts[place] / (1000, 2000, 4000)[place])
    assert [rim.value() for rim in panel.rims] == [0.0, 20.0]
    np.testing.assert_allclose(panel.plot.viewRange()[0], [-50.0, 50.0])
    energy = panel._y[10] + 0.1
    assert panel.at(5.0, energy).endswith("events per 1000 pulses 25")
    panel.log_action.setChecked(True)
    panel.draw(moment, Choice(delay=3))
    assert panel.note.text() == "log₁₀ events per 1000 pulses"
    assert panel.bar.levels()[1] == pytest.approx(np.log10(50.0))
    assert not panel.rims[0].isVisible(), "pulses without pump stand nowhere"


def test_one_geometry_is_no_movie(movie: MoviePanel, moment: Moment) -> None:
    movie.button.click()
    movie.draw(Moment(replace(moment.snapshot, reconstructions=moment.snapshot.reconstructions[:1])), Choice())
    assert "this channel has one" in movie.reason.text()
    assert movie._stack.currentWidget() is movie.reason
    assert not movie._timer.isActive()
    assert movie.view.handling.scene is None
    movie.draw(moment, Choice())
    assert movie._stack.currentWidget() is movie.view

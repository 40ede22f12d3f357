"""The molecule, its table, and the words where there is none."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import ase.io
import numpy as np
import pytest
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.ions import Channel
from onlinecei.records import Alternative, EventAverage, JointGeometry, Snapshot
from onlinecei_gui import theme
from onlinecei_gui.molecule.painter import PainterView
from onlinecei_gui.molecule.panel import MAGNIFIED, MoleculePanel
from onlinecei_gui.moment import Choice, Moment

Maker = Callable[..., Snapshot]
MOMENTA = np.array([[45.0, 0.0, 0.0], [-22.0, 46.0, 0.0], [-23.0, -46.0, 0.0]])


@pytest.fixture
def panel(qtbot: QtBot, dressed: QApplication, snapshot: Snapshot) -> MoleculePanel:
    made = MoleculePanel()
    qtbot.addWidget(made)
    made.resize(460, 640)
    made.show()
    made.offer(Moment(snapshot), Choice())
    dressed.processEvents()
    return made


def rows(panel: MoleculePanel) -> dict[str, str]:
    table = panel.table
    return {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount())}


def test_table_of_water(panel: MoleculePanel) -> None:
    lengths = {"O–H1": "0.960 ± 0.014 Å", "O–H2": "0.960 ± 0.014 Å"}
    assert rows(panel) == lengths | {"H1–O–H2": "104.5 ± 1.3 °"}


def test_summary_tells_of_other_solutions(panel: MoleculePanel) -> None:
    text = panel.summary.text()
    assert "2 solutions" in text
    assert "misfit 1\u2009%" in text


def test_without_a_geometry_mean_momenta_are_seen_and_the_reason_is_told(panel: MoleculePanel) -> None:
    panel.offer(panel._offered[0], Choice(delay=1))
    assert panel.title.text().startswith("Mean momenta")
    assert f"1\u2009000 events · <span style='color:{theme.now.orange}'>no geometry: 12 events" in panel.summary.text()
    shown = rows(panel)
    momentum, error = MOMENTA[1], np.sqrt(np.array([16.0, 25.0, 36.0]) / 1000)
    size = np.linalg.norm(momentum)
    assert shown["p(H1)"] == f"{size:.2f} ± {np.linalg.norm(error * momentum) / size:.2f} a.u."
    between = np.degrees(np.arccos(MOMENTA[0] @ momentum / np.linalg.norm(MOMENTA[0]) / size))
    assert shown["∠ p(O), p(H1)"].startswith(f"{between:.2f}"[:-1])
    scene = panel.view.handling.scene
    np.testing.assert_allclose(scene.first.positions, MOMENTA / 100.0)
    assert [atom for atom, *_ in scene.first.sticks] == [0, 1, 2], "from where they begin, and no bonds"
    assert scene.ruler == "50 a.u."
    panel.view.handling.choose((1,))
    assert panel.view.handling.words == shown["p(H1)"]
    panel.offer(panel._offered[0], Choice())
    assert panel.title.text().startswith("Molecule")


def test_reason_in_words(panel: MoleculePanel, snapshot: Snapshot) -> None:
    first, second, *rest = snapshot.reconstructions
    nothing = replace(second, centroids=replace(second.centroids, momentum_au=np.full((3, 3), np.nan)))
    panel.offer(Moment(replace(snapshot, reconstructions=(first, nothing, *rest))), Choice(delay=1))
    assert panel.reason.isVisible()
    assert "12 events, at least 30 are needed" in panel.reason.text()
    assert rows(panel) == {}


def test_no_reconstruction_yet(panel: MoleculePanel, another: Maker) -> None:
    panel.offer(Moment(another(2, reconstructions=False)), Choice())
    assert "not made yet" in panel.reason.text()


def test_mouse_turns(panel: MoleculePanel, qtbot: QtBot) -> None:
    view = panel.view
    camera, seen = view.handling.camera, view.grab().toImage()
    before = camera.rotation.copy()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    press(view, QEvent.Type.MouseMove, QPointF(90, 70))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(90, 70))
    assert not np.allclose(camera.rotation, before)
    np.testing.assert_allclose(camera.rotation @ camera.rotation.T, np.eye(3), atol=1e-12)
    assert view.grab().toImage() != seen
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    np.testing.assert_allclose(camera.rotation, before)


def press(view: QWidget, kind: QEvent.Type, place: QPointF) -> None:
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QMouseEvent(kind, place, view.mapToGlobal(place), left, left, none))


def test_wheel_zooms(panel: MoleculePanel) -> None:
    view = panel.view
    at, turned = QPointF(50, 50), QPoint(0, 120)
    none, phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    before = scale(view)
    QApplication.sendEvent(
        view, QWheelEvent(at, at, QPoint(), turned, none, Qt.KeyboardModifier.NoModifier, phase, False)
    )
    assert scale(view) == pytest.approx(before * 1.0015**120)


def scale(view: PainterView) -> float:
    projection = view.handling.projection
    assert projection is not None
    return projection.scale


def places(view: PainterView) -> list[QPoint]:
    """Where the atoms are seen, in pixels of the view."""
    handling = view.handling
    assert handling.projection is not None
    assert handling.scene is not None
    return [QPoint(round(x), round(y)) for x, y, _ in handling.projection.points(handling.scene.first.positions)]


def test_balls_stand_where_the_projection_says(panel: MoleculePanel) -> None:
    view = panel.view
    view.handling.camera.reset()
    image = view.grab().toImage()
    oxygen, *hydrogens = places(view)
    red = image.pixelColor(oxygen + QPoint(-12, 14))
    assert red.redF() > 0.5 > 2 * red.greenF()
    for place in hydrogens:
        grey = image.pixelColor(place + QPoint(9, 9))
        assert max(grey.redF(), grey.greenF(), grey.blueF()) - min(grey.redF(), grey.greenF(), grey.blueF()) < 0.1
        assert grey.lightnessF() > 0.3


def test_clicks_measure(panel: MoleculePanel, qtbot: QtBot) -> None:
    first, corner, second = (places(panel.view)[atom] for atom in (1, 0, 2))
    for place in (first, corner):
        qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=place)
    assert panel.view.handling.words == "0.960 ± 0.014 Å"
    before = panel.view.grab().toImage()
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=second)
    assert panel.view.handling.chosen == (1, 0, 2)
    assert panel.view.handling.words == "104.5 ± 1.3 °"
    assert panel.view.grab().toImage() != before
    qtbot.mouseClick(panel.view, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert (panel.view.handling.chosen, panel.view.handling.words) == ((), "")


def test_a_row_of_the_table_shows_its_atoms(panel: MoleculePanel) -> None:
    panel.table.cellClicked.emit(2, 0)
    assert panel.view.handling.chosen == (1, 0, 2)
    assert panel.view.handling.words == rows(panel)["H1–O–H2"]


def test_all_distances_on_demand(panel: MoleculePanel) -> None:
    panel._set("everything", True)
    assert list(rows(panel)) == ["O–H1", "O–H2", "H1–H2"]
    assert rows(panel)["H1–H2"].startswith("1.518 ± ")


def full(another: Maker) -> Snapshot:
    """Water with a covariance, another solution, an average over events, and a joint geometry."""
    made = another(2)
    first, *rest = made.reconstructions
    tight = np.diag(np.repeat([1e-6, 4e-4, 1e-4], 3)) * units.ANGSTROM**2
    other = Alternative(positions_au=1.5 * first.positions_au, weight=0.25, misfit=0.02)
    average = EventAverage(
        method="m", events=100, left_out=3, positions_au=1.1 * first.positions_au,
        covariance_au2=0.01 * units.ANGSTROM**2 * np.eye(9), doubts=("wide",),
    )  # fmt: skip
    channels = (first.centroids.channel, Channel.parse("O2+/H+/H+"))
    joint = JointGeometry(
        method="m", channels=channels, charge=np.ones((2, 3), np.int64), momentum_au=np.zeros((2, 3, 3)),
        positions_au=1.2 * first.positions_au, uncertainty_au=first.uncertainty_au,
        round_trip_au=np.zeros((2, 3, 3)), misfit=np.zeros(2),
    )  # fmt: skip
    found = replace(
        first,
        covariance_au2=tight,
        alternatives=(other,),
        weight=0.75,
        weighed_by="starts",
        per_event=average,
        joint=joint,
    )
    return replace(made, reconstructions=(found, *rest))


def test_every_geometry_can_be_looked_at(panel: MoleculePanel, another: Maker) -> None:
    panel.offer(Moment(full(another)), Choice())
    titles = [panel.which.itemText(row) for row in range(panel.which.count())]
    assert titles == [
        "from means · 75%", "other solution 1 · 25%", "average over single events", "2 channels together",
    ]  # fmt: skip
    assert "weight 75%, others 25% (misfit 2\u2009%): starts" in panel.summary.text()
    lengths = []
    for row in range(4):
        panel.which.setCurrentIndex(row)
        lengths.append(rows(panel)["O–H1"])
    assert lengths[1] == "1.440 Å", "nothing is known of its errors"
    assert lengths[2] == "1.056 ± 0.014 Å", "error of the mean of 100 events"
    assert lengths[3].startswith("1.152 ± 0.014")
    assert "2 channels" in panel.which.currentText()
    assert "independent" in panel.summary.text()
    panel.offer(Moment(full(another)), Choice())
    assert panel.which.currentIndex() == 3, "what was chosen stays"
    panel.which.setCurrentIndex(0)
    plain = panel.view.grab().toImage()
    panel._set("others", True)
    first, *ghosts = panel.view.handling.scene.models
    sizes = [np.linalg.norm(ghost.positions[1] - ghost.positions[0]) for ghost in ghosts]
    np.testing.assert_allclose(sizes, [1.44, 1.056, 1.152], rtol=1e-6)
    assert len({ghost.tint for ghost in ghosts} - {first.tint}) == 3
    assert panel.view.grab().toImage() != plain, "ghosts are drawn"


def test_ellipsoids_are_of_the_covariance_and_say_how_large(panel: MoleculePanel, another: Maker) -> None:
    panel.offer(Moment(full(another)), Choice())
    scene = panel.view.handling.scene
    assert panel.note.text() == "ellipsoids 3 σ × 5"
    lengths = [np.linalg.norm(scene.half_axes(atom), axis=1) for atom in range(3)]
    np.testing.assert_allclose(lengths, 15 * np.repeat([[0.001], [0.02], [0.01]], 3, axis=1))
    grown = {}
    for words in ("not at all", "20 times"):
        panel._set("times", MAGNIFIED[words])
        grown[words] = panel.view.grab().toImage()
    assert panel.note.text() == "ellipsoids 3 σ × 20"
    place = places(panel.view)[1]
    reach = round(panel.view.handling.scene.first.radii[1] * scale(panel.view)) + 12
    differ = [grown["not at all"].pixel(place + way) != grown["20 times"].pixel(place + way)
              for way in (QPoint(reach, 0), QPoint(-reach, 0), QPoint(0, reach))]  # fmt: skip
    assert all(differ)


def test_reference_is_laid_on_and_compared(panel: MoleculePanel, tmp_path: Path) -> None:
    (tmp_path / "w.xyz").write_text("3\n\nH 5 0 0\nO 6 0 0\nH 6 1 0\n", encoding="utf-8")
    plain = panel.view.grab().toImage()
    panel.take_reference(tmp_path / "w.xyz")
    assert not panel.table.isColumnHidden(2)
    assert panel.table.item(0, 2).text() == "1.000 (−0.040)"
    assert panel.table.item(2, 2).text() == "90.0 (+14.5)"
    assert "w.xyz" in panel.summary.text()
    (ghost,) = panel.view.handling.scene.models[1:]
    assert ghost.tint == theme.now.blue
    np.testing.assert_allclose(np.linalg.norm(ghost.positions[1:] - ghost.positions[0], axis=1), 1.0)
    assert panel.view.grab().toImage() != plain
    panel.take_reference(None)
    assert panel.table.isColumnHidden(2)
    assert len(panel.view.handling.scene.models) == 1


def test_a_reference_of_another_molecule_says_so(panel: MoleculePanel, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "c.xyz").write_text("2\n\nC 0 0 0\nO 1 0 0\n", encoding="utf-8")
    panel.take_reference(tmp_path / "c.xyz")
    assert "the reference &#x27;c.xyz&#x27; is CO, not H2O" in panel.summary.text()
    with qtbot.waitSignal(panel.told) as said:
        panel.take_reference(tmp_path / "no.xyz")
    assert "no.xyz" in said.args[0]
    assert said.args[1]
    panel.take_reference(None)


def test_geometries_and_tables_are_written(panel: MoleculePanel, tmp_path: Path) -> None:
    for kind in panel.kinds:
        panel.write(tmp_path / f"m.{kind}")
    written = ase.io.read(tmp_path / "m.xyz")
    assert (len(written), written.info["run"]) == (3, "made up")
    assert (tmp_path / "m.csv").read_text(encoding="utf-8").splitlines()[0] == "name,value,error,unit"
    panel.offer(panel._offered[0], Choice(delay=1))
    with pytest.raises(CEIError, match="no geometry"):
        panel.write(tmp_path / "none.xyz")

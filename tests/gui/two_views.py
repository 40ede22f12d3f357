"""Draws one molecule with both views and says where its atoms are seen: run by `test_opengl`."""

import json
import sys

import numpy as np
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget

from onlinecei_gui.molecule.model import Model, Scene
from onlinecei_gui.molecule.painter import PainterView
from onlinecei_gui.molecule.view import make_view, why_not

COLOURS = {"red": 8, "blue": 7, "green": 17}
"""Elements whose colours are told apart: oxygen, nitrogen, chlorine."""
POSITIONS = np.array([[0.0, 0.0, 0.0], [0.9, 0.8, 0.3], [-1.1, 0.6, -0.5]])


def scene() -> Scene:
    return Scene(models=(Model(
        positions=POSITIONS, radii=np.array([0.3, 0.25, 0.35]), labels=["", "", ""],
        atomic_numbers=list(COLOURS.values()), bonds=[], half_axes=np.full((3, 3, 3), np.nan),
    ),))  # fmt: skip


def middles(image: QImage) -> list[list[float]]:
    """Middles of what is red, blue and green."""
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in COLOURS}
    for y in range(image.height()):
        for x in range(image.width()):
            colour = QColor(image.pixel(x, y))
            most = max(COLOURS, key=lambda name: getattr(colour, name)())
            others = [getattr(colour, name)() for name in COLOURS if name != most]
            if getattr(colour, most)() > 45 + max(others):
                found[most].append((x, y))
    return [_middle(np.array(places)) for places in found.values()]


def _middle(places: np.ndarray) -> list[float]:
    """Middle of the box: highlights and shadows on one side do not move it."""
    return ((places.min(axis=0) + places.max(axis=0) + 1) / 2).tolist()


def shown(view: QWidget) -> QWidget:
    view.resize(360, 300)
    view.show()
    QTest.qWaitForWindowExposed(view)
    view.handling.show_scene(scene())
    QTest.qWait(50)
    return view


def main() -> None:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_ShareOpenGLContexts)
    app = QApplication(["views"])
    made, painter = shown(make_view()), shown(PainterView())
    report: dict[str, object] = {"made": type(made).__name__, "why_not": why_not()}
    for view in (made, painter):
        report[type(view).__name__] = middles(view.grab().toImage())
    projection = painter.handling.projection
    expected = projection.points(POSITIONS)[:, :2]
    report["expected"] = expected.tolist()
    for atom in (1, 0):
        QTest.mouseClick(made, Qt.MouseButton.LeftButton, pos=QPoint(*expected[atom].round().astype(int).tolist()))
    report["chosen"] = list(made.handling.chosen)
    made.handling.choose(())
    made.handling.camera.drag(60.0, 0.0)
    made.handling.changed.emit()
    QTest.qWait(50)
    moved = np.array(middles(made.grab().toImage())) - expected
    report["turned"] = float(np.abs(moved).max())
    sys.stdout.write(json.dumps(report) + "\n")
    app.quit()


if __name__ == "__main__":
    main()

"""The molecule as balls and sticks, turned with the mouse, zoomed with the wheel; painted without OpenGL."""

from dataclasses import dataclass

import numpy as np
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from onlinecei.arrays import F8
from onlinecei.records import Reconstruction
from onlinecei_gui import theme
from onlinecei_gui.molecule import brush, geometry

TURN_PER_PIXEL = 0.01
"""Radians."""
HALO_SIGMAS = 3.0
"""The halo is drawn to scale; three standard errors, because one is often thinner than a line."""
UPRIGHT = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
"""Puts x of the molecular frame, where the heaviest ion flies, at the top."""
BALL = 0.5
"""Radius of a ball over the covalent radius, so that the bonds are seen."""

STICK, SUNK = 0.09, 0.9
"""Radius of a stick in angstrom, and where it leaves the ball, in radii of the ball."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
    """What is painted. Lengths in angstrom."""

    positions: F8
    halo: F8
    radii: F8
    labels: list[str]
    atomic_numbers: list[int]
    bonds: list[tuple[int, int]]

    @classmethod
    def of(cls, found: Reconstruction) -> "Model":
        """Take the model of a reconstruction that has a geometry."""
        channel = found.centroids.channel
        positions, radii = geometry.positions_angstrom(found), geometry.radii_angstrom(channel)
        return cls(
            positions=positions - (positions.min(axis=0) + positions.max(axis=0)) / 2,
            halo=HALO_SIGMAS * np.sqrt(np.mean(geometry.uncertainty_angstrom(found) ** 2, axis=1)),
            radii=BALL * radii,
            labels=geometry.labels(channel),
            atomic_numbers=[ion.atomic_number for ion in channel.ions],
            bonds=geometry.bonds(positions, radii),
        )


class MoleculeView(QWidget):
    """Paints a model."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(160, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Drag to turn, wheel to zoom, double click to reset")
        self.model: Model | None = None
        self._drag = QPointF()
        self._reset()

    def _reset(self) -> None:
        self.zoom, self.rotation = 1.0, turned(UPRIGHT, 0.25, 0.4)

    def show_model(self, model: Model | None) -> None:
        """Paint another model, from the same side as before."""
        self.model = model
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            self._drag = event.position()

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is not None:
            moved, self._drag = event.position() - self._drag, event.position()
            self.rotation = turned(self.rotation, moved.y() * TURN_PER_PIXEL, moved.x() * TURN_PER_PIXEL)
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        del event
        self._reset()
        self.update()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None:
            self.zoom = float(np.clip(self.zoom * 1.0015 ** event.angleDelta().y(), 0.2, 8.0))
            self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        del event
        if self.model is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint(painter, self.model)
        painter.end()

    def _paint(self, painter: QPainter, model: Model) -> None:
        """Paint atoms and half bonds from the back to the front."""
        reach = float(np.max(np.linalg.norm(model.positions, axis=1) + model.radii + model.halo))
        scale = self.zoom * 0.46 * min(self.width(), self.height()) / reach
        seen = model.positions @ self.rotation.T * [1.0, -1.0, 1.0] * scale
        seen[:, :2] += [self.width() / 2, self.height() / 2]
        pieces = [(float(seen[atom, 2]), atom, atom) for atom in range(len(model.labels))]
        for i, j in model.bonds:
            pieces += [(float(0.75 * seen[a, 2] + 0.25 * seen[b, 2]), a, b) for a, b in ((i, j), (j, i))]
        for _, a, b in sorted(pieces):
            colour = theme.element(model.atomic_numbers[a])
            if a == b:
                radius = model.radii[a] * scale
                brush.halo(painter, seen[a], radius, model.halo[a] * scale, colour)
                brush.ball(painter, seen[a], radius, colour, model.labels[a])
            else:
                along = (seen[b] - seen[a]) / np.linalg.norm(seen[b] - seen[a])
                start = seen[a] + SUNK * model.radii[a] * scale * along
                brush.stick(painter, start, (seen[a] + seen[b]) / 2, STICK * scale, colour)
        brush.ruler(painter, scale, self.height())


def turned(rotation: F8, down: float, right: float) -> F8:
    """Turn a view by angles about the horizontal and the vertical axis of the screen."""
    about_x = np.array([[1, 0, 0], [0, np.cos(down), -np.sin(down)], [0, np.sin(down), np.cos(down)]])
    about_y = np.array([[np.cos(right), 0, np.sin(right)], [0, 1, 0], [-np.sin(right), 0, np.cos(right)]])
    return np.asarray(about_x @ about_y @ rotation)

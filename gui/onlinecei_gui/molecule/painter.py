"""The molecule as balls and sticks, painted without OpenGL."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QWidget

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.molecule import brush
from onlinecei_gui.molecule.camera import Projection
from onlinecei_gui.molecule.handling import Handling
from onlinecei_gui.molecule.model import SUNK, Scene
from onlinecei_gui.molecule.notes import write_notes


class PainterView(QWidget):
    """Paints a scene."""

    def __init__(self) -> None:
        super().__init__()
        self.handling = Handling(self)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        del event
        scene, projection = self.handling.scene, self.handling.projection
        if scene is None or projection is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for piece in sorted(_pieces(scene, projection), key=lambda piece: piece.depth):
            _paint(painter, piece, scene, projection)
        write_notes(painter, scene, projection, self.handling.chosen, self.handling.words)
        painter.end()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """A ball, or a stick that belongs to an atom."""

    depth: float
    atom: int
    points: list[F8]


def _pieces(scene: Scene, projection: Projection) -> Iterator[_Piece]:
    model = scene.first
    seen = projection.points(model.positions)
    for atom in range(len(seen)):
        yield _Piece(depth=float(seen[atom, 2]), atom=atom, points=[seen[atom]])
    for atom, *ends in model.sticks:
        begin, end = projection.points(np.array(ends))
        start = begin + SUNK * model.radii[atom] * projection.scale * (end - begin) / np.linalg.norm(end - begin)
        yield _Piece(depth=float((start[2] + end[2]) / 2), atom=atom, points=[start, end])


def _paint(painter: QPainter, piece: _Piece, scene: Scene, projection: Projection) -> None:
    model, scale = scene.first, projection.scale
    colour = theme.element(model.atomic_numbers[piece.atom])
    if len(piece.points) > 1:
        start, middle = piece.points
        brush.stick(painter, start, middle, model.stick * scale, colour)
        return
    brush.ball(painter, piece.points[0], model.radii[piece.atom] * scale, colour)
    if (axes := scene.half_axes(piece.atom)) is not None:
        flat = projection.directions(axes)[:, :2]
        brush.ellipse(painter, piece.points[0], flat.T @ flat, colour)

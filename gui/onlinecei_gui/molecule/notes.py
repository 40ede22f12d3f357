"""What is written and drawn over the picture of a molecule: names, ellipsoids' rings, what is chosen, a ruler."""

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.molecule import brush
from onlinecei_gui.molecule.camera import Projection
from onlinecei_gui.molecule.model import Model, Scene

TURN = np.linspace(0.0, 2.0 * np.pi, 49)


def write_notes(
    painter: QPainter, scene: Scene, projection: Projection, chosen: tuple[int, ...] = (), words: str = ""
) -> None:
    """Write over a picture."""
    seen = projection.points(scene.first.positions)
    for atom in range(len(seen)):
        _rings(painter, scene, atom, seen[atom], projection)
    for ghost in scene.models[1:]:
        places, scale = projection.points(ghost.positions), projection.scale
        brush.ghost(painter, places, scale * ghost.radii, ghost.bonds, scale * ghost.stick, QColor(ghost.tint))
    for atom, label in enumerate(scene.first.labels):
        if not _hidden(scene.first, seen, atom, projection.scale):
            _name(painter, seen[atom], scene.first.radii[atom] * projection.scale, scene.first, atom, label)
    _mark_chosen(painter, scene.first, seen, chosen, words, projection.scale)
    _ruler(painter, projection, scene.ruler)


def _rings(painter: QPainter, scene: Scene, atom: int, centre: F8, projection: Projection) -> None:
    """Draw the front halves of the three ellipses through the half axes of an ellipsoid."""
    axes = scene.half_axes(atom)
    if axes is None:
        return
    painter.setPen(QPen(theme.translucent(theme.now.text, 150), 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        ring = projection.directions(np.outer(np.cos(TURN), axes[i]) + np.outer(np.sin(TURN), axes[j]))
        start = int(np.argmin(np.abs(ring[:-1, 2]) - 1e6 * ((ring[:-1, 2] <= 0) & (ring[1:, 2] > 0))))
        front = np.roll(ring[:-1], -start - 1, axis=0)
        front = front[front[:, 2] >= 0.0] + centre
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y, _ in front.tolist()]))


def _hidden(model: Model, seen: F8, atom: int, scale: float) -> bool:
    """Whether a nearer ball covers the middle of an atom."""
    apart = np.hypot(*(seen[:, :2] - seen[atom, :2]).T)
    return bool(np.any((seen[:, 2] > seen[atom, 2]) & (apart < model.radii * scale)))


def _name(painter: QPainter, centre: F8, radius: float, model: Model, atom: int, label: str) -> None:
    painter.setFont(theme.font(max(12, min(int(radius * 0.62), 30)), bold=True))
    painter.setPen(QColor("#10141a" if _bright(theme.element(model.atomic_numbers[atom])) else "white"))
    painter.drawText(QRectF(centre[0] - 60, centre[1] - 40, 120, 80), Qt.AlignmentFlag.AlignCenter, label)


def _bright(colour: QColor) -> bool:
    """Whether dark letters are read better than white ones (luma of ITU-R BT.601)."""
    return 0.299 * colour.redF() + 0.587 * colour.greenF() + 0.114 * colour.blueF() > 0.45


def _mark_chosen(painter: QPainter, model: Model, seen: F8, chosen: tuple[int, ...], words: str, scale: float) -> None:
    if not chosen:
        return
    places = [QPointF(*seen[atom, :2]) for atom in chosen]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.now.orange), 2.5))
    for atom, place in zip(chosen, places, strict=True):
        radius = model.radii[atom] * scale + 4.0
        painter.drawEllipse(place, radius, radius)
    painter.setPen(QPen(QColor(theme.now.orange), 2.0, Qt.PenStyle.DashLine))
    painter.drawPolyline(QPolygonF(places))
    if words:
        _plate(painter, QPointF(*(seen[list(chosen), :2].mean(axis=0))), words)


def _plate(painter: QPainter, centre: QPointF, words: str) -> None:
    painter.setFont(theme.font(14, bold=True))
    room = painter.fontMetrics().boundingRect(words)
    plate = QRectF(0, 0, room.width() + 16, room.height() + 8)
    plate.moveCenter(centre)
    painter.setPen(QPen(QColor(theme.now.orange), 1.0))
    painter.setBrush(theme.translucent(theme.now.raised, 235))
    painter.drawRoundedRect(plate, 5, 5)
    painter.setPen(QColor(theme.now.text))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def _ruler(painter: QPainter, projection: Projection, words: str) -> None:
    """Draw half an angstrom in the lower left corner."""
    painter.setFont(theme.font(12))
    painter.setPen(QPen(QColor(theme.now.muted), 2.0))
    start = QPointF(8, projection.height - 8)
    painter.drawLine(start, start + QPointF(0.5 * projection.scale, 0))
    painter.drawText(start + QPointF(0, -7), words)

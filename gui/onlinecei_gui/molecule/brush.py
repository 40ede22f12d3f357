"""Strokes of the ball-and-stick painter. Points are in pixels."""

import math
from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen, QPolygonF, QRadialGradient

from onlinecei.arrays import F8
from onlinecei_gui import theme


def ellipse(painter: QPainter, centre: F8, square: F8, colour: QColor) -> None:
    """Draw the outline of an ellipsoid, filled, from its squared shape (2, 2) on the picture."""
    squares, axes = np.linalg.eigh(square)
    across, along = np.sqrt(np.maximum(squares, 0.0)).tolist()
    painter.save()
    painter.translate(QPointF(centre[0], centre[1]))
    painter.rotate(math.degrees(math.atan2(axes[1, 1], axes[0, 1])))
    painter.setPen(QPen(theme.translucent(colour.darker(120), 210), 1.2))
    painter.setBrush(theme.translucent(colour, 80))
    painter.drawEllipse(QPointF(0.0, 0.0), along, across)
    painter.restore()


def ball(painter: QPainter, centre: F8, radius: float, colour: QColor) -> None:
    """Draw a shaded sphere."""
    point = QPointF(centre[0], centre[1])
    light = QRadialGradient(point - QPointF(0.35, 0.4) * radius, 1.45 * radius)
    light.setColorAt(0.0, QColor("white"))
    light.setColorAt(0.25, colour.lighter(112))
    light.setColorAt(0.7, colour.darker(125))
    light.setColorAt(1.0, colour.darker(260))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(light))
    painter.drawEllipse(point, radius, radius)


def stick(painter: QPainter, start: F8, end: F8, width: float, colour: QColor) -> None:
    """Draw half a bond as a shaded rod of the colour of its atom."""
    dx, dy = float(end[0] - start[0]), float(end[1] - start[1])
    length = math.hypot(dx, dy)
    if length == 0.0:
        return
    side = QPointF(-dy, dx) * (width / length)
    a, b = QPointF(start[0], start[1]), QPointF(end[0], end[1])
    shade = QLinearGradient(a - side, a + side)
    shade.setColorAt(0.0, colour.darker(280))
    shade.setColorAt(0.4, colour.lighter(112))
    shade.setColorAt(1.0, colour.darker(280))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(shade))
    painter.drawPolygon(QPolygonF([a - side, b - side, b + side, a + side]))


def ghost(
    painter: QPainter, seen: F8, radii: F8, bonds: Sequence[tuple[int, int]], width: float, colour: QColor
) -> None:
    """Draw rings (N, 2) and lines between them: something to compare with, seen through everything."""
    painter.setPen(QPen(theme.translucent(colour, 235), 1.6))
    painter.setBrush(theme.translucent(colour, 45))
    for place, radius in zip(seen, radii.tolist(), strict=True):
        painter.drawEllipse(QPointF(place[0], place[1]), radius, radius)
    painter.setPen(QPen(theme.translucent(colour, 150), 2 * width, cap=Qt.PenCapStyle.FlatCap))
    for i, j in bonds:
        apart = seen[j, :2] - seen[i, :2]
        if (length := float(np.linalg.norm(apart))) > radii[i] + radii[j]:
            start, end = seen[i, :2] + apart * radii[i] / length, seen[j, :2] - apart * radii[j] / length
            painter.drawLine(QPointF(*start), QPointF(*end))

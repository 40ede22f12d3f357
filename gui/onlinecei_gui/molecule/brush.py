"""Strokes of the ball-and-stick painter. Points are in pixels."""

import math

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen, QPolygonF, QRadialGradient

from onlinecei.arrays import F8
from onlinecei_gui import theme


def halo(painter: QPainter, centre: F8, radius: float, width: float, colour: QColor) -> None:
    """Draw the uncertainty as a translucent rim about a ball."""
    point, outer = QPointF(centre[0], centre[1]), radius + width
    fade = QRadialGradient(point, outer)
    fade.setColorAt(radius / outer, theme.translucent(colour, 120))
    fade.setColorAt(1.0, theme.translucent(colour, 40))
    painter.setPen(QPen(theme.translucent(colour, 130), 1.0, Qt.PenStyle.DotLine))
    painter.setBrush(QBrush(fade))
    painter.drawEllipse(point, outer, outer)


def ball(painter: QPainter, centre: F8, radius: float, colour: QColor, label: str) -> None:
    """Draw a shaded sphere with a name on it."""
    point = QPointF(centre[0], centre[1])
    light = QRadialGradient(point - QPointF(0.35, 0.4) * radius, 1.45 * radius)
    light.setColorAt(0.0, QColor("white"))
    light.setColorAt(0.25, colour.lighter(112))
    light.setColorAt(0.7, colour.darker(125))
    light.setColorAt(1.0, colour.darker(260))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(light))
    painter.drawEllipse(point, radius, radius)
    painter.setFont(theme.font(max(12, min(int(radius * 0.62), 30)), bold=True))
    painter.setPen(QColor("#10141a" if _bright(colour) else "white"))
    painter.drawText(QRectF(point.x() - 60, point.y() - 40, 120, 80), Qt.AlignmentFlag.AlignCenter, label)


def _bright(colour: QColor) -> bool:
    """Whether dark letters are read better than white ones (luma of ITU-R BT.601)."""
    return 0.299 * colour.redF() + 0.587 * colour.greenF() + 0.114 * colour.blueF() > 0.45


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


def ruler(painter: QPainter, pixels_per_angstrom: float, bottom: int) -> None:
    """Draw half an angstrom in the lower left corner."""
    painter.setFont(theme.font(12))
    painter.setPen(QPen(QColor(theme.now.muted), 2.0))
    start = QPointF(8, bottom - 8)
    painter.drawLine(start, start + QPointF(0.5 * pixels_per_angstrom, 0))
    painter.drawText(start + QPointF(0, -7), "0.5 Å")

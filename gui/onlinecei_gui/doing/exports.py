"""What is seen in one panel, as a file: png, svg, csv."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QBuffer, QIODevice
from PyQt6.QtGui import QPainter
from PyQt6.QtWidgets import QGraphicsView, QWidget

from onlinecei.arrays import AnyArray
from onlinecei.errors import CEIError
from onlinecei.whole import whole, write_whole


def picture(widget: QWidget) -> bytes:
    """Give a widget as it is seen, as a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    widget.grab().save(buffer, "PNG")
    return bytes(buffer.data().data())


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file whole; `CEIError` where it cannot be written."""
    with whole(path) as unfinished:
        unfinished.write_bytes(content)


def write_drawing(view: QGraphicsView, path: Path) -> None:
    """Write a plot as svg; `CEIError` where it cannot be written."""
    from PyQt6.QtSvg import QSvgGenerator  # noqa: PLC0415  seldom needed

    content = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(content)
    generator.setSize(view.size())
    generator.setViewBox(view.rect())
    painter = QPainter(generator)
    view.render(painter)
    painter.end()
    write_bytes(content.data().data(), path)


def write_columns(columns: Mapping[str, AnyArray], path: Path) -> None:
    """Write columns of one length as csv, in the digits that they have; `CEIError` where there are none."""
    if not columns:
        raise CEIError(f"'{path}' is not written: there is nothing in this panel that a table could hold")
    rows = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
    lines = (",".join(map(str, row)) for row in rows)
    write_whole(path, "\n".join((",".join(columns), *lines)) + "\n")

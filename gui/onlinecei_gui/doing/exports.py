"""What is seen in one panel, as a file: png, svg, csv; what its name has to end with, and where it comes from."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from PyQt6.QtCore import QBuffer, QIODevice, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter
from PyQt6.QtWidgets import QGraphicsView, QWidget

from onlinecei.arrays import AnyArray
from onlinecei.errors import CEIError
from onlinecei.whole import whole, write_whole
from onlinecei_gui import theme
from onlinecei_gui.moment import Moment

HEAD_PX = 24
"""Of the line above a drawing that says what it is."""


def file_of(name: str, kind: str) -> Path:
    """Give the file of a name that was typed: one without an ending gets that of the kind.

    Raises
    ------
    CEIError
        There is such a file, and nobody was asked whether to write over it.
    """
    path = Path(name)
    if path.suffix:
        return path
    path = path.with_name(f"{path.name}.{kind}")
    if path.exists():
        raise CEIError(f"'{path}' is not written: there is such a file; choose its whole name to write over it")
    return path


def kind_of(path: Path, kinds: Sequence[str]) -> str:
    """Give the kind of file that a name says; `CEIError` where it is none of those that there are."""
    kind = path.suffix.lower().lstrip(".")
    if kind not in kinds:
        raise CEIError(f"'{path}' is not written: its name ends with '{path.suffix}', expected .{' or .'.join(kinds)}")
    return kind


def origin_of(moment: Moment | None) -> dict[str, str]:
    """Say of which run, setup, weights and program what is seen comes; empty without data."""
    if moment is None:
        return {}
    from onlinecei.files.provenance import origin_in_words  # noqa: PLC0415  seldom needed

    return {name: str(said) for name, said in origin_in_words(moment.snapshot).items()}


def picture(widget: QWidget, origin: Mapping[str, str], quality: int = -1) -> bytes:
    """Give a widget as it is seen, as a PNG file with its origin in text chunks; quality 0 is the smallest file."""
    image, buffer = widget.grab().toImage(), QBuffer()
    for name, said in origin.items():
        image.setText(name, said)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", quality)
    return bytes(buffer.data().data())


def write_bytes(content: bytes, path: Path) -> None:
    """Write a file whole; `CEIError` where it cannot be written."""
    with whole(path) as unfinished:
        unfinished.write_bytes(content)


def write_drawing(view: QGraphicsView, path: Path, words: str, origin: Mapping[str, str]) -> None:
    """Write a plot as svg, below a line that says what it is, with its origin as JSON in the description.

    Raises
    ------
    CEIError
        It cannot be written.
    """
    from PyQt6.QtSvg import QSvgGenerator  # noqa: PLC0415  seldom needed

    content = QBuffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(content)
    generator.setDescription(json.dumps(origin))
    page = QRect(0, 0, view.width(), view.height() + HEAD_PX)
    generator.setSize(page.size())
    generator.setViewBox(page)
    generator.setResolution(view.logicalDpiX())  # axes are kept as pictures, which grow with it
    painter = QPainter(generator)
    painter.fillRect(page, QColor(theme.now.card))
    painter.setPen(QColor(theme.now.text))
    painter.setFont(theme.font(13))
    painter.drawText(QRect(8, 0, page.width() - 8, HEAD_PX), Qt.AlignmentFlag.AlignVCenter, words)
    view.render(painter, QRectF(0, HEAD_PX, view.width(), view.height()))
    painter.end()
    write_bytes(content.data().data(), path)


def write_columns(columns: Mapping[str, AnyArray], path: Path) -> None:
    """Write columns of one length as csv, in the digits that they have; `CEIError` where there are none."""
    if not columns:
        raise CEIError(f"'{path}' is not written: there is nothing in this panel that a table could hold")
    rows = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
    lines = (",".join(map(str, row)) for row in rows)
    write_whole(path, "\n".join((",".join(columns), *lines)) + "\n")

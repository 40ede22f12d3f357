"""What is seen in one panel, as a file: png, svg, csv."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PyQt6.QtWidgets import QWidget

from onlinecei.arrays import AnyArray
from onlinecei.errors import CEIError
from onlinecei.whole import whole, write_whole


def write_picture(widget: QWidget, path: Path) -> None:
    """Write a widget as it is seen.

    Raises
    ------
    CEIError
        The file cannot be written.
    """
    with whole(path) as unfinished:
        if not widget.grab().save(str(unfinished), "PNG"):
            raise CEIError(f"'{path}' cannot be written")


def write_drawing(plot_item: object, path: Path) -> None:
    """Write a plot of pyqtgraph as svg; `CEIError` where it cannot be written."""
    from pyqtgraph.exporters import SVGExporter  # noqa: PLC0415  takes a while, and is seldom needed

    write_whole(path, SVGExporter(plot_item).export(toBytes=True).decode())


def write_columns(columns: Mapping[str, AnyArray], path: Path) -> None:
    """Write columns of one length as csv, in the digits that they have; `CEIError` where there are none."""
    if not columns:
        raise CEIError(f"'{path}' is not written: there is nothing in this panel that a table could hold")
    rows = zip(*(np.asarray(column).tolist() for column in columns.values()), strict=True)
    lines = (",".join(map(str, row)) for row in rows)
    write_whole(path, "\n".join((",".join(columns), *lines)) + "\n")

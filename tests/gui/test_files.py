"""Pictures, tables and texts of panels: what is in a file is what its name says."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import ase.io
import numpy as np
import pytest
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import QFileDialog

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei_gui.doing.exports import origin_of
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.registry import PANELS
from onlinecei_gui.window.dashboard import Dashboard


def is_a_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and not QImage(str(path)).isNull()


def is_a_drawing(path: Path) -> bool:
    return path.read_text(encoding="utf-8").startswith("<?xml") and QSvgRenderer(str(path)).isValid()


def is_a_table(path: Path) -> bool:
    heads, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    return bool(heads and rows) and all(len(row) == len(heads) for row in rows)


def is_the_log(path: Path) -> bool:
    text = path.read_text(encoding="utf-8")
    return "made up: 40 trains" in text and "<" not in text


def is_a_geometry(path: Path) -> bool:
    return ase.io.read(path, format="extxyz").get_chemical_formula() == "H2O"


def in_a_picture(path: Path) -> dict[str, str]:
    image = QImage(str(path))
    return {name: image.text(name) for name in image.textKeys()}


def in_a_drawing(path: Path) -> dict[str, str]:
    text = ET.parse(path).findtext("{http://www.w3.org/2000/svg}desc")  # noqa: S314 - our own
    assert text is not None
    return dict(json.loads(text))


READ: dict[str, Callable[[Path], bool]] = {
    "png": is_a_picture, "svg": is_a_drawing, "csv": is_a_table, "txt": is_the_log, "xyz": is_a_geometry,
}  # fmt: skip
ORIGIN: dict[str, Callable[[Path], dict[str, str]]] = {"png": in_a_picture, "svg": in_a_drawing}
KINDS = [(name, kind) for name in PANELS for kind in READ]


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_every_panel_writes_what_it_offers_and_refuses_the_rest(
    shared_window: Dashboard, tmp_path: Path, name: str, kind: str, source: Any, clock: Any, another: Any
) -> None:
    source.snapshots.append(another(2, hits=7000))
    clock.now += 2.0
    shared_window.step()  # there are rates from the second version on
    panel, path = shared_window.stage.panel(name), tmp_path / f"{name}.{kind.upper()}"
    panel.redraw()
    if kind not in panel.kinds:
        with pytest.raises(CEIError, match="is not written: "):
            panel.write(path)
        assert not list(tmp_path.iterdir())
    else:
        panel.write(path)
        assert READ[kind](path)
        assert kind not in ORIGIN or ORIGIN[kind](path) == origin_of(shared_window.moment)


def test_what_is_saved_says_where_it_comes_from(window: Dashboard, tmp_path: Path) -> None:
    assert window.moment is not None
    snapshot = replace(window.moment.snapshot, run='a <b> & "c" é.h5')
    panel = window.stage.panel("ker")
    panel.offer(Moment(snapshot), Choice())
    for kind, read in ORIGIN.items():
        path = tmp_path / f"ker.{kind}"
        panel.write(path)
        assert read(path)["run"] == 'a <b> & "c" é.h5'
        assert read(path)["setup_hash"] == window.moment.setup.hash


@pytest.mark.parametrize("name", ["seen.bmp", "seen", "run.5"])
def test_other_endings_are_refused_with_those_that_there_are(
    shared_window: Dashboard, tmp_path: Path, name: str
) -> None:
    with pytest.raises(CEIError, match=r"expected \.png or \.svg or \.csv"):
        shared_window.panels["ker"].write(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_drawing_says_what_it_is_and_since_when(shared_window: Dashboard, tmp_path: Path) -> None:
    panel = shared_window.panels["detector"]
    panel.reset()
    try:
        panel.write(tmp_path / "seen.svg")
    finally:
        panel.show_all()
    assert f"Detector   since {panel.reset_at}" in (tmp_path / "seen.svg").read_text(encoding="utf-8")


def test_a_drawing_looks_like_the_plot_axes_and_all(shared_window: Dashboard, tmp_path: Path) -> None:
    panel, path = shared_window.panels["ker"], tmp_path / "seen.svg"
    panel.reset()  # axes and gate alone: steps of counts have other rims where they are rendered anew
    panel.write(path)
    plot = panel.plot.grab().toImage()
    panel.show_all()
    drawing = QSvgRenderer(str(path))
    drawn = QImage(drawing.viewBox().size(), QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    drawing.render(painter)
    painter.end()
    seen = brightness(plot)
    below_the_head = brightness(drawn)[-len(seen) :]
    assert np.mean(np.abs(below_the_head - seen) > 60) < 0.005


def brightness(image: QImage) -> F8:
    grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
    content = grey.constBits().asarray(grey.sizeInBytes())
    return np.array(content, np.float64).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]


@pytest.mark.parametrize(
    ("name", "there", "said"),
    [
        ("seen", (), "wrote {}/seen.csv"),
        ("seen.svg", (), "wrote {}/seen.svg"),
        ("seen", ("seen.csv",), "'{}/seen.csv' is not written: there is such a file"),
        ("seen.gif", (), "'{}/seen.gif' is not written: its name ends with '.gif', expected .png or .svg or .csv"),
    ],
)
def test_a_name_without_an_ending_gets_that_of_the_entry(
    shared_window: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, there: tuple[str, ...],
    said: str,
) -> None:  # fmt: skip
    for each in there:
        (tmp_path / each).write_text("precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), ""))
    (files,) = (each.menu() for each in shared_window.panels["ker"].menu.actions() if each.text() == "Save as")
    next(each for each in files.actions() if each.text() == "csv").trigger()
    assert said.format(tmp_path) in shared_window.panels["log"].text.toPlainText()
    assert all((tmp_path / each).read_text() == "precious" for each in there)


def test_the_window_is_saved_likewise(
    shared_window: Dashboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "seen"), ""))
    shared_window.acts.save("png")
    qtbot.waitUntil(lambda: f"wrote {tmp_path}/seen.png" in log(shared_window), timeout=60_000)
    assert is_a_picture(tmp_path / "seen.png")
    shared_window.acts.write(tmp_path / "seen.svg")
    assert "expected .png or .xyz or .h5 or .html" in log(shared_window)


def log(window: Dashboard) -> str:
    return str(window.panels["log"].text.toPlainText())

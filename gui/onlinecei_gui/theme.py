"""Colours and fonts, the same in every panel: readable on a slide, safe for colour-blind eyes, dark or light.

Whatever is drawn takes its colours from `now` when it is made: after a change of theme the window makes its panels
anew.
"""

from dataclasses import dataclass
from typing import Literal

import pyqtgraph as pg
from ase.data.colors import jmol_colors
from PyQt6.QtGui import QColor, QFont, QPen
from PyQt6.QtWidgets import QApplication

from onlinecei_gui.sheet import sheet

Theme = Literal["dark", "light"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The colours of one theme."""

    name: Theme
    background: str
    card: str
    raised: str
    """Of buttons, boxes and tips, on cards."""
    border: str
    text: str
    muted: str
    blue: str
    green: str
    orange: str
    red: str
    grey: str
    spectrum: str
    """Outline of a histogram that stands alone."""
    rim: str
    """Outline of a marker on an image."""
    hydrogen: str
    """The white of the usual table outshines everything beside it, or is not seen at all."""
    series: tuple[str, ...]
    """Lines of a plot; after Okabe and Ito."""


DARK = Palette(
    name="dark", background="#0d1117", card="#151b24", raised="#202938", border="#2b3544", text="#eef2f7",
    muted="#9aa8ba", blue="#56b4e9", green="#1fbf8f", orange="#f2902f", red="#e8573f", grey="#5b6675",
    spectrum="#c9d4e2", rim="#ffffff", hydrogen="#d8dde4",
    series=("#56b4e9", "#e69f00", "#3fd0a4", "#cc79a7", "#f0e442", "#d9673a", "#4f8fdc", "#b8c2cf"),
)  # fmt: skip
LIGHT = Palette(
    name="light", background="#eceff3", card="#ffffff", raised="#f1f4f8", border="#cfd6df", text="#17202b",
    muted="#55616f", blue="#0072b2", green="#00805e", orange="#b85c00", red="#c0321b", grey="#8793a1",
    spectrum="#3b4a5c", rim="#17202b", hydrogen="#c3cbd5",
    series=("#0072b2", "#c77700", "#00805e", "#b0518a", "#8a7d00", "#b84a1a", "#2f5fb3", "#5d6875"),
)  # fmt: skip
PALETTES = {palette.name: palette for palette in (DARK, LIGHT)}
FAMILIES = ["Inter", "Noto Sans", "Segoe UI", "DejaVu Sans"]

now: Palette = DARK
"""The theme in use."""


def apply(app: QApplication, name: Theme = "dark") -> None:
    """Dress the application; panels that exist keep their colours until they are made anew."""
    global now  # noqa: PLW0603  one theme for the whole application
    now = PALETTES[name]
    app.setFont(font(13))
    app.setStyleSheet(sheet(now))
    pg.setConfigOptions(antialias=True, background=now.card, foreground=now.muted)


def status(word: str) -> str:
    """Colour of a status of the line."""
    colours = {
        "LIVE": now.green, "REPLAY": now.green, "FINISHED": now.blue, "STALE": now.orange, "DEGRADED": now.red,
    }  # fmt: skip
    return colours.get(word, now.grey)


def font(pixels: int, *, bold: bool = False) -> QFont:
    """Give the font at a size."""
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(pixels)
    made.setBold(bold)
    return made


def element(atomic_number: int) -> QColor:
    """Colour of an element as in Jmol."""
    return QColor(now.hydrogen) if atomic_number == 1 else QColor.fromRgbF(*map(float, jmol_colors[atomic_number]))


def pen(colour: str, width: float = 1.0) -> QPen:
    """Give a pen whose width does not grow with the plot."""
    made = QPen(QColor(colour), width)
    made.setCosmetic(True)
    return made


def on(ground: str) -> str:
    """Colour of letters that are read on a ground (luma of ITU-R BT.601)."""
    colour = QColor(ground)
    luma = 0.299 * colour.redF() + 0.587 * colour.greenF() + 0.114 * colour.blueF()
    return "#06090d" if luma > 0.4 else "#ffffff"


def colour_map(name: str) -> pg.ColorMap:
    """Give a colour map whose faint end is that of the ground."""
    colours = pg.colormap.get(name).getColors()
    return pg.ColorMap(None, colours if now.name == "dark" else colours[::-1])


def translucent(colour: QColor | str, alpha: int) -> QColor:
    """Give the colour with an opacity of 0 to 255."""
    mixed = QColor(colour)
    mixed.setAlpha(alpha)
    return mixed

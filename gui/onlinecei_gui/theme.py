"""Colours and fonts, the same in every panel: dark, readable on a slide, safe for colour-blind eyes."""

import pyqtgraph as pg
from ase.data.colors import jmol_colors
from PyQt6.QtGui import QColor, QFont
from PyQt6.QtWidgets import QApplication

BACKGROUND, CARD, BORDER = "#0d1117", "#151b24", "#2b3544"
TEXT, MUTED = "#eef2f7", "#9aa8ba"
BLUE, GREEN, ORANGE, GREY = "#56b4e9", "#1fbf8f", "#f2902f", "#5b6675"
SPECTRUM = "#c9d4e2"
SERIES = ("#56b4e9", "#e69f00", "#3fd0a4", "#cc79a7", "#f0e442", "#d9673a", "#4f8fdc", "#b8c2cf")
"""After Okabe and Ito, lightened for a dark ground."""
STATUS = {"RUNNING": GREEN, "FINISHED": BLUE, "STALE": ORANGE, "WAITING": GREY}
FAMILIES = ["Inter", "Noto Sans", "Segoe UI", "DejaVu Sans"]
HYDROGEN = "#d8dde4"
"""Light grey: the white of the usual table outshines everything beside it."""

SHEET = f"""
QWidget {{ color: {TEXT}; }}
QMainWindow, QWidget#page {{ background: {BACKGROUND}; }}
QFrame#card {{ background: {CARD}; border: 1px solid {BORDER}; border-radius: 8px; }}
QLabel#title {{ font-size: 14px; font-weight: 600; }}
QLabel#note, QLabel#caption {{ color: {MUTED}; font-size: 12px; }}
QLabel#value {{ font-size: 19px; font-weight: 600; }}
QLabel#run {{ font-size: 18px; font-weight: 600; }}
QLabel#reason {{ color: {ORANGE}; font-size: 20px; font-weight: 600; padding: 24px; }}
QLabel#message {{ color: {MUTED}; font-size: 15px; padding: 24px; }}
QProgressBar {{ background: {BORDER}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar::chunk {{ background: {BLUE}; border-radius: 4px; }}
QComboBox {{ background: #202938; border: 1px solid {BORDER}; border-radius: 5px; padding: 3px 8px; font-size: 13px; }}
QComboBox QAbstractItemView {{ background: #202938; selection-background-color: {BORDER}; }}
QTableWidget {{ background: {CARD}; border: none; font-size: 15px; gridline-color: {BORDER}; }}
QHeaderView::section {{ background: {CARD}; color: {MUTED}; border: none; border-bottom: 1px solid {BORDER};
    font-size: 12px; padding: 3px 6px; }}
QToolTip {{ background: #202938; color: {TEXT}; border: 1px solid {BORDER}; }}
"""


def apply(app: QApplication) -> None:
    """Dress the application."""
    app.setFont(font(13))
    app.setStyleSheet(SHEET)
    pg.setConfigOptions(antialias=True, background=CARD, foreground=MUTED)


def font(pixels: int, *, bold: bool = False) -> QFont:
    """Give the font at a size."""
    made = QFont()
    made.setFamilies(FAMILIES)
    made.setPixelSize(pixels)
    made.setBold(bold)
    return made


def element(atomic_number: int) -> QColor:
    """Colour of an element as in Jmol."""
    return QColor(HYDROGEN) if atomic_number == 1 else QColor.fromRgbF(*map(float, jmol_colors[atomic_number]))


def translucent(colour: QColor | str, alpha: int) -> QColor:
    """Give the colour with an opacity of 0 to 255."""
    mixed = QColor(colour)
    mixed.setAlpha(alpha)
    return mixed

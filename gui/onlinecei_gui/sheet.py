"""The style sheet of the application."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onlinecei_gui.theme import Palette


ARROW = Path(__file__).with_name("down.svg")


def sheet(of: "Palette") -> str:
    """Write the style sheet in the colours of a theme."""
    return f"""
QWidget {{ color: {of.text}; }}
QMainWindow, QWidget#page, QDialog {{ background: {of.background}; }}
QMainWindow::separator {{ background: {of.background}; width: 8px; height: 8px; }}
QFrame#card {{ background: {of.card}; border: 1px solid {of.border}; border-radius: 8px; }}
QFrame#head {{ background: {of.card}; border: 1px solid {of.border}; border-bottom: none;
    border-top-left-radius: 8px; border-top-right-radius: 8px; }}
QFrame#panel {{ background: {of.card}; border: 1px solid {of.border}; border-top: none;
    border-bottom-left-radius: 8px; border-bottom-right-radius: 8px; }}
QLabel#title {{ font-size: 14px; font-weight: 600; }}
QLabel#note, QLabel#caption {{ color: {of.muted}; font-size: 12px; }}
QLabel#since {{ color: {of.orange}; font-size: 12px; font-weight: 600; }}
QLabel#value {{ font-size: 19px; font-weight: 600; }}
QLabel#run {{ font-size: 18px; font-weight: 600; }}
QLabel#reason {{ color: {of.orange}; font-size: 20px; font-weight: 600; padding: 24px; }}
QLabel#message {{ color: {of.muted}; font-size: 15px; padding: 24px; }}
QLabel#readout {{ background: {of.raised}; color: {of.text}; font-size: 12px; border-radius: 4px; padding: 2px 6px; }}
QProgressBar {{ background: {of.border}; border: none; border-radius: 4px; max-height: 8px; min-height: 8px; }}
QProgressBar::chunk {{ background: {of.blue}; border-radius: 4px; }}
QComboBox, QLineEdit, QDoubleSpinBox, QPushButton {{ background: {of.raised}; border: 1px solid {of.border};
    border-radius: 5px; padding: 3px 8px; font-size: 13px; }}
QComboBox QAbstractItemView {{ background: {of.raised}; selection-background-color: {of.border}; }}
QToolButton {{ color: {of.muted}; background: transparent; border: none; border-radius: 4px; padding: 0px 5px;
    font-size: 15px; font-weight: 700; }}
QToolButton:hover, QToolButton:checked, QPushButton:hover {{ background: {of.border}; color: {of.text}; }}
QToolButton::menu-indicator {{ image: none; }}
QMenuBar {{ background: {of.background}; font-size: 13px; padding: 2px 6px; }}
QMenuBar::item {{ background: transparent; padding: 3px 9px; border-radius: 4px; }}
QMenuBar::item:selected {{ background: {of.border}; }}
QMenu {{ background: {of.raised}; border: 1px solid {of.border}; font-size: 13px; padding: 4px; }}
QMenu::item {{ padding: 4px 22px 4px 22px; border-radius: 4px; }}
QMenu::item:selected {{ background: {of.border}; }}
QMenu::item:disabled {{ color: {of.grey}; }}
QMenu::separator {{ height: 1px; background: {of.border}; margin: 4px 8px; }}
QComboBox::drop-down {{ border: none; width: 20px; }}
QComboBox::down-arrow {{ image: url({ARROW.as_posix()}); width: 12px; height: 12px; }}
QTabBar {{ qproperty-drawBase: 0; }}
QTabBar::tab {{ background: {of.background}; color: {of.muted}; border: 1px solid {of.border}; padding: 4px 12px;
    border-radius: 5px; margin: 2px; }}
QTabBar::tab:selected {{ background: {of.raised}; color: {of.text}; }}
QTableWidget, QPlainTextEdit, QTextEdit, QTextBrowser {{ background: {of.card}; border: none; font-size: 15px;
    gridline-color: {of.border}; }}
QPlainTextEdit#log {{ font-size: 12px; }}
QPlainTextEdit#code {{ font-family: monospace; font-size: 13px; }}
QLabel#wrong {{ color: {of.red}; }}
QHeaderView::section {{ background: {of.card}; color: {of.muted}; border: none;
    border-bottom: 1px solid {of.border}; font-size: 12px; padding: 3px 6px; }}
QScrollBar:vertical, QScrollBar:horizontal {{ background: transparent; width: 8px; height: 8px; margin: 0px; }}
QScrollBar::handle {{ background: {of.border}; border-radius: 4px; min-height: 24px; min-width: 24px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{ background: none;
    width: 0px; height: 0px; }}
QToolTip {{ background: {of.raised}; color: {of.text}; border: 1px solid {of.border}; }}
"""

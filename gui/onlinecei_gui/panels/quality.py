"""How good the data of every channel and delay are."""

import math
from collections.abc import Mapping

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from onlinecei import units
from onlinecei.arrays import AnyArray
from onlinecei.centroids.quality import Quality, qualities
from onlinecei_gui import theme
from onlinecei_gui.molecule.summary import to_halve
from onlinecei_gui.moment import Choice, Moment, delay_name
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.words import grouped

COLUMNS = {
    "channel": "",
    "delay": "",
    "events": "Combinations that passed all gates",
    "/ 1000 pulses": "Of all pulses of the run, those of other delays too",
    "true": "Share that is such a molecule: by mixed pulses, or by the search for sites",
    "σ(Σp) [a.u.]": "Width of the momentum sum along x, y, z, of all delays; orange where its peak is off zero",
    "error [Å]": "Statistical error of a coordinate, root mean square",
    "half of it after": "Three times as much data again where errors fall with the root of the events; longer where a "
    "part of them rests on samples of bounded size; never where no more data halve them with this setup",
}
IMPURE = 0.5
"""Share of true events below which it is marked."""


class QualityPanel(Panel):
    """A row for each channel and delay bin; that which is looked at stands out."""

    draws_sums = False

    def __init__(self) -> None:
        super().__init__("Quality", kinds=("png", "csv"))
        self.period_s = 1.0
        self.table = _table()
        self.body.addWidget(self.table, 1)
        self.rows: list[Quality] = []
        self._choice: Choice | None = None

    def draw(self, moment: Moment, choice: Choice) -> None:
        self.rows = qualities(moment.whole.snapshot.state.total.values, moment.snapshot.reconstructions, moment.setup)
        delays, names = len(moment.setup.delays.bins), moment.channel_names
        self.table.setRowCount(len(self.rows))
        for number, row in enumerate(self.rows):
            seen = (number // delays, number % delays) == (choice.channel, choice.delay)
            for column, (words, doubtful) in enumerate(_cells(row, names[number // delays], moment.past.pulses_per_s)):
                self._write(number, column, words, doubtful=doubtful, seen=seen)
        if choice != self._choice:
            self._choice = choice
            self.table.scrollToItem(self.table.item(choice.channel * delays + choice.delay, 0))
        known = moment.past.pulses_per_s is not None
        self.note.setText("times at the present rate" if known else "")

    def columns(self) -> Mapping[str, AnyArray]:
        if not self.rows:
            return {}
        return {
            "channel": np.array([row.name for row in self.rows]),
            "delay from [fs]": np.array([row.delay_fs[0] for row in self.rows]),
            "delay to [fs]": np.array([row.delay_fs[1] for row in self.rows]),
            "events": np.array([row.events for row in self.rows]),
            "events per pulse": np.array([row.events_per_pulse for row in self.rows]),
            "true share": np.array([row.true_share for row in self.rows]),
            "error [angstrom]": np.array([row.geometry_error_au for row in self.rows]) / units.ANGSTROM,
            "pulses to halve it": np.array(
                [math.nan if row.pulses_to_halve is None else row.pulses_to_halve for row in self.rows], np.float64
            ),
        }

    def _write(self, row: int, column: int, words: str, *, doubtful: bool, seen: bool) -> None:
        item = self.table.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            side = Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)
        item.setText(words)
        item.setForeground(QColor(theme.now.orange if doubtful else theme.now.text))
        item.setBackground(QColor(theme.now.raised if seen else theme.now.card))


def _cells(row: Quality, name: str, pulses_per_s: float | None) -> list[tuple[str, bool]]:
    """Give the words of each column, and whether they are doubtful."""
    off = any(peak.drifted for peak in row.peaks)
    error = row.geometry_error_au / units.ANGSTROM
    return [
        (name, False),
        (delay_name(*row.delay_fs), False),
        (grouped(row.events), False),
        (_dash(1000 * row.events_per_pulse, "{:.3g}"), False),
        (_dash(row.true_share, "{:.0%}"), row.true_share < IMPURE),
        (", ".join(f"{peak.width_au:.1f}" for peak in row.peaks) or "–", off),
        (_dash(error, "{:.4f}"), False),
        (to_halve(row, pulses_per_s).replace(" more", "").removesuffix(" at this rate") or "–", False),
    ]


def _dash(value: float, pattern: str) -> str:
    return pattern.format(value) if math.isfinite(value) else "–"


def _table() -> QTableWidget:
    table = QTableWidget(0, len(COLUMNS))
    table.setHorizontalHeaderLabels(list(COLUMNS))
    for column, tip in enumerate(COLUMNS.values()):
        if (item := table.horizontalHeaderItem(column)) is not None:
            item.setToolTip(tip)
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight if column > 1 else Qt.AlignmentFlag.AlignLeft)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    if (down := table.verticalHeader()) is not None:
        down.setVisible(False)
        down.setDefaultSectionSize(25)
    if (across := table.horizontalHeader()) is not None:
        across.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        across.setStretchLastSection(True)
    table.setStyleSheet("QTableWidget { font-size: 13px; }")
    return table

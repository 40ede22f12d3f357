"""The molecule with its bond lengths and angles, or the reason why there is none."""

import math

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QStackedLayout,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from onlinecei import units
from onlinecei.centroids.quality import Quality
from onlinecei.records import Reconstruction
from onlinecei_gui import theme
from onlinecei_gui.molecule.geometry import Quantity, quantities
from onlinecei_gui.molecule.painter import HALO_SIGMAS, Model, MoleculeView
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.words import formula_html, grouped, short

ROWS, ROW_PX, HEAD_PX = 9, 30, 30
"""More rows than this are reached by scrolling."""
NOT_YET = "the first reconstruction is not made yet"


class MoleculePanel(Panel):
    """The answer."""

    def __init__(self) -> None:
        super().__init__("Molecule")
        self.view, self.reason, self.summary = MoleculeView(), QLabel(), QLabel()
        self.reason.setObjectName("reason")
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setWordWrap(True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.summary.setObjectName("note")
        self.summary.setWordWrap(True)
        self.table = _table()
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.reason)
        self.body.addWidget(holder, 1)
        self.body.addWidget(self.table)
        self.body.addWidget(self.summary)

    def draw(self, moment: Moment, choice: Choice) -> None:
        found = moment.reconstruction(choice)
        self.title.setText(f"Molecule &nbsp;{formula_html(moment.setup.molecule.formula)}")
        if found is None or not found.found:
            self._explain(NOT_YET if found is None else found.reason)
        else:
            self._show(found, moment.quality(choice), moment.pulses_per_s)

    def _explain(self, reason: str) -> None:
        self.reason.setText(f"No geometry:\n{reason}")
        self._stack.setCurrentIndex(1)
        self.view.show_model(None)
        self.table.setRowCount(0)
        self.table.setFixedHeight(0)
        self.summary.setText("")
        self.note.setText("")

    def _show(self, found: Reconstruction, quality: Quality | None, pulses_per_s: float | None) -> None:
        self._stack.setCurrentIndex(0)
        self.view.show_model(Model.of(found))
        self._fill(quantities(found))
        self.note.setText(f"halo: {HALO_SIGMAS:g} standard errors")
        warning = "" if found.solutions == 1 else f" color:{theme.now.orange}"
        self.summary.setText(
            f"{grouped(found.centroids.events)} events · misfit {100 * found.misfit:.2g}\u2009% · "
            f"<span style='{warning}'>{found.solutions} solution{'s' * (found.solutions != 1)}</span> · {found.method}"
            + (f"<br>{_outlook(quality, pulses_per_s)}" if quality else "")
            + "".join(f"<br><span style='color:{theme.now.orange}'>{doubt}</span>" for doubt in found.doubts)
        )

    def _fill(self, rows: list[Quantity]) -> None:
        self.table.setRowCount(len(rows))
        for index, row in enumerate(rows):
            self.table.setItem(index, 0, QTableWidgetItem(row.name))
            value = QTableWidgetItem(row.text)
            value.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(index, 1, value)
        self.table.setFixedHeight(min(len(rows), ROWS) * ROW_PX + HEAD_PX)


def _outlook(quality: Quality, pulses_per_s: float | None) -> str:
    """Say how sure the geometry and its events are, and what it takes to be twice as sure of it."""
    pure = "" if math.isnan(quality.true_share) else f"{quality.true_share:.0%} true · "
    pulses, minutes = quality.pulses_to_halve, quality.minutes_to_halve(pulses_per_s)
    if pulses is None:
        return pure.removesuffix(" · ")
    wait = f"{short(pulses)} more pulses" if minutes is None else f"{_duration(minutes)} more at this rate"
    return f"{pure}error {quality.geometry_error_au / units.ANGSTROM:.4f}\u2009Å rms, half of it after <b>{wait}</b>"


def _duration(minutes: float) -> str:
    if minutes < 1.5:
        return "a minute"
    return f"{minutes:.0f} minutes" if minutes < 120 else f"{minutes / 60:.0f} hours"


def _table() -> QTableWidget:
    table = QTableWidget(0, 2)
    table.setHorizontalHeaderLabels(["bond, angle", "value"])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    table.setShowGrid(False)
    for header, mode in (
        (table.horizontalHeader(), QHeaderView.ResizeMode.Stretch),
        (table.verticalHeader(), QHeaderView.ResizeMode.Fixed),
    ):
        if header is not None:
            header.setSectionResizeMode(mode)
            header.setVisible(header is table.horizontalHeader())
            header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    return table

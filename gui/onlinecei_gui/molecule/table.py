"""The table of distances and angles."""

from collections.abc import Mapping, Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from onlinecei_gui.molecule.geometry import Quantity

ROW_PX, HEAD_PX = 26, 28
LEAST, MOST, SHARE = 3, 8, 0.27
"""Rows that are seen, which may be so much of the height of the panel; more are reached by scrolling."""


class QuantityTable(QTableWidget):
    """A row for each distance or angle; a click on it chooses its atoms."""

    chose = pyqtSignal(object)
    """Numbers of atoms, as a tuple."""

    def __init__(self) -> None:
        super().__init__(0, 3)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            if header is not None:
                header.setVisible(header is self.horizontalHeader())
                header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if (across := self.horizontalHeader()) is not None:
            across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        if (down := self.verticalHeader()) is not None:
            down.setDefaultSectionSize(ROW_PX)
        self.quantities: Sequence[Quantity] = ()
        self._rows = MOST
        self.cellClicked.connect(lambda row, _column: self.chose.emit(self.quantities[row].atoms))

    def show_quantities(self, found: Sequence[Quantity], reference: Mapping[tuple[int, ...], Quantity]) -> None:
        """Fill the table; the reference's values by the numbers of their atoms, empty where there is none."""
        self.quantities = found
        self.setColumnHidden(2, not reference)
        self.setRowCount(len(found))
        for row, each in enumerate(found):
            other = reference.get(each.atoms)
            for column, words in enumerate((each.name, each.text, each.beside(other) if other else "")):
                self._write(row, column, words)
        first = "momentum, angle" if found and len(found[0].atoms) == 1 else "bond, angle"
        self.setHorizontalHeaderLabels([first, "value", "reference (difference)"])
        self._fit()

    def fit_into(self, height: int) -> None:
        """Take a share of the height of the panel."""
        self._rows = min(max(int(SHARE * height) // ROW_PX, LEAST), MOST)
        self._fit()

    def _fit(self) -> None:
        rows = min(len(self.quantities), self._rows)
        self.setFixedHeight(rows * ROW_PX + HEAD_PX if rows else 0)

    def _write(self, row: int, column: int, words: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)
        item.setText(words)

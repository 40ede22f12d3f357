"""The molecule with its distances and angles, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from html import escape
from pathlib import Path

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QComboBox, QFileDialog, QLabel, QStackedLayout, QWidget

from onlinecei.arrays import F8, AnyArray
from onlinecei.errors import CEIError
from onlinecei.files.geometries import write_geometries
from onlinecei.files.provenance import origin_in_words
from onlinecei.geometry import Fit
from onlinecei.records import Reconstruction
from onlinecei_gui import theme
from onlinecei_gui.molecule import reference
from onlinecei_gui.molecule.geometry import Quantity, measurable, measure, quantities
from onlinecei_gui.molecule.model import scene_of
from onlinecei_gui.molecule.momenta import INSTEAD, seen_of
from onlinecei_gui.molecule.shown import Shown
from onlinecei_gui.molecule.summary import reference_words, summary
from onlinecei_gui.molecule.table import QuantityTable
from onlinecei_gui.molecule.view import make_view
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.menu import entry, submenu, switch
from onlinecei_gui.panels.panel import Panel
from onlinecei_gui.words import formula_html

NOT_YET = "the first reconstruction is not made yet"
TOLD_S = 2.0
"""How often times at the present rate are told anew while the geometry stays."""
MAGNIFIED: Mapping[str, float | None] = {
    "as can be seen": None, "to scale": 1.0, "5 times": 5.0, "20 times": 20.0, "100 times": 100.0, "not at all": 0.0,
}  # fmt: skip
"""How ellipsoids are drawn."""


class MoleculePanel(Panel):
    """The answer: a geometry in three dimensions, and what it says in numbers."""

    draws_sums = False

    def __init__(self) -> None:
        super().__init__("Molecule", kinds=("png", "csv", "xyz"))
        self.view, self.reason, self.summary = make_view(), QLabel(), QLabel()
        self.reason.setObjectName("reason")
        self.reason.setTextFormat(Qt.TextFormat.PlainText)
        self.reason.setWordWrap(True)
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.summary.setObjectName("note")
        self.summary.setWordWrap(True)
        self.which, self.table = QComboBox(), QuantityTable()
        self.times: float | None = None
        self.everything = self.others = False
        self.found: Reconstruction | None = None
        self.shown: Shown | None = None
        self._moment: Moment | None = None
        self._drawn: tuple[object, ...] = ()
        self._told_s = -TOLD_S
        self._lay_out()
        self._fill_own_menu()

    def draw(self, moment: Moment, choice: Choice) -> None:
        wanted = choice, self.which.currentIndex(), self.times, self.everything, self.others, id(reference.now)
        same = wanted == self._drawn and moment.has_geometries_of(self._moment)
        if same and (moment.past.pulses_per_s is None or self.clock() - self._told_s < TOLD_S):
            return
        self._drawn, self._moment, self._told_s = wanted, moment, self.clock()
        self._draw(moment, choice)

    def _draw(self, moment: Moment, choice: Choice) -> None:
        self.found = found = moment.reconstruction(choice)
        geometries = seen_of(found)
        what = INSTEAD if geometries and geometries[0].momenta else "Molecule"
        self.title.setText(f"{what} &nbsp;{formula_html(moment.setup.molecule.formula)}")
        if found is None or not geometries:
            self._explain(NOT_YET if found is None else found.reason)
            return
        self._stack.setCurrentIndex(0)
        self._offer_geometries([each.title for each in geometries])
        self.shown = shown = geometries[max(self.which.currentIndex(), 0)]
        laid, told = self._lay_reference(found, shown)
        scene = scene_of(shown, self._ghosts(geometries, shown, laid), times=self.times)
        self.view.handling.show_scene(scene)
        self._measure()
        self.table.show_quantities(*self._rows(shown, laid))
        self.note.setText(scene.sizes)
        said = summary(found, shown, moment.quality(choice), moment.past.pulses_per_s)
        self.summary.setText(f"{told}<br>{said}" if told else said)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        self.table.fit_into(self.height())

    def columns(self) -> Mapping[str, AnyArray]:
        rows = self.table.quantities
        return {
            "name": np.array([each.name for each in rows]),
            "value": np.array([each.value for each in rows]),
            "error": np.array([each.error for each in rows]),
            "unit": np.array([each.unit for each in rows]),
        } if rows else {}  # fmt: skip

    def _write_as(self, path: Path, kind: str) -> None:
        if kind != "xyz":
            super()._write_as(path, kind)
        elif self._moment is None or self.found is None or not self.found.found:
            raise CEIError(f"'{path}' is not written: there is no geometry")
        else:
            write_geometries(path, [self.found], origin_in_words(self._moment.snapshot))

    def take_reference(self, path: Path | None) -> None:
        """Compare with the geometry of a file, or with none; a file that cannot be used is told of."""
        try:
            reference.choose(reference.read_reference(path) if path else None)
        except CEIError as error:
            self.told.emit(str(error), True)  # noqa: FBT003  a signal has no keywords
        self.redraw()

    def _lay_out(self) -> None:
        self.add_to_head(self.which)
        self.which.hide()
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(self.view)
        self._stack.addWidget(self.reason)
        self.body.addWidget(holder, 1)
        self.body.addWidget(self.table)
        self.body.addWidget(self.summary)
        self.which.currentIndexChanged.connect(self.redraw)
        self.table.chose.connect(self.view.handling.choose)
        self.view.handling.chose.connect(self._measure)

    def _fill_own_menu(self) -> None:
        sizes = submenu(self.menu, "Ellipsoids")
        for words, times in MAGNIFIED.items():
            entry(sizes, words, partial(self._set, "times", times))
        switch(self.menu, "All distances", partial(self._set, "everything"), on=False)
        switch(self.menu, "Other geometries as ghosts", partial(self._set, "others"), on=False)
        entry(self.menu, "Reference geometry …", self._ask_reference)
        entry(self.menu, "No reference geometry", partial(self.take_reference, None))

    def _set(self, name: str, value: float | bool | None) -> None:  # noqa: FBT001  the slot of an action
        setattr(self, name, value)
        self.redraw()

    def _ask_reference(self) -> None:
        kinds = "Geometries (*.xyz *.extxyz);;All (*)"
        name, _ = QFileDialog.getOpenFileName(self, "Reference geometry", "", kinds)
        if name:
            self.take_reference(Path(name))

    def _explain(self, reason: str) -> None:
        self.reason.setText(f"No geometry:\n{reason}")
        self._stack.setCurrentIndex(1)
        self.shown = None
        self.view.handling.show_scene(None)
        self.table.show_quantities([], {})
        self.which.hide()
        self.summary.setText("")
        self.note.setText("")

    def _offer_geometries(self, titles: list[str]) -> None:
        """Name the geometries that there are; the one that was looked at stays if it is still there."""
        if titles != [self.which.itemText(row) for row in range(self.which.count())]:
            before = self.which.currentIndex()
            self.which.blockSignals(True)  # noqa: FBT003  Qt's own signature
            self.which.clear()
            self.which.addItems(titles)
            self.which.setCurrentIndex(before if 0 <= before < len(titles) else 0)
            self.which.blockSignals(False)  # noqa: FBT003
        self.which.setVisible(len(titles) > 1)

    def _lay_reference(self, found: Reconstruction, shown: Shown) -> tuple[Fit | None, str]:
        """Lay the reference onto a geometry; says how it lies, or why it does not."""
        if reference.now is None or shown.momenta:
            return None, ""
        try:
            laid = reference.now.on(shown.channel, shown.positions, found.centroids.delay_fs)
        except CEIError as error:
            return None, f"<span style='color:{theme.now.orange}'>{escape(str(error))}</span>"
        return laid, reference_words(reference.now.name, laid)

    def _ghosts(self, geometries: list[Shown], shown: Shown, laid: Fit | None) -> list[tuple[F8, str]]:
        tints = [colour for colour in theme.now.series if colour != theme.now.blue]
        others = [each for each in geometries if each is not shown] if self.others else []
        ghosts = [(each.positions, tints[row % len(tints)]) for row, each in enumerate(others)]
        return ghosts + ([(laid.positions, theme.now.blue)] if laid else [])

    def _rows(self, shown: Shown, laid: Fit | None) -> tuple[list[Quantity], dict[tuple[int, ...], Quantity]]:
        rows = quantities(shown, everything=self.everything)
        if laid is None:
            return rows, {}
        there = replace(shown, positions=laid.positions)
        return rows, {each.atoms: measure(there, each.atoms) for each in rows}

    def _measure(self) -> None:
        """Write what is between the chosen atoms."""
        handling = self.view.handling
        handling.words = ""
        if self.shown is not None and measurable(self.shown, handling.chosen):
            handling.words = measure(self.shown, handling.chosen).text

"""Any number of a channel against delay."""

from collections.abc import Mapping

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox

from onlinecei.arrays import AnyArray
from onlinecei_gui import theme
from onlinecei_gui.molecule.frames import Frame, frames_of
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.delay_values import KER, YIELD, Values, measured, names_of, of_geometries
from onlinecei_gui.panels.plot import PlotPanel

ONE_BIN = "The setup has one delay bin: nothing changes with delay."
NO_GEOMETRY = "No delay of this channel has a geometry."
ALWAYS = (YIELD, KER)
"""What every channel has."""


class AgainstDelayPanel(PlotPanel):
    """A distance, an angle, a yield or the kinetic energy release of the chosen channel, at every delay."""

    def __init__(self) -> None:
        super().__init__("Against delay", "delay [fs]", "")
        self.quantity = QComboBox()
        self.quantity.addItems(list(ALWAYS))
        self.quantity.currentIndexChanged.connect(self.redraw)
        self.quantity.activated.connect(self._choose)
        self._chosen = False
        self.add_to_head(self.quantity)
        blue = theme.now.blue
        self.bars = pg.ErrorBarItem(pen=pg.mkPen(blue, width=1.6))
        self.curve = self.plot.plot(pen=pg.mkPen(theme.translucent(blue, 110), width=1.5))
        self.dots = pg.ScatterPlotItem(size=9, brush=blue, pen=pg.mkPen(theme.now.card, width=1))
        pen = pg.mkPen(theme.now.orange, width=1.5, style=Qt.PenStyle.DashLine)
        words = {"color": theme.now.orange, "position": 0.9}
        self.unpumped = pg.InfiniteLine(0.0, angle=0, pen=pen, label="without pump", labelOpts=words)
        grey = theme.translucent(theme.now.grey, 50)
        self.chosen = pg.LinearRegionItem((0, 1), movable=False, brush=grey, pen=pg.mkPen(None))
        for item in (self.bars, self.dots, self.unpumped, self.chosen):
            self.plot.addItem(item, ignoreBounds=item in {self.unpumped, self.chosen})
        self.chosen.setZValue(-10)
        self.values: Values | None = None
        self._of = ""
        self._moment: Moment | None = None
        self._frames: list[Frame] = []
        self._atoms: Mapping[str, tuple[int, ...]] = {}

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, delays = moment.section(choice), moment.setup.delays.bins
        if section is None or len(delays) < 2:
            self.values = None
            self.say(ONE_BIN if section else "The setup names no channel.")
            return
        rows = [each for each in moment.snapshot.reconstructions if each.centroids.name == section.name]
        if self._of != section.name or not moment.has_geometries_of(self._moment):
            self._of, self._moment, self._frames = section.name, moment, frames_of(rows)
            self._atoms = names_of(self._frames)
        self._offer(self._atoms)
        kind = self.quantity.currentText()
        self.draws_sums = kind == YIELD
        if kind in ALWAYS:
            self.values = measured(moment, section, [each.centroids for each in rows], kind)
        else:
            self.values = of_geometries(moment, self._frames, self._atoms[kind])
        self._show(self.values, delays[choice.delay])

    def columns(self) -> Mapping[str, AnyArray]:
        if (shown := self.values) is None:
            return {}
        edges = {"delay from [fs]": shown.from_fs, "delay to [fs]": shown.to_fs}
        return {**edges, shown.label: shown.values, "error": shown.errors}

    def _offer(self, names: Mapping[str, tuple[int, ...]]) -> None:
        """Name what there is; what was looked at stays where it is still there."""
        wanted, before = [*ALWAYS, *names], self.quantity.currentText()
        if wanted != [self.quantity.itemText(row) for row in range(self.quantity.count())]:
            self.quantity.blockSignals(True)  # noqa: FBT003  Qt's own signature
            self.quantity.clear()
            self.quantity.addItems(wanted)
            self.quantity.setCurrentText(before if before in wanted and self._chosen else self._first(names))
            self.quantity.blockSignals(False)  # noqa: FBT003

    def _first(self, names: Mapping[str, tuple[int, ...]]) -> str:
        """What is looked at before somebody chooses: a geometry where there is one."""
        if self._frames and self._frames[0].shown.momenta:
            return KER
        return next(iter(names), YIELD)

    def _choose(self, _row: int) -> None:
        """Stay with what the operator chose; before that a geometry is worth more than a yield."""
        self._chosen = True

    def _show(self, values: Values, delay_fs: tuple[float, float]) -> None:
        pumped = np.isfinite(values.from_fs) & np.isfinite(values.values)
        self.say("" if pumped.any() else NO_GEOMETRY)
        middle, half = (values.from_fs + values.to_fs) / 2, (values.to_fs - values.from_fs) / 2
        x, y, errors = middle[pumped], values.values[pumped], np.nan_to_num(values.errors[pumped])
        self.bars.setData(x=x, y=y, height=2 * errors, width=2 * half[pumped])
        binned = np.isfinite(values.from_fs)
        self.curve.setData(middle[binned], values.values[binned], connect="finite")
        self.dots.setData(x, y)
        without = np.isnan(values.from_fs) & np.isfinite(values.values)
        self.unpumped.setVisible(bool(without.any()))
        if without.any():
            self.unpumped.setValue(float(values.values[without][0]))
        self.chosen.setVisible(bool(np.isfinite(delay_fs).all()))
        if np.isfinite(delay_fs).all():
            self.chosen.setRegion(delay_fs)
        self.relabel("left", values.label)
        self.note.setText(f"± 1 σ · {values.remark}" if values.remark else "± 1 σ")
        self.note.setToolTip("Bars: one standard error, and the width of the delay bin")
        if pumped.any():
            low, high = float((y - errors).min()), float((y + errors).max())
            room = 0.12 * max(high - low, 1e-3 * abs(high), 1e-9)
            ends = float(values.from_fs[pumped].min()), float(values.to_fs[pumped].max())
            self.view(ends, (low - room, high + room))

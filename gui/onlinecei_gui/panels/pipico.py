"""Photo-ion photo-ion coincidences, with the windows of the ions and the pairs of the chosen channel."""

from itertools import combinations

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt

from onlinecei.arrays import F8
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.words import ion_name


class PipicoPanel(ImagePanel):
    """Every pair of hits of a pulse, the earlier one along x."""

    def __init__(self) -> None:
        super().__init__("PIPICO", "first ion [ns]", "second ion [ns]", block="pipico", colours="inferno")
        self.gates: list[pg.PlotDataItem] = []
        self.names: list[pg.TextItem] = []
        self._of: tuple[str, int] = ("", -1)

    def draw(self, moment: Moment, choice: Choice) -> None:
        super().draw(moment, choice)
        if self._of != (moment.setup.hash, choice.channel):
            self._of = moment.setup.hash, choice.channel
            self._mark(moment, choice)
        start, stop = moment.time_view_ns
        self.view((start, stop), (start, stop))

    def _mark(self, moment: Moment, choice: Choice) -> None:
        """Outline where the pairs of the chosen channel arrive."""
        for item in (*self.gates, *self.names):
            self.plot.removeItem(item)
        self.gates, self.names = [], []
        section = moment.section(choice)
        if section is None:
            return
        windows = dict(zip((each.ion for each in moment.setup.ions), moment.layout.windows_ns, strict=True))
        pairs = {tuple(sorted(pair, key=lambda ion: float(windows[ion][0])))
                 for pair in combinations(section.channel.ions, 2)}  # fmt: skip
        for first, second in sorted(pairs, key=lambda pair: float(windows[pair[1]][0])):
            name, (start, stop) = f"{ion_name(first)}, {ion_name(second)}", moment.time_view_ns
            self._outline(
                windows[first], windows[second], name, right=float(windows[first][1]) < (start + 2 * stop) / 3
            )

    def _outline(self, x: F8, y: F8, name: str, *, right: bool) -> None:
        """Draw the outline, with its name on the side that has room."""
        pen = pg.mkPen(theme.now.green, width=1.5, style=Qt.PenStyle.DashLine)
        corners = np.array([[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]], [x[0], y[0]]])
        self.gates.append(self.plot.plot(corners, pen=pen))
        label = pg.TextItem(
            name, color=theme.now.text, anchor=(0 if right else 1, 1), fill=theme.translucent(theme.now.card, 190)
        )
        label.setFont(theme.font(12, bold=True))
        label.setPos(float(x[1] if right else x[0]), float(y[1]))
        self.plot.addItem(label, ignoreBounds=True)
        self.names.append(label)

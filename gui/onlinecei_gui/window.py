"""The dashboard's one window."""

import time
from collections.abc import Callable

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QGridLayout, QMainWindow, QVBoxLayout, QWidget

from onlinecei.centroids.recent import Recent
from onlinecei.errors import CEIError
from onlinecei_gui.drift import Drift
from onlinecei_gui.footer import Footer
from onlinecei_gui.header import Header
from onlinecei_gui.histograms import KerPanel, MomentumSumPanel
from onlinecei_gui.images import DetectorPanel, PipicoPanel
from onlinecei_gui.molecule import MoleculePanel
from onlinecei_gui.moment import Moment
from onlinecei_gui.momentum_map import MapPanel
from onlinecei_gui.panel import Panel
from onlinecei_gui.progress import Progress
from onlinecei_gui.source import SnapshotSource
from onlinecei_gui.spectrum import SpectrumPanel

PERIOD_MS = 100
"""Ten looks a second: faster than the eye needs, slow enough to leave the machine alone."""


class Dashboard(QMainWindow):
    """Shows the newest snapshot of a source; closes the source with itself."""

    def __init__(self, source: SnapshotSource, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.setWindowTitle("onlinecei")
        self._source, self._clock, self._progress, self._drift = source, clock, Progress(), Drift()
        self._recent = Recent()
        self.moment: Moment | None = None
        self.header, self.footer = Header(), Footer()
        self.spectrum, self.pipico, self.detector = SpectrumPanel(), PipicoPanel(), DetectorPanel()
        self.map, self.ker, self.sums, self.molecule = MapPanel(), KerPanel(), MomentumSumPanel(), MoleculePanel()
        self._lay_out()
        self.header.chosen.connect(self.redraw)
        self.map.plane.currentIndexChanged.connect(self.redraw)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.step)
        self._timer.start(PERIOD_MS)

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels."""
        return (self.spectrum, self.pipico, self.detector, self.map, self.ker, self.sums, self.molecule)

    def _lay_out(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        grid = QGridLayout()
        grid.setSpacing(8)
        for panel, place in (
            (self.spectrum, (0, 0, 2, 2)), (self.pipico, (0, 2, 2, 1)), (self.molecule, (0, 3, 4, 1)),
            (self.map, (2, 0, 2, 1)), (self.ker, (2, 1, 1, 1)), (self.sums, (3, 1, 1, 1)),
            (self.detector, (2, 2, 2, 1)),
        ):  # fmt: skip
            grid.addWidget(panel, *place)
        for index, share in enumerate((10, 9, 10, 12)):
            grid.setColumnStretch(index, share)
            grid.setRowStretch(index, 1)
        column.addWidget(self.header)
        column.addLayout(grid, 1)
        column.addWidget(self.footer)
        self.setCentralWidget(page)

    def step(self) -> None:
        """Look once for something new."""
        now = self._clock()
        try:
            snapshot = self._source.poll()
            if snapshot is not None:
                self.moment = Moment(snapshot)
                self._progress.arrived(self.moment, now)
                self.moment.pulses_per_s = self._progress.pulses_per_s(now)
                self._drift.arrived(self.moment)
                self._recent.arrived(snapshot.run + self.moment.setup.hash, snapshot.state.total.values, now)
                self.header.offer(self.moment)
                self.redraw()
        except CEIError as error:
            self.footer.warn(str(error))
        self.header.show_status(self._progress.status(now))
        self.header.show_rate(self._progress.hits_per_s(now))

    def redraw(self) -> None:
        """Draw the newest moment as it is chosen to be seen."""
        if self.moment is None:
            return
        choice, shown = self.header.choice, self._shown(self.moment)
        self.header.draw(self.moment, choice)
        self.footer.draw(self.moment, choice)
        if warning := self._drift.warning(self.moment):
            self.footer.warn(warning)
        for panel in self.panels:
            panel.draw(shown, choice)

    def _shown(self, moment: Moment) -> Moment:
        """Give the moment as the panels show it: with all sums, or those of the last minutes."""
        if not self.header.recent_only:
            return moment
        return moment.of_sums(self._recent.since(moment.snapshot.state.total.values, self._clock())[0])

    def closeEvent(self, event: QCloseEvent | None) -> None:
        self._timer.stop()
        self._source.close()
        super().closeEvent(event)

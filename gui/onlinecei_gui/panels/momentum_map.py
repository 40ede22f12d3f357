"""Momenta of the chosen channel in the molecular frame, with the mean of each ion."""

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QComboBox

from onlinecei.arrays import F8
from onlinecei.records import Centroids
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.image import ImagePanel
from onlinecei_gui.panels.shapes import PLANES, ellipse, plane_of
from onlinecei_gui.words import ion_name


class MapPanel(ImagePanel):
    """One of the three projections of the momentum map."""

    def __init__(self) -> None:
        super().__init__("Momentum map", "", "", block="", colours="viridis")
        self.plot.setAspectLocked(True)
        self.plane = QComboBox()
        self.plane.addItems(list(PLANES))
        self.plane.currentIndexChanged.connect(self.redraw)
        self.add_to_head(self.plane)
        self.markers = pg.ScatterPlotItem(size=10, pxMode=True)
        self.markers.setZValue(20)
        self.plot.addItem(self.markers)
        self.ellipses: list[pg.PlotDataItem] = []
        self.names: list[pg.TextItem] = []
        self._reach = 0.0

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, plane = moment.section(choice), self.plane.currentText()
        self.say("" if section else "The setup names no channel.")
        self._clear()
        if section is None:
            return
        name = f"{section.name}:momentum_map"
        edges = moment.edges(name)
        self.show_counts(moment.counts(name)[choice.delay, self.plane.currentIndex()], edges, edges)
        for side, axis in zip(("bottom", "left"), plane, strict=True):
            self.relabel(side, f"p<sub>{axis}</sub> [a.u.]")
        if self._reach != edges[-1]:
            self._reach = edges[-1]
            self.view((edges[0], edges[-1]), (edges[0], edges[-1]))
        found = moment.reconstruction(choice)
        if found is not None:
            self.note.setText(f"{self.note.text()} · ellipse 1 σ")
        if found is not None and np.all(np.isfinite(found.centroids.momentum_au)):
            self._mark(found.centroids, plane)

    def _clear(self) -> None:
        for item in (*self.ellipses, *self.names):
            self.plot.removeItem(item)
        self.ellipses, self.names = [], []
        self.markers.clear()

    def _mark(self, measured: Centroids, plane: str) -> None:
        means = measured.momentum_au[:, PLANES[plane]]
        colours = [theme.element(ion.atomic_number) for ion in measured.channel.ions]
        self.markers.setData(pos=means, brush=colours, pen=pg.mkPen("white", width=2))
        for index, (ion, colour) in enumerate(zip(measured.channel.ions, colours, strict=True)):
            ground = theme.translucent(theme.now.card, 170)
            label = pg.TextItem(ion_name(ion), color="white", anchor=(-0.25, 1.1), fill=ground)
            label.setPos(*means[index])
            label.setZValue(21)
            self.plot.addItem(label, ignoreBounds=True)
            self.names.append(label)
            spread = plane_of(measured.covariance_au2, index, plane)
            if np.all(np.isfinite(spread)):
                self._outline(ellipse(means[index], spread), colour)

    def _outline(self, points: F8, colour: QColor) -> None:
        under = self.plot.plot(points, pen=pg.mkPen("black", width=4))
        over = self.plot.plot(points, pen=pg.mkPen(colour, width=2, style=Qt.PenStyle.SolidLine))
        self.ellipses += [under, over]

"""Marks of the ions on a picture of momenta: measured means with ellipses, and what the geometry would give."""

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from onlinecei.arrays import F8
from onlinecei.records import Centroids, Reconstruction
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.key import Key
from onlinecei_gui.panels.names import Names
from onlinecei_gui.panels.shapes import ellipse
from onlinecei_gui.words import ion_name

MEAN, SUDDEN, AGAIN = "● mean, 1 σ", "× charged at once", "◇ exploded again"
"""Words of the key; `TIP` says what they mean."""
MARK_PX = 13.0
"""What names keep away from."""
BRIEF = f"{MEAN}  {SUDDEN}  {AGAIN}"
TIP = (
    "● measured mean of each ion, with an ellipse of one standard deviation of single events\n"
    "× momenta of the reconstructed geometry if all its charges had been there at once, in its own molecular frame\n"
    "◇ momenta that the geometry gives by the explosion it was reconstructed with: near the means by construction"
)


class IonMarks:
    """Draws on a plot, and only anew where something else is to be drawn."""

    def __init__(self, plot: pg.PlotWidget, *, key: bool = False) -> None:
        self._plot = plot
        self.markers = pg.ScatterPlotItem(size=10, pxMode=True)
        self.sudden = pg.ScatterPlotItem(symbol="x", size=9, pen=pg.mkPen(None), brush=theme.now.rim)
        self.again = pg.ScatterPlotItem(symbol="d", size=13, pen=pg.mkPen(theme.now.rim, width=1.2), brush=None)
        for height, item in enumerate((self.again, self.sudden, self.markers)):
            item.setZValue(20 + height)
            plot.addItem(item, ignoreBounds=True)
        self._key = Key(plot) if key else None
        self.ellipses: list[pg.PlotDataItem] = []
        self.names = Names(plot, mark_px=MARK_PX)
        self._spare_ellipses: list[pg.PlotDataItem] = []
        """Items that were drawn before, to be used again: plots keep something of each that is taken out."""
        self._moment: Moment | None = None
        self._drawn: tuple[object, ...] = ()

    def draw(self, moment: Moment, choice: Choice, axes: Sequence[int], unit: float = 1.0) -> None:
        """Draw what was reconstructed of the chosen channel and delay along two axes, momenta in a unit."""
        wanted = choice, tuple(axes), unit
        if wanted == self._drawn and moment.has_geometries_of(self._moment):
            return
        self._moment, self._drawn = moment, wanted
        self._clear()
        if (found := moment.reconstruction(choice)) is not None and unit > 0:
            self._draw(found, list(axes), unit)
        self._name_marks()

    @property
    def words(self) -> list[str]:
        """What the key says."""
        return self._key.text().splitlines() if self._key else []

    def _name_marks(self) -> None:
        marks = (self.markers, MEAN), (self.sudden, SUDDEN), (self.again, AGAIN)
        if self._key:
            self._key.say([words for item, words in marks if len(item.points())])

    def _clear(self) -> None:
        for spare in self.ellipses:
            spare.hide()
        self._spare_ellipses += self.ellipses
        self.ellipses = []
        self.names.show(np.empty((0, 4)), [])
        for item in (self.markers, self.sudden, self.again):
            item.clear()

    def _draw(self, found: Reconstruction, axes: list[int], unit: float) -> None:
        predicted = [np.empty((0, 2))]
        for item, momenta in ((self.sudden, found.sudden_au), (self.again, found.round_trip_au)):
            if found.found and momenta is not None and np.isfinite(momenta).all():
                predicted.append(momenta[:, axes] / unit)
                item.setData(pos=predicted[-1])
        if np.isfinite(found.centroids.momentum_au).all():
            self._mark(found.centroids, axes, unit, np.concatenate(predicted))

    def _mark(self, measured: Centroids, axes: list[int], unit: float, predicted: F8) -> None:
        means = measured.momentum_au[:, axes] / unit
        colours = [theme.element(ion.atomic_number) for ion in measured.channel.ions]
        self.markers.setData(pos=means, brush=colours, pen=pg.mkPen(theme.now.rim, width=1.5))
        ions = [ion_name(ion) for ion in measured.channel.ions]
        self.names.show(np.tile(means, 2), ions, np.tile(predicted, 2))
        for index, colour in enumerate(colours):
            rows = [3 * index + axis for axis in axes]
            spread = measured.covariance_au2[np.ix_(rows, rows)] / unit**2
            if np.isfinite(spread).all():
                self._outline(ellipse(means[index], spread), colour)

    def _outline(self, points: F8, colour: object) -> None:
        for pen in (pg.mkPen(theme.now.card, width=4), pg.mkPen(colour, width=2)):
            line = self._spare_ellipses.pop(0) if self._spare_ellipses else self._plot.plot()
            line.setData(points, pen=pen)
            line.show()
            self.ellipses.append(line)

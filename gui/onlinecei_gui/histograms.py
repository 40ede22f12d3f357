"""One-dimensional histograms of the chosen channel: kinetic energy release and momentum sum."""

import numpy as np
import pyqtgraph as pg

from onlinecei.centroids.momentum_sum import AXES, SumPeak, sum_peaks
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panel import PlotPanel
from onlinecei_gui.shapes import filled_end


class KerPanel(PlotPanel):
    """Kinetic energy release of the chosen channel and delay."""

    def __init__(self) -> None:
        super().__init__("Kinetic energy release", "KER [eV]", "events")
        self.curve = self.steps(theme.BLUE)
        self.mean = self.line(theme.ORANGE)
        self.gate = pg.LinearRegionItem((0, 1), movable=False, brush=theme.translucent(theme.GREEN, 28),
                                        pen=pg.mkPen(theme.GREEN))  # fmt: skip
        self.gate.setZValue(-10)
        self.plot.addItem(self.gate, ignoreBounds=True)

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        self.say("" if section else "The setup names no channel.")
        if section is None:
            return
        name = f"{section.name}:ker"
        counts, edges = moment.counts(name)[choice.delay], moment.edges(name)
        self.curve.setData(edges, counts)
        self.plot.setXRange(edges[0], filled_end(edges, counts), padding=0)
        self.plot.setYRange(0.0, max(1.15 * counts.max(), 1.0), padding=0)
        self.gate.setVisible(section.ker_ev is not None)
        if section.ker_ev is not None:
            self.gate.setRegion(section.ker_ev)
        found = moment.reconstruction(choice)
        mean = found.centroids.mean_ker_ev if found else np.nan
        self.mean.setVisible(bool(np.isfinite(mean)))
        self.note.setText("")
        if np.isfinite(mean):
            self.mean.setValue(mean)
            self.note.setText(f"<span style='color:{theme.ORANGE}; font-size:14px'><b>mean {mean:.1f} eV</b></span>")


class MomentumSumPanel(PlotPanel):
    """Sum of the ions' momenta, per component; true coincidences stand at zero."""

    def __init__(self) -> None:
        super().__init__("Momentum sum", "Σp [a.u.]", "combinations")
        self.curves = [self.steps(colour, alpha=0) for colour in theme.SERIES[:3]]
        self.gates = [self.line(theme.MUTED) for _ in range(2)]
        self._named = tuple(zip(AXES, theme.SERIES, strict=False))

    def draw(self, moment: Moment, choice: Choice) -> None:
        section = moment.section(choice)
        gate = section.momentum_sum_au if section else None
        self.note.setText("")
        if section is None or gate is None:
            self.say("No gate on the momentum sum in this channel.")
            return
        self.say("")
        name = f"{section.name}:momentum_sum"
        counts, edges = moment.counts(name), moment.edges(name)
        for curve, component in zip(self.curves, counts, strict=True):
            curve.setData(edges, component)
        for line, value in zip(self.gates, (-gate, gate), strict=True):
            line.setValue(value)
        self.plot.setXRange(edges[0], edges[-1], padding=0)
        self.plot.setYRange(0.0, max(1.15 * counts.max(), 1.0), padding=0)
        peaks = {peak.axis: peak for peak in sum_peaks(counts, edges)}
        said = " &nbsp;".join(_peak(axis, colour, peaks.get(axis)) for axis, colour in self._named)
        self.note.setText(f"<span style='font-size:13px'>{said}</span>")
        self.note.setToolTip(f"Mean ± standard deviation of each component's peak; lines: gate ± {gate:g} a.u.")


def _peak(axis: str, colour: str, peak: SumPeak | None) -> str:
    """Name a component, with mean and width of its peak; orange where it is off zero."""
    name = f"<b style='color:{colour}'>p<sub>{axis}</sub></b>"
    if peak is None:
        return name
    number = f"{peak.offset_au:+.2f} ± {peak.width_au:.1f}".replace("-", "\N{MINUS SIGN}")
    return f"{name} <span style='color:{theme.ORANGE}'><b>{number}</b></span>" if peak.drifted else f"{name} {number}"

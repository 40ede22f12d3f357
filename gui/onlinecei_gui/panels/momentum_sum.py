"""Sum of the ions' momenta."""

from onlinecei.centroids.momentum_sum import AXES, SumPeak, sum_peaks
from onlinecei_gui import theme
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.histogram import HistogramPanel


class MomentumSumPanel(HistogramPanel):
    """Sum of the ions' momenta, per component; true coincidences stand at zero."""

    def __init__(self) -> None:
        super().__init__("Momentum sum", "Σp [a.u.]", "combinations")
        self.curves = [self.steps(colour, alpha=0) for colour in theme.now.series[:3]]
        self.gates = [self.line(theme.now.muted) for _ in range(2)]
        self._named = tuple(zip(AXES, theme.now.series, strict=False))

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
        for axis, curve, component in zip(AXES, self.curves, counts, strict=True):
            self.show_steps(curve, edges, component, f"combinations in p{axis}")
        for line, value in zip(self.gates, (-gate, gate), strict=True):
            line.setValue(value)
        self.view_counts((float(edges[0]), float(edges[-1])), counts.max())
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
    return (
        f"{name} <span style='color:{theme.now.orange}'><b>{number}</b></span>" if peak.drifted else f"{name} {number}"
    )

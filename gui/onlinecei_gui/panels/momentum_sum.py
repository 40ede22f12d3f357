"""Sum of the ions' momenta."""

from onlinecei.centroids.momentum_sum import AXES, SumPeak, sum_peaks
from onlinecei_gui import theme
from onlinecei_gui.doing.change import Change
from onlinecei_gui.moment import Choice, Moment
from onlinecei_gui.panels.events import EventsPanel
from onlinecei_gui.panels.gate import Gate, Interval
from onlinecei_gui.words import channel_name, rounded

NARROWEST, NARROW, WIDE = 300, 390, 480
"""Pixels: below the second there is room for one peak, with its width above the first; above the last for all."""


class MomentumSumPanel(EventsPanel):
    """Sum of the ions' momenta, per component; true coincidences stand at zero. The gate is dragged at its rims."""

    def __init__(self) -> None:
        super().__init__("Momentum sum", "Σp [a.u.]", "counts", theme.now.series[:3], alpha=0)
        self.gate = Gate(self.plot, theme.now.grey, self._want, whole=False)
        self._named = tuple(zip(AXES, theme.now.series, strict=False))
        self._seen: tuple[Moment, Choice] | None = None

    def draw(self, moment: Moment, choice: Choice) -> None:
        section, self._seen = moment.section(choice), (moment, choice)
        gate = section.momentum_sum_au if section else None
        self.note.setText("")
        if section is None or gate is None:
            self.say("No gate on the momentum sum in this channel.")
            return
        name = f"{section.name}:momentum_sum"
        counts, edges = moment.counts(name), moment.edges(name)
        self.show_events(edges, counts, moment.false(name), tuple(f"combinations in p{axis}" for axis in AXES),
                         (float(edges[0]), float(edges[-1])))  # fmt: skip
        asked = moment.asked_section(choice)
        self.gate.show(_both(gate), _both(asked.momentum_sum_au) if asked else None)
        peaks = {peak.axis: peak for peak in sum_peaks(counts, edges)}
        self.note.setText(f"<span style='font-size:13px'>{self._peaks(peaks)}</span>")
        self.note.setToolTip(f"Mean ± standard deviation of each component's peak; shaded: gate ± {gate:g} a.u.")

    def _peaks(self, peaks: dict[str, SumPeak]) -> str:
        """Name the peaks, in as many words as there is room for: with their widths, without, or only the worst."""
        shown = self._named
        if self.width() < NARROW and peaks:
            worst = max(peaks.values(), key=lambda peak: abs(peak.offset_au) / max(peak.error_au, 1e-9)).axis
            shown = tuple((axis, colour) for axis, colour in self._named if axis == worst)
        wide = self.width() > WIDE or NARROWEST < self.width() < NARROW
        return " &nbsp;".join(_peak(axis, colour, peaks.get(axis), wide=wide) for axis, colour in shown)

    def _want(self, to: Interval) -> None:
        """Ask for a gate as wide as the rim that was dragged stands from zero."""
        section = self._seen[0].section(self._seen[1]) if self._seen else None
        if section is None or self._seen is None or section.momentum_sum_au is None:
            return
        before = section.momentum_sum_au
        gate = rounded(max((abs(rim) for rim in to), key=lambda reach: abs(reach - before)))
        words = f"momentum sum of {channel_name(section.channel, section.state)}: {before:g} to {gate:g} a.u."
        self.wanted.emit(
            Change(section=("channels", self._seen[1].channel), values={"momentum_sum_au": gate}, words=words)
        )


def _both(gate: float | None) -> Interval | None:
    return None if gate is None else (-gate, gate)


def _peak(axis: str, colour: str, peak: SumPeak | None, *, wide: bool) -> str:
    """Name a component, with the mean of its peak, its width where there is room; orange where it is off zero."""
    name = f"<b style='color:{colour}'>p<sub>{axis}</sub></b>"
    if peak is None:
        return name
    number = f"{peak.offset_au:+.2f}".replace("-", "\N{MINUS SIGN}") + (f" ± {peak.width_au:.1f}" if wide else "")
    bad = f"<span style='color:{theme.now.orange}'><b>{number}</b></span>"
    return f"{name} {bad if peak.drifted else number}"

"""Whether the calibration still holds: the peak of the momentum sum in the events that came last."""

from collections import deque
from collections.abc import Mapping, Sequence

from onlinecei.arrays import I8
from onlinecei.centroids.momentum_sum import SumPeak, sum_peaks
from onlinecei.setup import ChannelSection
from onlinecei_gui.moment import Moment
from onlinecei_gui.past import Peaks
from onlinecei_gui.words import channel_name, grouped

LOOK_S = 1.0
"""Between two looks at the peaks."""
RECENT = 1000
"""Combinations that count as recent: enough to see an offset of a fifth of the width."""
STEP = RECENT // 16
"""Combinations between the moments that are looked back to."""
MOST = 2000
"""Peaks that are kept of each channel: half an hour at the least."""


class Drift:
    """Follows the momentum sums of all channels through the versions of one source."""

    def __init__(self) -> None:
        self._before: dict[str, deque[I8]] = {}
        self._kept: dict[str, deque[Peaks]] = {}
        self._of = ("", "")
        self._looked_s = -LOOK_S
        self.warning = ""
        """The channel and component whose peak is off in what came last; empty where all stand at zero."""

    @property
    def peaks(self) -> Mapping[str, Sequence[Peaks]]:
        """Where the peaks stood, by channel, the newest last."""
        return self._kept

    def arrived(self, moment: Moment, now_s: float) -> None:
        """Take note of a new version."""
        of = (moment.snapshot.run, moment.setup.hash)
        before, self._of = self._of, of
        if of != before:
            self._before.clear()
            self._kept.clear()
        for section in _gated(moment):
            self._note(_block(section), moment.counts(_block(section)))
        if of != before or now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._look(moment, now_s)

    def _note(self, name: str, now: I8) -> None:
        before = self._before.setdefault(name, deque(maxlen=RECENT // STEP + 2))
        if before and (now < before[-1]).any():
            before.clear()  # the line began anew
        if not before or (now - before[-1])[0].sum() >= STEP:
            before.append(now)

    def _look(self, moment: Moment, now_s: float) -> None:
        """Find the peaks of what came last, keep those that are others than the last, and warn of one that is off."""
        warnings = []
        for section in _gated(moment):
            name = _block(section)
            peaks = sum_peaks(self._last(name, moment.counts(name)), moment.edges(name))
            self._keep(section.name, {peak.axis: peak for peak in peaks}, now_s)
            said = channel_name(section.channel, section.state)
            warnings += [_sentence(peak, said) for peak in peaks if peak.drifted]
        self.warning = warnings[0] if warnings else ""

    def _keep(self, name: str, peaks: dict[str, SumPeak], now_s: float) -> None:
        kept = self._kept.setdefault(name, deque(maxlen=MOST))
        if peaks and (not kept or kept[-1][1] != peaks):
            kept.append((now_s, peaks))

    def _last(self, name: str, now: I8) -> I8:
        """Counts since the newest moment that lies at least `RECENT` combinations back; all where there is none."""
        for before in reversed(self._before.get(name, ())):
            since: I8 = now - before
            if since[0].sum() >= RECENT:
                return since
        return now


def _sentence(peak: SumPeak, channel: str) -> str:
    return (
        f"Calibration has drifted: Σp{peak.axis} = {peak.offset_au:+.2f} ± {peak.error_au:.2f} a.u. in the last "
        f"{grouped(round(peak.events))} events of {channel}, expected 0"
    )


def _gated(moment: Moment) -> list[ChannelSection]:
    return [section for section in moment.setup.channels if section.momentum_sum_au is not None]


def _block(section: ChannelSection) -> str:
    return f"{section.name}:momentum_sum"

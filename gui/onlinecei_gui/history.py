"""What was counted at which time: rates against time, for as long as the window is open."""

from collections import deque

import numpy as np

from onlinecei.arrays import F8
from onlinecei_gui.moment import Moment

STEP_S = 1.0
KEPT = 3600
"""An hour, in steps of a second."""


class History:
    """Pulses, hits and events of each channel, about once a second."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, tuple[int, ...]]] = deque(maxlen=KEPT)
        self._of = ""

    def arrived(self, moment: Moment, now_s: float) -> None:
        """Take note of a version; of sums that began anew nothing before is kept."""
        sums = moment.whole
        counts = (sums.counters["pulses"], sums.counters["hits"], *sums.events_of_channels)
        if moment.setup.hash != self._of or (self._rows and counts[0] < self._rows[-1][1][0]):
            self._rows.clear()
        self._of = moment.setup.hash
        if not self._rows or now_s - self._rows[-1][0] >= STEP_S:
            self._rows.append((now_s, counts))

    def rates(self, now_s: float) -> tuple[F8, F8]:
        """Give times (T + 1,) in s before now, negative, and rates (T, 2 + C) per s of pulses, hits and events."""
        if len(self._rows) < 2:
            return np.zeros(1), np.zeros((0, 2))
        times = np.array([time for time, _ in self._rows])
        counts = np.array([row for _, row in self._rows], np.float64)
        return times - now_s, np.diff(counts, axis=0) / np.diff(times)[:, None]

"""Whether the line is running, and how fast: from the times at which snapshots arrive."""

from collections import deque

from onlinecei_gui.moment import Moment

STALE_AFTER_S = 5.0
"""A running line publishes several times a second; this long a silence is worth a walk to the rack."""
RATE_OVER_S = 3.0
"""Long enough for a steady number, short enough to see the beam go."""


class Progress:
    """Follows the versions of one source."""

    def __init__(self) -> None:
        self._arrivals: deque[tuple[float, int, int]] = deque()
        self._run = ""
        self._finished = False

    def arrived(self, moment: Moment, now_s: float) -> None:
        """Take note of a new version."""
        counters, run = moment.counters, moment.snapshot.run
        hits, pulses = counters["hits"], counters["pulses"]
        if run != self._run or (self._arrivals and hits < self._arrivals[-1][1]):
            self._arrivals.clear()
        self._run, self._finished = run, moment.snapshot.state.finished
        self._arrivals.append((now_s, hits, pulses))
        while len(self._arrivals) > 2 and now_s - self._arrivals[0][0] > RATE_OVER_S:
            self._arrivals.popleft()

    def status(self, now_s: float) -> str:
        """WAITING, RUNNING, STALE or FINISHED."""
        if self._finished:
            return "FINISHED"
        if not self._arrivals:
            return "WAITING"
        return "STALE" if now_s - self._arrivals[-1][0] > STALE_AFTER_S else "RUNNING"

    def hits_per_s(self, now_s: float) -> float | None:
        """Hits per second over the last versions; None while it cannot be known."""
        return self._per_s(now_s, 1)

    def pulses_per_s(self, now_s: float) -> float | None:
        """Pulses per second, likewise."""
        return self._per_s(now_s, 2)

    def _per_s(self, now_s: float, column: int) -> float | None:
        if len(self._arrivals) < 2 or self.status(now_s) != "RUNNING":
            return None
        first, last = self._arrivals[0], self._arrivals[-1]
        return (last[column] - first[column]) / (last[0] - first[0]) if last[0] > first[0] else None

"""How late a version is: from the arrival of a batch at ingest to the version that holds it."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from onlinecei.arrays import I8
from onlinecei.records.facts import LATENCY_BOUNDS_S
from onlinecei.stream.wire import Message

LATENCIES = 1000
"""Batches whose latency is remembered: a minute and more of ten trains a second."""


@dataclass(slots=True)
class Latency:
    """From the arrival of a batch at ingest to the version that holds it, in seconds of this machine's clock."""

    _unpublished: list[float] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES))
    _counts: I8 = field(default_factory=lambda: np.zeros(len(LATENCY_BOUNDS_S) + 1, np.int64))

    def applied(self, message: Message) -> None:
        """Note when the first train of a batch came in, where that is said."""
        arrived = message.info.get("arrived")
        if isinstance(arrived, float):
            self._unpublished.append(arrived)

    def published(self, now: float) -> None:
        """Note that all of them are in a version."""
        late = [max(now - arrived, 0.0) for arrived in self._unpublished]
        self._recent.extend(late)
        np.add.at(self._counts, np.searchsorted(LATENCY_BOUNDS_S, late), 1)
        self._unpublished.clear()

    @property
    def counts(self) -> tuple[int, ...]:
        """Batches since the start, by `LATENCY_BOUNDS_S`."""
        return tuple(self._counts.tolist())

    @property
    def percentiles(self) -> tuple[float | None, float | None]:
        """Median, and what one batch in a hundred exceeds; None where nothing is known."""
        if not self._recent:
            return None, None
        median, slow = np.percentile(np.array(self._recent), (50, 99))
        return float(median), float(slow)


def quantile(counts: Sequence[int], share: float) -> float:
    """Give the latency that a share of the batches reaches, by a straight line within a bin.

    Parameters
    ----------
    counts
        By `LATENCY_BOUNDS_S`.
    share
        Between 0 and 1.

    Returns
    -------
    float
        Seconds; infinite beyond the last bound, not a number where nothing was counted.
    """
    reached = np.cumsum(counts)
    if not reached.size or not reached[-1]:
        return math.nan
    wanted = share * reached[-1]
    bounds, reached = np.array([0.0, *LATENCY_BOUNDS_S]), np.array([0, *reached])
    upper = max(int(np.searchsorted(reached, wanted)), 1)
    if upper == bounds.size:
        return math.inf
    part = (wanted - reached[upper - 1]) / (reached[upper] - reached[upper - 1])
    return float(bounds[upper - 1] + part * (bounds[upper] - bounds[upper - 1]))

"""How late a version is: from the arrival of a batch at ingest to the version that holds it."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from onlinecei.stream.wire import Message

LATENCIES = 1000
"""Batches whose latency is remembered: a minute and more of ten trains a second."""


@dataclass(slots=True)
class Latency:
    """From the arrival of a batch at ingest to the version that holds it, in seconds of this machine's clock."""

    _unpublished: list[float] = field(default_factory=list)
    _recent: deque[float] = field(default_factory=lambda: deque(maxlen=LATENCIES))

    def applied(self, message: Message) -> None:
        """Note when the first train of a batch came in, where that is said."""
        arrived = message.info.get("arrived")
        if isinstance(arrived, float):
            self._unpublished.append(arrived)

    def published(self, now: float) -> None:
        """Note that all of them are in a version."""
        self._recent.extend(max(now - arrived, 0.0) for arrived in self._unpublished)
        self._unpublished.clear()

    @property
    def percentiles(self) -> tuple[float | None, float | None]:
        """Median, and what one batch in a hundred exceeds; None where nothing is known."""
        if not self._recent:
            return None, None
        median, slow = np.percentile(np.array(self._recent), (50, 99))
        return float(median), float(slow)

"""How fast a line is, from what it said at two moments."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from onlinecei.records import Facts

OVER_S = 3.0
"""Long enough for a steady number, short enough to see the beam go."""
SOONEST_S = 0.5
"""Below this, one batch more or less is most of what would be seen."""


@dataclass(slots=True)
class Rates:
    """Remembers the last seconds."""

    clock: Callable[[], float] = time.monotonic
    _said: deque[tuple[float, Facts]] = field(default_factory=deque)

    def hear(self, facts: Facts) -> None:
        """Take note of what the line says now."""
        now = self.clock()
        if self._said and facts.trains_received < self._said[-1][1].trains_received:
            self._said.clear()  # it began anew
        self._said.append((now, facts))
        while len(self._said) > 2 and now - self._said[1][0] > OVER_S:
            self._said.popleft()

    def per_s(self, name: str) -> float | None:
        """Give a rate, of `trains_received` for example; None while it is not known."""
        if not self._said or self._said[-1][0] - self._said[0][0] < SOONEST_S:
            return None
        (first, before), (last, now) = self._said[0], self._said[-1]
        return float(getattr(now, name) - getattr(before, name)) / (last - first)

"""A replay at a number of trains per second."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Holds a replay to a number of trains per second."""

    trains_per_second: float | None
    clock: Callable[[], float] = time.monotonic
    _started: float | None = None
    _trains: int = 0

    def due(self) -> bool:
        """Whether the next batch may go."""
        if self.trains_per_second is None:
            return True
        if self._started is None:
            self._started = self.clock()
        return self._trains <= (self.clock() - self._started) * self.trains_per_second

    def count(self, trains: int) -> None:
        """Note that trains were sent."""
        self._trains += trains

"""A share of something that must not be used up: bytes or messages a second."""

import time
from collections.abc import Callable
from dataclasses import dataclass

AHEAD_S = 0.2
"""So much of a share may be used ahead: those who come now and then never notice that there is a limit."""


@dataclass(slots=True)
class Share:
    """What may be used each second; more than that has to wait."""

    per_second: float
    clock: Callable[[], float] = time.monotonic
    _pays_until: float = -1e9
    """When what was used so far fits the share again."""

    @property
    def is_left(self) -> bool:
        """Whether more may be used now."""
        return self.clock() + AHEAD_S >= self._pays_until

    def use(self, amount: float) -> None:
        """Take note of what was used."""
        self._pays_until = max(self._pays_until, self.clock()) + amount / self.per_second

"""What the processes of a line say of themselves, for as long as it is fresh."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from onlinecei.records import Facts
from onlinecei.stream.facts import together

OLDEST_FACTS_S = 5.0
"""What a process said of itself is forgotten after this long, with the process perhaps."""


@dataclass(slots=True)
class Voices:
    """The facts of each process that spoke lately, and how long ingest has been silent."""

    clock: Callable[[], float] = time.monotonic
    _said: dict[bytes, tuple[float, Facts]] = field(default_factory=dict)
    _heard: float | None = None
    """When ingest said last how it does."""

    def hear(self, process: bytes, facts: Facts) -> None:
        """Remember what a process says in place of what it said before."""
        self._said[process] = self.clock(), facts

    def hear_ingest(self) -> None:
        """Note that ingest spoke; what it said goes into the account, and is saved."""
        self._heard = self.clock()

    def all(self, ingest: Facts, own: Facts, *, finished: bool) -> Facts:
        """Put together what ingest said last, what others said lately, and what the reducer knows.

        A line that has `finished` is not expected to speak.
        """
        now = self.clock()
        silent = 0.0 if self._heard is None or finished else now - self._heard
        if silent > OLDEST_FACTS_S:
            own = replace(own, degraded=(*own.degraded, f"ingest has not been heard of for {silent:.0f} s"))
        ingest = replace(ingest, idle_s=None if ingest.idle_s is None else ingest.idle_s + silent)
        fresh = [facts for when, facts in self._said.values() if now - when <= OLDEST_FACTS_S]
        return together([ingest, *fresh, own])

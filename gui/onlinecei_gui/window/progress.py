"""How the line does and how fast: from what it says of itself, and from the times at which its versions arrive."""

from collections import deque
from dataclasses import dataclass

from onlinecei.records import Facts, condition
from onlinecei.records.facts import STALE_AFTER_S
from onlinecei_gui.moment import Moment

RATE_OVER_S = 3.0
"""Long enough for a steady number, short enough to see the beam go."""
WAITING = "WAITING"
"""Nothing has come yet."""
FILE = "FILE"
"""A result that was written while its run went on."""
UNFINISHED = "as it was when it was written; the run was not finished then, and what is here does not grow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The one word for the line, and why."""

    word: str
    reason: str = ""


class Progress:
    """Follows the versions of one source."""

    def __init__(self) -> None:
        self._arrivals: deque[tuple[float, int, int]] = deque()
        self._moment: Moment | None = None

    def arrived(self, moment: Moment, now_s: float) -> None:
        """Take note of a new version."""
        hits, pulses, before = moment.counters["hits"], moment.counters["pulses"], self._moment
        if before is not None and (moment.snapshot.run != before.snapshot.run or hits < self._arrivals[-1][1]):
            self._arrivals.clear()
        self._moment = moment
        self._arrivals.append((now_s, hits, pulses))
        while len(self._arrivals) > 2 and now_s - self._arrivals[0][0] > RATE_OVER_S:
            self._arrivals.popleft()

    def status(self, facts: Facts | None, silent_s: float, *, is_file: bool = False) -> Status:
        """Say how the line does, by what it said last and for how long it has not been heard; a file says nothing."""
        if self._moment is None:
            return Status(word=WAITING)
        state = self._moment.snapshot.state
        if is_file and not state.finished:
            return Status(word=FILE, reason=UNFINISHED)
        facts = facts or state.facts
        word = condition(facts, finished=state.finished, silent_s=silent_s).value
        if word == "DEGRADED":
            return Status(word=word, reason="; ".join(facts.degraded))
        if word == "STALE" and silent_s > STALE_AFTER_S:
            return Status(word=word, reason=f"the line has not answered for {silent_s:.0f} s")
        if word == "STALE":
            return Status(word=word, reason=f"no train has come for {silent_s + (facts.idle_s or 0.0):.0f} s")
        return Status(word=word)

    def hits_per_s(self, now_s: float) -> float | None:
        """Hits per second over the last versions; None while it cannot be known."""
        return self._per_s(now_s, 1)

    def pulses_per_s(self, now_s: float) -> float | None:
        """Pulses per second, likewise."""
        return self._per_s(now_s, 2)

    def _per_s(self, now_s: float, column: int) -> float | None:
        finished = self._moment is not None and self._moment.snapshot.state.finished
        if len(self._arrivals) < 2 or finished or now_s - self._arrivals[-1][0] > STALE_AFTER_S:
            return None
        first, last = self._arrivals[0], self._arrivals[-1]
        return (last[column] - first[column]) / (last[0] - first[0]) if last[0] > first[0] else None

"""What changed from one moment to the next, in lines for the log."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from onlinecei.records import Facts, incomplete, left_out
from onlinecei_gui.moment import Moment
from onlinecei_gui.words import grouped

Level = Literal["good", "note", "own", "warning", "error"]
REPEAT_S = 10.0
"""A count that goes on growing is told this often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the log."""

    level: Level
    words: str


class News:
    """Compares each moment with the one before."""

    def __init__(self) -> None:
        self._before: Moment | None = None
        self._facts = Facts()
        self._told: dict[str, tuple[float, int]] = {}

    def of(self, moment: Moment | None, facts: Facts | None, now_s: float) -> list[Line]:
        """Give what is new; `facts` where the source says more of itself than the moment does."""
        if moment is None:
            return []
        before, self._before = self._before, moment
        lines = [] if moment is before else list(_first(moment) if before is None else _run(before, moment))
        past, self._facts = self._facts, facts or moment.snapshot.state.facts
        if past == self._facts and moment is before:
            return lines
        lines += _wrong(past, self._facts)
        lines += self._growth("restarts of", self._facts.restarts, now_s)
        lines += self._growth("trains", _not_whole(moment.snapshot.state.rejected, self._facts), now_s)
        lines += self._growth("bad messages at", self._facts.messages_rejected, now_s)
        if self._facts.recording != past.recording and self._facts.recording:
            lines.append(Line(level="note", words=f"recorder: {self._facts.recording}"))
        return lines

    def _growth(self, what: str, now: Mapping[str, int], now_s: float) -> Iterator[Line]:
        """Tell of counts that grew, of each not too often."""
        for name, count in now.items():
            key = f"{what} {name}"
            told_s, told = self._told.get(key, (-REPEAT_S, 0))
            if count > told and now_s - told_s >= REPEAT_S:
                self._told[key] = (now_s, count)
                more = f" (+{grouped(count - told)})" if told else ""
                yield Line(level="warning", words=f"{key}: {grouped(count)}{more}")


def _not_whole(rejected: Mapping[str, int], facts: Facts) -> dict[str, int]:
    return {**left_out(rejected, facts), **incomplete(rejected, facts)}


def _first(moment: Moment) -> Iterator[Line]:
    if moment.snapshot.run:
        yield Line(level="good", words=f"{moment.snapshot.title}: {_done(moment)}")


def _run(before: Moment, moment: Moment) -> Iterator[Line]:
    if moment.snapshot.run != before.snapshot.run:
        another = "another run: " if before.snapshot.run else ""
        yield Line(level="good", words=f"{another}{moment.snapshot.title}")
    if moment.setup.hash != before.setup.hash:
        yield Line(level="note", words=f"the analysis uses another setup from now on: {moment.setup.hash[:8]}")
    elif moment.counters["pulses"] < before.counters["pulses"]:
        yield Line(level="note", words="the sums began anew")
    if moment.snapshot.state.finished and not before.snapshot.state.finished:
        yield Line(level="good", words=f"finished: {_done(moment)}")


def _wrong(before: Facts, now: Facts) -> Iterator[Line]:
    for reason in now.degraded:
        if reason not in before.degraded:
            yield Line(level="error", words=f"degraded: {reason}")
    for reason in before.degraded:
        if reason not in now.degraded:
            yield Line(level="good", words=f"no longer: {reason}")
    for process, words in now.errors.items():
        if before.errors.get(process) != words:
            yield Line(level="error", words=f"{process}: {words}")


def _done(moment: Moment) -> str:
    return f"{grouped(moment.snapshot.state.total.train_count)} trains, {grouped(moment.counters['pulses'])} pulses"

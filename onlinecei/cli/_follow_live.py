"""A live line on the terminal, until somebody ends it; its result is written from time to time."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from rich.live import Live

from onlinecei.cli._output import words
from onlinecei.cli._stopping import ending
from onlinecei.errors import CEIError, LineError
from onlinecei.records import Condition, Snapshot, incomplete, left_out

if TYPE_CHECKING:
    from onlinecei.stream.figures import Seen
    from onlinecei.stream.line import Line
    from onlinecei.stream.rates import Rates

WRITE_EVERY_S = 60.0
"""The files of the result are a minute old at most; the sums themselves are saved every few seconds."""
SAY_EVERY_S = 10.0
"""Where there is no terminal to draw on, a line of text comes this often, and when the condition changes."""
PATIENCE_MS = 5_000
_REFRESH = 4


def follow(line: "Line", out: Path | None) -> Snapshot:
    """Show how the line does until its last version; Ctrl-C or SIGTERM end it, what came in is kept."""
    with ending(line.stop, "what came in is brought to its end and kept", "the state that was saved last is kept"):
        return _Watch(line, out).to_the_end()


class _Watch:
    """What is shown and written while a line runs."""

    def __init__(self, line: "Line", out: Path | None) -> None:
        from onlinecei.stream.rates import Rates

        self._line, self._out = line, out
        self._rates = Rates()
        self._snapshot: Snapshot | None = None
        self._written = self._said = time.monotonic()
        self._word: Condition | None = None

    def to_the_end(self) -> Snapshot:
        """Follow the line; gives its last version."""
        from onlinecei.cli._status_view import view

        if not words.is_terminal:
            return self._follow(self._say)
        with Live(console=words, auto_refresh=False, transient=True) as shown:
            return self._follow(lambda seen: shown.update(view(seen, self._rates), refresh=True))

    def _follow(self, show: "Callable[[Seen], None]") -> Snapshot:
        drawn = 0.0
        for snapshot in self._line.watched():
            self._snapshot = snapshot or self._snapshot
            now = time.monotonic()
            if now - drawn >= 1 / _REFRESH:
                drawn = now
                show(self._seen)
            self._write_now_and_then(now)
        if self._snapshot is None:
            raise LineError("the line ended without a version of its state")
        return self._snapshot

    @property
    def _seen(self) -> "Seen":
        from onlinecei.stream.figures import Seen

        reader = self._line.reader
        self._rates.hear(reader.facts)
        return Seen(snapshot=self._snapshot, facts=reader.facts, silent_s=reader.silent_s)

    def _say(self, seen: "Seen") -> None:
        now = time.monotonic()
        if seen.word is self._word and now - self._said < SAY_EVERY_S:
            return
        self._word, self._said = seen.word, now
        words.print(one_line(seen, self._rates), highlight=False, soft_wrap=True, markup=False)

    def _write_now_and_then(self, now: float) -> None:
        if self._out is None or now - self._written < WRITE_EVERY_S:
            return
        from onlinecei.cli._result import write_files

        self._written = now
        whole = _newest(self._line.endpoint)
        if whole is not None:
            try:
                write_files(self._out, whole)
            except (CEIError, OSError) as error:
                words.print(f"the result could not be written, the line goes on: {error}", highlight=False)


def one_line(seen: "Seen", rates: "Rates") -> str:
    """Say in one line how a line does."""
    facts = seen.facts
    parts = [str(seen.word), f"{facts.trains_received:,} trains"]
    rate = rates.per_s("trains_received")
    if rate is not None:
        parts.append(f"{rate:.1f} trains/s")
    if facts.latency_p50_s is not None and facts.latency_p99_s is not None:
        parts.append(f"latency p50 {1000 * facts.latency_p50_s:.0f} ms, p99 {1000 * facts.latency_p99_s:.0f} ms")
    rejected = {} if seen.snapshot is None else seen.snapshot.state.rejected
    not_whole = {**left_out(rejected, facts), **incomplete(rejected, facts)}
    parts += [f"{count:,} {reason}" for reason, count in not_whole.items()]
    if facts.recording:
        parts.append(f"recording {facts.recording}")
    return "; ".join([*parts, *facts.degraded])


def _newest(endpoint: str) -> Snapshot | None:
    """Give the newest version with all that is kept in it; None where the line does not answer soon."""
    from onlinecei.stream.reader import Reader

    reader = Reader(endpoint, events=True)
    try:
        return reader.poll(PATIENCE_MS)
    finally:
        reader.close()

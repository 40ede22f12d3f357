"""How the state of a line looks on a terminal of eighty columns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from onlinecei.records import Condition, Facts, Snapshot, incomplete, left_out

if TYPE_CHECKING:
    from onlinecei.stream.figures import Seen
    from onlinecei.stream.rates import Rates

_COLOURS = {
    Condition.LIVE: "black on green",
    Condition.REPLAY: "black on cyan",
    Condition.FINISHED: "black on white",
    Condition.STALE: "black on yellow",
    Condition.DEGRADED: "white on red",
}
_NAME_WIDTH = 12


def view(seen: "Seen", rates: "Rates") -> RenderableType:
    """Lay out what is known of a line."""
    parts = [_head(seen), Text(), _flow(seen, rates), *_reasons(seen), *_processes(seen.facts), *_wrong(seen)]
    return Group(*parts)


def plain(text: str) -> str:
    """Give a text of a line without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _head(seen: "Seen") -> RenderableType:
    head = Text(f" {seen.word} ", style=_COLOURS[seen.word] + " bold")
    if seen.snapshot is not None:
        head.append(f"  {plain(seen.snapshot.title)}", style="bold default on default")
        made_from = seen.snapshot.reconstructed_version
        geometries = f", geometries of {made_from:,}" if made_from >= 0 else ""
        head.append(f"   version {seen.snapshot.state.version:,}{geometries}", style="not bold default on default")
    head.no_wrap, head.overflow = True, "ellipsis"
    return head


def _flow(seen: "Seen", rates: "Rates") -> RenderableType:
    facts, grid, words = seen.facts, _grid(14, 12), _grid()
    counts = {"trains": facts.trains_received, "pulses": facts.pulses_received, "hits": facts.hits_received}
    for name, count in counts.items():
        rate = rates.per_s(f"{name}_received")
        note = _of_expected(seen.snapshot) if name == "trains" else ""
        grid.add_row(name, f"{count:,}", "" if rate is None else f"{_short(rate)} / s", note)
    grid.add_row("latency", f"p50 {_seconds(facts.latency_p50_s)}", f"p99 {_seconds(facts.latency_p99_s)}", "")
    words.add_row("newest train", "none yet" if facts.idle_s is None else f"{facts.idle_s + seen.silent_s:.1f} s ago")
    words.add_row("queues", Text(_listed(facts.queues) or "empty"))
    if facts.recording or facts.trains_recorded:
        words.add_row("recorded", Text(f"{facts.trains_recorded:,} trains, {plain(facts.recording)}"))
    return Group(grid, words)


def _of_expected(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return ""
    state = snapshot.state
    analysed = f"{state.total.train_count:,} analysed"
    return f"{analysed} of {state.trains_expected:,}" if state.trains_expected else analysed


def _reasons(seen: "Seen") -> list[RenderableType]:
    facts = seen.facts
    rejected = {} if seen.snapshot is None else seen.snapshot.state.rejected
    messages = {f"messages rejected by {name}": count for name, count in facts.messages_rejected.items() if count}
    lost, lacking = left_out(rejected, facts) | messages, incomplete(rejected, facts)
    if not lost and not lacking:
        return [Text("nothing is left out", style="green")]
    grid = _grid(14)
    for what, counts in (("left out", lost), ("incomplete", lacking)):
        for name, count in counts.items():
            grid.add_row(what, f"[yellow]{count:,}[/]", Text(plain(name)))
    return [grid]


def _processes(facts: Facts) -> list[RenderableType]:
    names = sorted({*facts.errors, *(name for name, count in facts.restarts.items() if count)})
    grid = _grid(14)
    for name in names:
        count = facts.restarts.get(name, 0)
        times = f"{count} restart{'' if count == 1 else 's'}"
        grid.add_row(Text(plain(name)), times, Text(plain(facts.errors.get(name, ""))))
    return [Text(), grid] if names else []


def _wrong(seen: "Seen") -> list[RenderableType]:
    lines: list[RenderableType] = [Text(plain(reason), style="red") for reason in seen.facts.degraded]
    if seen.word is Condition.STALE:
        silent = f"the line does not answer since {seen.silent_s:.0f} s"
        lines.append(Text(silent if seen.silent_s > 2 else "no trains come in", style="yellow"))
    return [Text(), *lines] if lines else []


def _grid(*widths: int) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=_NAME_WIDTH, style="dim")
    for width in widths:
        grid.add_column(min_width=width, justify="right")
    return grid


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{plain(name)} {count:,}" for name, count in counts.items())


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.1f} s"


def _short(value: float) -> str:
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= limit:
            return f"{value / (1e3 if unit == 'k' else limit):.1f} {unit}"
    return f"{value:.1f}"

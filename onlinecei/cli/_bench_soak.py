"""`onlinecei bench --soak`."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from onlinecei.cli._output import answers, words

if TYPE_CHECKING:
    from onlinecei.bench.soak import Look, Soaked

SHORTEST_MIN = 1.0
"""With less there are too few looks for a rate and for lateness."""
EASY = 0.8
"""Share of the highest rate at which lateness is judged."""
EASY_SHARE = 0.3
"""Of the time: how long the line runs at that rate, and again beside dashboards that hang."""
HANGING = 2
"""Dashboards that do."""


def print_soak(run: Path, minutes: float) -> None:
    """Let a line run as fast as it goes, then at a share of that rate, and again beside dashboards that hang.

    What became of the trains is said as a table.

    Raises
    ------
    typer.Exit
        With status 1, where something speaks against the line; it is said in a sentence for each thing.
    """
    from onlinecei.bench.machine import machine
    from onlinecei.bench.soak import soak
    from onlinecei.bench.soak_verdict import complaints

    if not minutes >= SHORTEST_MIN:
        raise typer.BadParameter(f"--soak is {minutes:g}, expected {SHORTEST_MIN:g} minutes or more")
    words.print(f"{minutes:g} min as fast as it goes", highlight=False)
    full = soak(run, 60.0 * minutes, told=_told)
    rate, seconds = EASY * full.trains_per_s, 60.0 * EASY_SHARE * minutes
    words.print(f"{EASY_SHARE * minutes:g} min at {EASY:.0%} of that", highlight=False)
    easy = soak(run, seconds, rate, told=_told)
    words.print(f"{EASY_SHARE * minutes:g} min so beside {HANGING} dashboards that hang", highlight=False)
    beside = soak(run, seconds, rate, stopped=HANGING, told=_told)
    heads = ("", "as fast as it goes", f"at {EASY:.0%} of that", f"so beside {HANGING} dashboards that hang")
    table = Table(*heads, title=f"{run.name}, one worker; {machine()}")
    for name, *cells in _rows(full, easy, beside):
        table.add_row(name, *cells)
    answers.print(table)
    if wrong := complaints(full, easy, beside, EASY):
        for sentence in wrong:
            words.print(sentence, style="red", highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _told(look: "Look") -> None:
    words.print(
        f"{look.at_s:6.0f} s  {look.trains:,} trains, {look.resident_bytes / 1e6:,.0f} MB, "
        f"p99 {1000 * look.latency_p99_s:.0f} ms",
        highlight=False,
    )


def _rows(*soaked: "Soaked") -> list[tuple[str, ...]]:
    sizes = [tuple(f"{size / 1e6:,.0f}" for size in each.resident_bytes) for each in soaked]
    late = [tuple(f"{1000 * each_s:.0f}" for each_s in each.latency_s) for each in soaked]
    return [
        ("trains/s", *(f"{each.trains_per_s:,.0f}" for each in soaked)),
        ("hits/s", *(f"{each.hits_per_s:,.0f}" for each in soaked)),
        ("trains that came in", *(f"{each.received:,}" for each in soaked)),
        ("analysed", *(f"{each.analysed:,}" for each in soaked)),
        ("dropped or set aside", *(f"{sum(each.left_out.values()):,}" for each in soaked)),
        ("not given by the server", *(f"{each.missing:,}" for each in soaked)),
        ("lost", *(f"{each.lost:,}" for each in soaked)),
        ("restarts", *(f"{each.restarts}" for each in soaked)),
        ("memory, MB", *(" to ".join(pair) for pair in sizes)),
        ("its slope, MB/h", *(f"{each.growth_bytes_per_h / 1e6:+,.0f}" for each in soaked)),
        ("lateness of all batches, p50 / p99, ms", *(" / ".join(pair) for pair in late)),
        ("worst p99 of a thousand batches, ms", *(f"{1000 * each.worst_latency_s:.0f}" for each in soaked)),
    ]

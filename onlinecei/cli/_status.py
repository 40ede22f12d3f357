"""`onlinecei status`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.live import Live

from onlinecei.cli._options import KeysOption
from onlinecei.cli._output import answers, words
from onlinecei.errors import LineError
from onlinecei.stream.addresses import DOOR

if TYPE_CHECKING:
    from onlinecei.stream.figures import Seen
    from onlinecei.stream.rates import Rates
    from onlinecei.stream.reader import Reader

EXAMPLES = """Examples:

onlinecei status --watch

onlinecei status --connect tcp://daq1.example.org:45450 --keys ~/keys || page-the-expert

Exit status: 0 where the line is LIVE, REPLAY or FINISHED; 1 where it is STALE or DEGRADED, or does not answer."""
_LOOK_S = 1.2
"""A question that is put again after a second is answered in this time, and a rate is known."""


def status(
    *,
    connect: Annotated[str, typer.Option(help="Endpoint of a running line.")] = DOOR,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C.")] = False,
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for the first answer.")] = 5.0,
    keys: KeysOption = None,
) -> None:
    """Say how a running line does: LIVE, REPLAY, STALE or DEGRADED, and why."""
    from onlinecei.cli._status_view import view
    from onlinecei.stream.rates import Rates
    from onlinecei.stream.reader import Reader

    reader, rates = Reader(connect, keys=keys, rest_s=0.5), Rates()
    try:
        seen = _first(reader, rates, connect, patience)
        if watch:
            seen = _watch(reader, rates, seen)
        else:
            seen = _look(reader, rates, seen, _LOOK_S)
            answers.print(view(seen, rates))
    finally:
        reader.close()
    raise typer.Exit(0 if seen.word.is_good else 1)


def _first(reader: "Reader", rates: "Rates", endpoint: str, patience_s: float) -> "Seen":
    from onlinecei.stream.figures import Seen

    began = time.monotonic()
    while time.monotonic() - began < patience_s:
        if snapshot := reader.poll(100):
            rates.hear(reader.facts)
            return Seen(snapshot=snapshot, facts=reader.facts, silent_s=0.0)
    said = f"no line answers at {endpoint} within {patience_s:g} s"
    raise LineError(f"{said}; where it needs keys, it has to know yours: `onlinecei keys list` on both sides")


def _look(reader: "Reader", rates: "Rates", seen: "Seen", seconds: float) -> "Seen":
    """Listen for a while."""
    from onlinecei.stream.figures import Seen

    began = time.monotonic()
    while time.monotonic() - began < seconds:
        before = reader.heard
        snapshot = reader.poll(100) or seen.snapshot
        if reader.heard > before:
            rates.hear(reader.facts)
        seen = Seen(snapshot=snapshot, facts=reader.facts, silent_s=reader.silent_s)
    return seen


def _watch(reader: "Reader", rates: "Rates", seen: "Seen") -> "Seen":
    from onlinecei.cli._status_view import view

    try:
        with Live(view(seen, rates), console=answers, refresh_per_second=4) as live:
            while True:
                seen = _look(reader, rates, seen, 0.5)
                live.update(view(seen, rates))
    except KeyboardInterrupt:
        words.print("the line goes on")
    return seen

"""Where commands write to: consoles, directories, and the table of a geometry."""

import math
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.records import UNPUMPED, Centroids, Reconstruction


class _Stderr:
    """Standard error of the moment; what it does not take is lost.

    A log on a full disk, or a terminal that is gone, does not end a line.
    """

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._now.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._now.flush()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a stream has
        return getattr(self._now, name)

    @property
    def _now(self) -> TextIO:
        stream: TextIO = getattr(sys.stderr, "rich_proxied_file", sys.stderr)  # rich puts itself before it
        return stream


words = Console(file=cast("TextIO", _Stderr()))
"""Progress and errors."""
answers = Console()
"""Results."""


def make_directory(path: Path) -> None:
    """Make a directory and those above it, unless it is there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CEIError(f"directory '{path}' cannot be made: {error}") from error


def report_one(each: Reconstruction) -> None:
    """Say what was found for a channel and delay: a geometry in angstrom, or why there is none."""
    measured = each.centroids
    delay = _delay(*measured.delay_fs)
    ker = f", KER {measured.mean_ker_ev:.2f} eV" if measured.events else ""
    head = f"[bold]{escape(measured.name)}[/]{delay}: {measured.events:,} events{_true_share(measured)}{ker}"
    if not each.found:
        answers.print(f"{head}; no geometry: {each.reason}", highlight=False)
        return
    answers.print(f"{head}, misfit {each.misfit:.2%}, solutions found: {each.solutions}", highlight=False)
    names = [ion.name for ion in measured.channel.ions]
    answers.print(_geometry(names, each.positions_au, each.uncertainty_au))
    _print_doubts(each.doubts)
    if average := each.per_event:
        answers.print(
            f"  mean of {average.events:,} single events, {average.left_out:,} left out; ± is the error of the mean, "
            "'spread' the rms width of the ensemble",
            highlight=False,
        )
        spread = np.sqrt(np.mean(average.spread_au**2, axis=1))
        answers.print(_geometry(names, average.positions_au, average.error_au, spread))
        _print_doubts(average.doubts)
    if joint := each.joint:
        answers.print(f"  [bold]{escape(joint.name)}[/] together, misfit {joint.total_misfit:.2%}", highlight=False)
        symbols = [ion.symbol for ion in measured.channel.ions]
        answers.print(_geometry(symbols, joint.positions_au, joint.uncertainty_au))
        _print_doubts(joint.doubts)


def _true_share(measured: Centroids) -> str:
    """Say how many of the events are no false coincidences, where that is known."""
    if not measured.events or math.isnan(measured.false_events):
        return ""
    return f", true share {measured.true_events / measured.events:.1%} ± {measured.false_error / measured.events:.1%}"


def _delay(low: float, high: float) -> str:
    if math.isnan(low):
        return f", {UNPUMPED}"
    return "" if math.isinf(low) else f", {low:g} to {high:g} fs"


def _print_doubts(doubts: tuple[str, ...]) -> None:
    for doubt in doubts:
        answers.print(f"  [yellow]doubtful:[/] {doubt}", highlight=False)


def _geometry(names: list[str], positions: F8, errors: F8, spread: F8 | None = None) -> Table:
    more = [] if spread is None else ["spread"]
    table = Table("ion", "x [Å]", "y [Å]", "z [Å]", "± x", "± y", "± z", *more, box=None, pad_edge=True)
    for row, name in enumerate(names):
        values = [*positions[row], *errors[row], *([] if spread is None else [spread[row]])]
        table.add_row(name, *(f"{value / units.ANGSTROM:.4f}" for value in values))
    return table

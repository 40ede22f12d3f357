"""Where commands write to: consoles, directories, and the table of a geometry."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.records import Reconstruction

words = Console(stderr=True)
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
    low, high = measured.delay_fs
    delay = "" if low == -float("inf") else f", {low:g} to {high:g} fs"
    ker = f", KER {measured.mean_ker_ev:.2f} eV" if measured.events else ""
    head = f"[bold]{measured.channel}[/]{delay}: {measured.events:,} events{ker}"
    if not each.found:
        answers.print(f"{head}; no geometry: {each.reason}", highlight=False)
        return
    answers.print(f"{head}, misfit {each.misfit:.2%}, solutions found: {each.solutions}", highlight=False)
    answers.print(_geometry(each))
    for doubt in each.doubts:
        answers.print(f"  [yellow]doubtful:[/] {doubt}", highlight=False)


def _geometry(each: Reconstruction) -> Table:
    table = Table("ion", "x [Å]", "y [Å]", "z [Å]", "± x", "± y", "± z", box=None, pad_edge=True)
    for ion, place, error in zip(each.centroids.channel.ions, each.positions_au, each.uncertainty_au, strict=True):
        table.add_row(ion.name, *(f"{value / units.ANGSTROM:.4f}" for value in (*place, *error)))
    return table

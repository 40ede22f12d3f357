"""`onlinecei doctor`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from onlinecei.cli._output import answers

EXAMPLES = """Examples:

onlinecei doctor

onlinecei doctor --setup beamtime.toml"""


def doctor(
    *,
    setup: Annotated[Path | None, typer.Option(help="In place of the machine: the memory that a setup takes.")] = None,
) -> None:
    """Say what this machine has and lacks, or how much memory a setup takes."""
    from onlinecei.doctor import findings

    if setup is not None:
        _memory(setup)
        return
    table = Table("what", "found", "")
    for finding in findings():
        table.add_row(
            finding.name,
            escape(finding.found),
            "[green]good[/]" if finding.good else f"[yellow]{escape(finding.advice)}[/]",
        )
    answers.print(table)


def _memory(path: Path) -> None:
    from onlinecei.centroids.memory import SHARES, pieces
    from onlinecei.setup import Setup

    rows = pieces(Setup.from_file(path))
    total = sum(each.bytes for each in rows)
    table = Table("sums", "bins", box=None, title=f"memory of {escape(path.name)}, 8 bytes a bin", title_justify="left")
    table.add_column("MB", justify="right")
    for each in rows:
        table.add_row(escape(each.name), each.shape, f"{each.bytes / 1e6:.2f}")
    table.add_row("[bold]one set of sums[/]", "", f"[bold]{total / 1e6:.2f}[/]")
    for process, sets, which in SHARES:
        table.add_row(process, f"{sets}: {which}", f"{sets * total / 1e6:.2f}")
    answers.print(table, highlight=False)

"""`onlinecei doctor`."""

from rich.markup import escape
from rich.table import Table

from onlinecei.cli._output import answers

EXAMPLES = "Example: onlinecei doctor"


def doctor() -> None:
    """Say what this machine has and lacks."""
    from onlinecei.doctor import findings

    table = Table("what", "found", "")
    for finding in findings():
        table.add_row(
            finding.name,
            escape(finding.found),
            "[green]good[/]" if finding.good else f"[yellow]{escape(finding.advice)}[/]",
        )
    answers.print(table)

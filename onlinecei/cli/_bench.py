"""`onlinecei bench`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from onlinecei.cli._output import answers

EXAMPLES = "Example: onlinecei bench --run replay_data/water.h5"


def bench(
    *,
    run: Annotated[Path, typer.Option(help="Run file to analyse.")] = Path("replay_data/water.h5"),
    repeats: Annotated[int, typer.Option(min=1, max=100, help="Repetitions; the median is given.")] = 5,
    physics: Annotated[
        bool, typer.Option("--physics", help="In place of speeds: the Monte Carlo model beside measured values.")
    ] = False,
) -> None:
    """Measure speeds beside peers, in one run on one core, or compare the Monte Carlo model with measurements."""
    from onlinecei.bench import bench_stage, machine

    if physics:
        _bench_physics()
        return
    table = Table("what", "value", "unit", "note", title=machine())
    for row in bench_stage(run, repeats):
        table.add_row(row.name, f"{row.value:,.3g}" if row.value < 1e3 else f"{row.value:,.0f}", row.unit, row.note)
    answers.print(table)


def _bench_physics() -> None:
    from onlinecei.bench import atom_rows, compare_rules, machine
    from onlinecei.explosion.montecarlo.rules import RULES

    rules = Table("what", *RULES, "beside", title=machine())
    for line in compare_rules():
        rules.add_row(line.name, *(str(value) if value else "-" for value in line.values), line.beside)
    atoms = Table("single atom", "model", "beside")
    for name, value, beside in atom_rows():
        atoms.add_row(name, str(value), beside)
    answers.print(rules, atoms)

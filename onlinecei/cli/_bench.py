"""`onlinecei bench`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from onlinecei.cli._bench_gui import bench_dashboard
from onlinecei.cli._bench_line import print_line, print_profile
from onlinecei.cli._bench_soak import print_soak
from onlinecei.cli._options import found_run
from onlinecei.cli._output import answers

if TYPE_CHECKING:
    from onlinecei.bench import Row
    from onlinecei.bench.sorting import Score

EXAMPLES = "Example: onlinecei bench --line"


def bench(
    *,
    run: Annotated[Path, typer.Option(callback=found_run, help="Run file to analyse.")] = Path("water"),
    repeats: Annotated[int, typer.Option(min=1, max=100, help="Repetitions; the best is given.")] = 5,
    physics: Annotated[
        bool, typer.Option("--physics", help="In place of speeds: the Monte Carlo model beside measured values.")
    ] = False,
    detector: Annotated[
        bool, typer.Option("--detector", help="In place of speeds: the delay-line sorter beside a plain one.")
    ] = False,
    sites: Annotated[
        bool, typer.Option("--sites", help="In place of speeds: mean momenta from partial events beside the true ones.")
    ] = False,
    line: Annotated[
        bool, typer.Option("--line", help="Only the line of water and ethanol, with PyCorrCPI and several workers.")
    ] = False,
    profile: Annotated[
        bool, typer.Option("--profile", help="In place of speeds: where the time of a worker goes.")
    ] = False,
    gui: Annotated[
        bool, typer.Option("--gui", help="In place of speeds: what the dashboard takes of a core, beside pyqtgraph.")
    ] = False,
    soak: Annotated[
        float | None,
        typer.Option(metavar="MINUTES", help="In place of speeds: a line under load, at 80 %, beside hung dashboards."),
    ] = None,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Also measure the network compiled: some minutes more.")
    ] = False,
) -> None:
    """Measure speeds on one core beside peers, or the Monte Carlo model or the sorter beside what is known."""
    from onlinecei.bench import bench_stage, machine, network_rows

    other: list[tuple[bool, Callable[[], None]]] = [
        (gui, lambda: bench_dashboard(run)),
        (physics, _bench_physics),
        (detector, _bench_detector),
        (sites, _bench_sites),
        (soak is not None, lambda: print_soak(run, soak or 0.0)),
        (profile, lambda: print_profile(run.parent, repeats)),
    ]
    if wanted := [measure for asked, measure in other if asked]:
        wanted[0]()
        return
    if not line:
        answers.print(_table(machine(), bench_stage(run, repeats)))
    print_line(run.parent, repeats)
    if line:
        return
    networks = network_rows(repeats, compiled=compiled)
    answers.print(_table("networks: processor time of one core for each geometry", networks))


def _table(title: str, rows: "Iterable[Row]") -> Table:
    table = Table("what", "value", "unit", "note", title=title)
    for row in rows:
        table.add_row(row.name, f"{row.value:,.3g}" if row.value < 1e3 else f"{row.value:,.0f}", row.unit, row.note)
    return table


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


def _bench_detector() -> None:
    from onlinecei.bench import machine, sorting_rows

    title = f"{machine()}, one thread\nspeeds in millions of hits a second; plain: a time-sum sorter"
    table = Table("hits in a pulse", box=None, title=title)
    heads = ("recover-\nable", "\nfound", "\nghosts", "\nspeed", "cut\nshort", "plain:\nfound", "\nghosts", "\nspeed")
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    for row in sorting_rows():
        own = (f"{row.recoverable:.1%}", *_score(row.sorter, row.hits_per_second), f"{row.cut_short:.1%}")
        table.add_row(row.case, *own, *_score(row.plain, row.plain_per_second))
    answers.print(table)


def _bench_sites() -> None:
    from onlinecei.bench import CASES, machine, site_errors

    table = Table(
        "molecule", "channels", "molecules\na pulse", "events", "worst error", "errors, a.u.", title=machine()
    )
    for case in CASES:
        found = site_errors(case)
        errors = " ".join(f"{error:.2f}" for error in found.error_au)
        channels = " ".join((*case.channels, "and complete")) if case.complete else " ".join(case.channels)
        row = (f"{case.molecules_per_pulse:g}", f"{found.events:,}", f"{found.worst:.1%}", errors)
        table.add_row(case.molecule, channels, *row)
    answers.print(table)


def _score(score: "Score", hits_per_second: float) -> tuple[str, str, str]:
    return f"{score.found:.1%}", f"{score.ghosts:.1%}", f"{hits_per_second / 1e6:.2f}"

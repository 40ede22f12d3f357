"""`onlinecei dataset`."""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from onlinecei.cli._output import answers, make_directory, words
from onlinecei.cli._stopping import asked_to_stop

EXAMPLES = """Examples:

onlinecei dataset --stage 2 --out stage2.h5

onlinecei dataset --stage 2 --out stage2.h5 --geometries 12 --workers 64 --hours 8

onlinecei dataset --stage 2 --out stage2.h5 --scheduler tcp://head:8786

onlinecei dataset --stage 2 --out mine.h5 --molecules mine.xyz

onlinecei dataset --stage 1 --out stage1.h5 --entries 1000000"""
_OWN_OPTIONS = {1: ("entries", "random_tau"), 2: ("geometries", "trajectories", "minimum", "most", "molecules")}
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def dataset(
    context: typer.Context,
    *,
    stage: Annotated[
        int, typer.Option(min=1, max=2, metavar="N", help="1: classical, random molecules; 2: Monte Carlo, real.")
    ],
    out: Annotated[Path, typer.Option(help="File to make, or to continue.", show_default=False)],
    geometries: Annotated[int, typer.Option(min=1, metavar="N", help="Of each molecule (stage 2).")] = 6,
    trajectories: Annotated[int, typer.Option(min=1, metavar="N", help="Of each geometry (stage 2).")] = 20_000,
    minimum: Annotated[int, typer.Option(min=2, metavar="N", help="Trajectories that make an entry (stage 2).")] = 100,
    most: Annotated[int, typer.Option(min=1, metavar="N", help="Entries of a geometry at most (stage 2).")] = 12,
    entries: Annotated[int, typer.Option(min=1, metavar="N", help="Molecules (stage 1), in whole batches.")] = 100_000,
    molecules: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Your own, as extended XYZ (stage 2); omitted: those of the program."),
    ] = None,
    random_tau: Annotated[bool, typer.Option("--random-tau", help="Charge-up times by element (stage 1).")] = False,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="The same seed gives the same data.")] = 1,
    workers: Annotated[
        int | None,
        typer.Option(min=1, max=1024, metavar="N", help="Threads; omitted: one for each core.", show_default=False),
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Workers of Dask: an address, 'local' or 'slurm'.")] = None,
    hours: Annotated[float, typer.Option(min=0, metavar="H", help="Stop after so long.")] = float("inf"),
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Stop after so many geometries or batches.")
    ] = None,
) -> None:
    """Make training data of the networks by simulation; the same command continues what was stopped."""
    from onlinecei.molexa import data
    from onlinecei.molexa.own_molecules import digest, read_molecules

    _refuse_options_of_the_other(context, stage)
    source: data.Stage1 | data.Stage2
    chosen = None if molecules is None else read_molecules(molecules)
    if stage == 2:
        source = data.Stage2(seed=seed, trajectories=trajectories, minimum=minimum, most=most)
        tasks: Sequence[data.Task] = data.plan(source, geometries, chosen)
    else:
        source = data.Stage1(seed=seed, random_tau=random_tau)
        tasks = source.tasks(entries)
    make_directory(out.parent)
    with asked_to_stop(hours) as stop, Progress(*_COLUMNS, console=words) as progress:
        left = data.build(
            tasks,
            out,
            stage=stage,
            settings=source.settings | ({} if chosen is None else {"molecules": digest(chosen)}),
            chosen=chosen,
            workers=workers or os.cpu_count() or 1,
            scheduler=scheduler,
            limit=limit,
            progress=_rated(progress, "geometries" if stage == 2 else "batches"),
            stop=stop,
        )
    if left:
        words.print(f"{left:,} of {len(tasks):,} are still to be made: the same command continues")
    _report(out, data.summary(out))


def _refuse_options_of_the_other(context: typer.Context, stage: int) -> None:
    for name in _OWN_OPTIONS[3 - stage]:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            option = f"--{name.replace('_', '-')}"
            raise typer.BadParameter(f"{option} belongs to stage {3 - stage}; this is stage {stage}")


def _rated(progress: Progress, what: str) -> Callable[[int, int], None]:
    """Show the count and, of what was made since the start, the rate."""
    task = progress.add_task(what, total=None)
    start, first = time.monotonic(), -1

    def show(done: int, total: int) -> None:
        nonlocal first
        if first < 0:
            first = done
            progress.reset(task, total=total, completed=done)
            return
        rate = 3600 * (done - first) / (time.monotonic() - start)
        progress.update(task, completed=done, description=f"{what}, {rate:,.0f} an hour")

    return show


def _report(path: Path, rows: Sequence[tuple[str, int, int, int]]) -> None:
    title = f"simulated: {path}, {path.stat().st_size:,} bytes"
    table = Table("split", "molecules", "geometries", "entries", title=title)
    for split, *numbers in rows:
        table.add_row(split, *(f"{number:,}" for number in numbers))
    answers.print(table)

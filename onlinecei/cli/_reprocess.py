"""`onlinecei reprocess`."""

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from onlinecei.cli._options import RunsArgument
from onlinecei.cli._output import answers, make_directory, words
from onlinecei.cli._per_event import PerEventOption, by_events
from onlinecei.cli._result import in_short, report, write_files
from onlinecei.cli._stopping import asked_to_stop
from onlinecei.cli._trains import look_into
from onlinecei.errors import CEIError

if TYPE_CHECKING:
    from distributed import Client

    from onlinecei.records import Snapshot
    from onlinecei.reprocess import Plan, Progress

EXAMPLES = """Examples:

onlinecei reprocess run1.h5 run2.h5 run3.h5 --out results

onlinecei reprocess p001234/proc/r00* --setup remi.toml --scheduler slurm --workers 40 --together

onlinecei reprocess water ethanol --scheduler tls://head:8786 --per-event"""
TOGETHER = "together"
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def reprocess(
    runs: RunsArgument,
    *,
    scheduler: Annotated[
        str, typer.Option(help="Address of a Dask scheduler; 'local': this machine; 'slurm': jobs.")
    ] = "local",
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=10_000, help="To start here or as jobs; omitted: one for each core of this machine.",
            show_default=False,
        ),
    ] = None,
    setup: Annotated[
        Path | None, typer.Option(help="Setup file (TOML) for all runs; omitted: the one stored in each.")
    ] = None,
    per_event: PerEventOption = False,
    together: Annotated[
        bool, typer.Option("--together", help="Also merge all runs: one more result, in DIR/together.")
    ] = False,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Each run gets a directory in it, with the files that replay writes.")
    ] = Path("out"),
    piece: Annotated[
        int | None,
        typer.Option(min=1, metavar="TRAINS", help="In a piece; omitted: some seconds of work.", show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Analyse many recorded runs on Dask: a result for each, bit for bit that of replay.

    Runs are cut by trains. Workers read their pieces themselves, so runs lie where all machines see them. A worker that
    is lost costs time only. Ctrl-C: the runs that were begun are finished.
    """
    from onlinecei.reprocess import reprocess as outcomes

    plans = _plans(runs, setup, piece, per_event=per_event)
    missing = _places(plans, out, together=together)
    make_directory(out)
    with asked_to_stop(math.inf) as stop, _workers(plans, scheduler, workers, stop) as client, _bar(plans) as show:
        for outcome in outcomes(client, plans, together=together, progress=show, stop=stop):
            if outcome.snapshot is None:
                words.print(f"[bold red]no result:[/] {escape(f'{outcome.name}: {outcome.reason}')}", soft_wrap=True)
            else:
                _keep(missing.pop(outcome.plan), outcome.snapshot, outcome.plan)
                if len(plans) == 1:
                    report(outcome.snapshot)
    if missing:
        names = ", ".join(place.name for place in missing.values())
        raise CEIError(f"{len(missing)} of the results were not made: {names}")


def _keep(place: Path, snapshot: "Snapshot", plan: "Plan | None") -> None:
    """Write a result as soon as it is there."""
    make_directory(place)
    write_files(place, snapshot, None if plan is None else plan.path)
    answers.print(f"{in_short(snapshot)}: {place}", highlight=False, markup=False, soft_wrap=True)


def _plans(runs: Sequence[Path], setup: Path | None, piece: int | None, *, per_event: bool) -> "list[Plan]":
    """Look into all runs before any work is begun."""
    from onlinecei.reprocess import plan

    texts = [look_into(run, setup)[0] for run in runs]
    return [plan(run, by_events(text) if per_event else text, piece) for run, text in zip(runs, texts, strict=True)]


def _places(plans: "Sequence[Plan]", out: Path, *, together: bool) -> "dict[Plan | None, Path]":
    """Give each result a directory of its own."""
    from onlinecei.reprocess import check_together

    places: dict[Plan | None, Path] = {None: out / TOGETHER} if together else {}
    for plan in plans:
        place = out / Path(plan.name).stem
        if place in places.values():
            raise CEIError(
                f"'{place}' would hold the results of '{plan.path}' and of another run: give it another --out"
            )
        places[plan] = place
    if together:
        check_together(plans)
    return places


@contextmanager
def _workers(
    plans: "Sequence[Plan]", scheduler: str, workers: int | None, stop: Callable[[], bool]
) -> "Iterator[Client]":
    """Find or start a cluster."""
    from onlinecei.analysis import compile_stages
    from onlinecei.cluster import LOCAL, connected, get_ready

    pieces = sum(len(plan.pieces) for plan in plans)
    if scheduler == LOCAL:
        words.print("starting workers (the first time on a machine the stages are compiled, about a minute)")
        compile_stages(plans[0].setup)  # once, not by every worker
    with connected(scheduler, min(workers or os.cpu_count() or 1, pieces)) as client:
        address = client.scheduler_info()["address"]
        words.print(f"runs: {len(plans)}, pieces: {pieces:,}, scheduler: {address}", highlight=False)
        get_ready(client, scheduler, stop)
        yield client


@contextmanager
def _bar(plans: "Sequence[Plan]") -> "Iterator[Callable[[Progress], None]]":
    """Show how many pieces are done."""
    with Bar(*_COLUMNS, console=words) as bar:
        task = bar.add_task("pieces", total=sum(len(plan.pieces) for plan in plans))

        def show(progress: "Progress") -> None:
            bar.update(task, completed=progress.pieces_done, description=f"pieces, {progress.workers} at a time")

        yield show

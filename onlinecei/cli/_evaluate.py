"""`onlinecei evaluate`."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table as Shown

from onlinecei.cli._output import answers, make_directory, words
from onlinecei.errors import CEIError

if TYPE_CHECKING:
    from onlinecei.molexa import evaluation
    from onlinecei.molexa.network import Network
    from onlinecei.molexa.refine import Forward

EXAMPLES = """Examples:

onlinecei evaluate

onlinecei evaluate --quick --split test

onlinecei evaluate --model run/weights.safetensors --model onlinecei --out mine.md"""
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
_QUICK, _QUICK_SLOW, _SLOW = 60, 6, 24
_FORMS = (".md", ".json")


def evaluate(
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(help="Name or weights file; the first in every way. Omitted: all shipped.", show_default=False),
    ] = None,
    split: Annotated[
        list[str] | None,
        typer.Option(help="test, test-8-9, large or validation. Omitted: the first three.", show_default=False),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Entries of a set at most.", show_default=False)
    ] = None,
    slow: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Entries of a set to invert; omitted: 24.", show_default=False),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look: 60 entries of each set.")] = False,
    refine: Annotated[bool, typer.Option("--refine/--no-refine", help="Refinement as well.")] = True,
    ablation: Annotated[
        list[str] | None, typer.Option(metavar="NAME=FILE", help="Weights to put beside as NAME.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Page (.md) or numbers (.json) to write.", show_default=False)
    ] = None,
) -> None:
    """Print the errors of the networks on simulated explosions that they were not trained on, beside the paper's."""
    from onlinecei.bench import machine
    from onlinecei.molexa import evaluation
    from onlinecei.molexa.data import SHIPPED, open_dataset

    if out is not None and out.suffix not in _FORMS:
        raise typer.BadParameter(f"--out is '{out}', expected a name that ends in {' or '.join(_FORMS)}")
    if unknown := set(split or ()) - set(evaluation.SETS):
        raise typer.BadParameter(f"--split is '{unknown.pop()}', expected one of {', '.join(evaluation.SETS)}")
    networks = {**_networks(model or _shipped()), **_ablations(ablation or [])}
    made = []
    with _told() as (progress, track):
        run = evaluation.Run(
            dataset=open_dataset(SHIPPED),
            networks=networks,
            splits=tuple(split or ("test", "test-8-9", "large")),
            limit=limit or (_QUICK if quick else None),
            slow=slow or (_QUICK_SLOW if quick else _SLOW),
            forward=_forward() if refine else None,
            track=track,
        )
        for table in evaluation.tables(run):
            made.append(table)
            progress.stop()
            _show(table)
            progress.start()
    if out is not None:
        _write(out, made, shlex.join(["onlinecei", *sys.argv[1:]]), machine())


def _shipped() -> list[str]:
    from onlinecei.molexa.network import NETWORKS
    from onlinecei.molexa.shipped import shipped

    names = ["onlinecei"]
    for name in sorted(set(NETWORKS) - {"onlinecei"}):
        with suppress(CEIError):
            shipped(name)
            names.append(name)
    return names


def _forward() -> "Forward":
    """Give the shipped model of the explosion, or the effective charge-up where there is none."""
    from onlinecei.molexa.forward import Emulator
    from onlinecei.molexa.refine import Classical
    from onlinecei.molexa.shipped import shipped

    try:
        path = shipped("forward")
    except CEIError:
        words.print("no forward model comes with this program: refinement is through one effective charge-up")
        return Classical()
    return Emulator.load(path)


def _networks(given: list[str]) -> dict[str, "Network"]:
    """Load networks by name or file, and call them by what they are and where they are from."""
    from onlinecei.molexa.network import NETWORKS, load_network
    from onlinecei.molexa.network.prepare import prepared
    from onlinecei.molexa.shipped import shipped

    found = {}
    for each in given:
        network = prepared(load_network(shipped(each) if each in NETWORKS else Path(each)))
        found[each if each in NETWORKS else f"{network.NAME} ({'/'.join(Path(each).parts[-2:])})"] = network
    return found


def _ablations(given: list[str]) -> dict[str, "Network"]:
    from onlinecei.molexa.network import load_network
    from onlinecei.molexa.network.prepare import prepared

    if wrong := [each for each in given if not all(each.partition("="))]:
        raise typer.BadParameter(f"--ablation is '{wrong[0]}', expected NAME=FILE")
    return {each.partition("=")[0]: prepared(load_network(Path(each.partition("=")[2]))) for each in given}


@contextmanager
def _told() -> Iterator[tuple[Progress, "evaluation.Track"]]:
    """Show what is being done; Ctrl-C ends it."""
    with Progress(*_COLUMNS, console=words, transient=True) as progress:
        tasks: list[TaskID] = []

        def track(what: str, total: int) -> Callable[[int], object]:
            while tasks:
                progress.remove_task(tasks.pop())
            tasks.append(progress.add_task(what, total=total))
            if not words.is_terminal:
                words.print(f"{what}: {total}", highlight=False, markup=False)
            return lambda done: progress.advance(tasks[0], done)

        try:
            yield progress, track
        except KeyboardInterrupt:
            progress.stop()
            words.print("stopped; the tables above are whole, no file was written")
            raise typer.Exit(1) from None


def _show(table: "evaluation.Table") -> None:
    from onlinecei.molexa.evaluation import text

    shown = Shown(title=table.title, caption=table.note or None, caption_justify="left")
    for number, column in enumerate(table.columns):
        words_only = all(row[number] is None or isinstance(row[number], str) for row in table.rows)
        shown.add_column(column, justify="left" if words_only else "right")
    for row in table.rows:
        shown.add_row(*(escape(text(cell)) for cell in row))
    answers.print(shown)


def _write(out: Path, made: list["evaluation.Table"], command: str, machine: str) -> None:
    from onlinecei.molexa import evaluation

    day = datetime.now(UTC).date().isoformat()
    if out.suffix == ".md":
        content = evaluation.markdown(made, command, machine, day)
    else:
        content = json.dumps(evaluation.plain(made, command, machine, day), indent=1) + "\n"
    make_directory(out.parent)
    try:
        out.write_text(content, encoding="utf-8")
    except OSError as error:
        raise CEIError(f"'{out}' cannot be written: {error}") from error
    words.print(f"wrote {out}", highlight=False)

"""`onlinecei calibrate`."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table

from onlinecei.cli._options import RunArgument, text_of_file
from onlinecei.cli._output import answers, make_directory, words
from onlinecei.cli._stopping import sure_to_interrupt
from onlinecei.cli._trains import why_skipped
from onlinecei.errors import CEIError

if TYPE_CHECKING:
    from onlinecei.calibration import Calibration

EXAMPLES = """Examples:

onlinecei calibrate run.h5 --setup start.toml --out run.toml

onlinecei replay run.h5 --setup run.toml"""


def calibrate(
    run: RunArgument,
    *,
    setup: Annotated[
        Path | None,
        typer.Option(help="What is known: the molecule, the lengths, about the field; omitted: stored in the run."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Setup file to write; omitted: NAME.calibrated.toml here. The report (HTML) goes beside it."),
    ] = None,
    hits: Annotated[
        int, typer.Option(min=1, metavar="N", help="Hits to look at, at most, spread evenly over the run.")
    ] = 1_000_000,
    force: Annotated[bool, typer.Option("--force", help="Replace the setup file if there is one already.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Write the setup even if something looks seriously wrong.")
    ] = False,
) -> None:
    """Fit spectrometer, detector and delay lines to a run; write a setup and a report.

    Only the report, with exit status 1, where the spectrometer cannot be determined or something looks seriously wrong.
    """
    from onlinecei.calibration import report_page, setup_text
    from onlinecei.whole import write_whole

    path = out or Path(f"{run.stem}.calibrated.toml")
    page = path.with_suffix(".html")
    _check_free(path, page, force=force)
    found, text_before = _calibrated(run, setup, hits)
    write = bool(found.fitted) and (anyway or not found.doubtful)
    make_directory(path.parent)
    if write:
        write_whole(path, setup_text(found, text_before))
    write_whole(page, report_page(found, str(path) if write else None))
    _say(found)
    words.print(f"wrote {f'{path} and ' if write else ''}{page}", highlight=False, soft_wrap=True)
    if not write:
        raise CEIError(_why_not(found, page))


def _check_free(path: Path, page: Path, *, force: bool) -> None:
    """Refuse to replace what somebody wrote, before any work is done; a report may be replaced by the next."""
    from onlinecei.calibration import MARK

    if path == page:
        raise typer.BadParameter(f"--out is '{path}', expected the name of a setup file such as {path.stem}.toml")
    if path.exists() and not force:
        raise CEIError(f"setup file '{path}' exists already; --force replaces it, --out names another")
    if page.exists() and MARK not in page.read_text(encoding="utf-8", errors="replace")[:200]:
        raise CEIError(f"'{page}' exists already and is no report of a calibration; --out names another pair of files")


def _calibrated(run: Path, setup: Path | None, hits: int) -> tuple["Calibration", str]:
    """Calibrate, and give the text of the setup before as well."""
    from onlinecei.calibration import calibrate as fit
    from onlinecei.files.opening import open_trains
    from onlinecei.files.run import RunFile
    from onlinecei.files.run_folder import RunFolder
    from onlinecei.setup import Setup

    given = None if setup is None else text_of_file(setup)
    with closing(open_trains(run, given)) as opened, _progress() as tell:
        text, origin = given or opened.setup_text, f"setup stored in {run}"
        try:
            with sure_to_interrupt():
                found = fit(opened, Setup.from_toml(text, origin), hits=hits, tell=tell)
        except KeyboardInterrupt:
            words.print("given up; nothing was written")
            raise typer.Exit(1) from None
        read_whole = found.trains + sum(opened.skipped.values()) >= found.trains_of_run
        counts_all = isinstance(opened, RunFile | RunFolder)  # others only what they read last, a part of the sample
        if read_whole or counts_all:
            for each in why_skipped(opened):
                words.print(f"left out, trains: {each}", highlight=False, markup=False, soft_wrap=True)
    return found, text


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done; a share that is not known moves to and fro."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=words, transient=True, disable=not words.is_terminal) as progress:
        task = progress.add_task("opening the run", total=None)

        def tell(what: str, share: float) -> None:
            known = isfinite(share)
            progress.update(task, description=what, total=1.0 if known else None, completed=share if known else 0)

        yield tell


def _say(found: "Calibration") -> None:
    """Say what was found: numbers with errors, then what a person should know."""
    from onlinecei.calibration import sample_in_words

    answers.print(f"{escape(found.title)}: {sample_in_words(found)}", highlight=False, soft_wrap=True)
    if found.fitted:
        answers.print(_numbers(found))
    for remark in found.remarks:
        kind = "[bold red]serious:[/]" if remark.serious else "[yellow]remark:[/]"
        answers.print(f"  {kind} {escape(remark.text)}", highlight=False, soft_wrap=True)


def _numbers(found: "Calibration") -> Table:
    from onlinecei.calibration import plain_name, with_error

    table = Table(box=None, pad_edge=True)
    for name in ("", "before", "now", "±", ""):
        table.add_column(name, justify="right" if name else "left")
    for each in found.fitted:
        value, error = with_error(each.value, each.error)
        before = "" if each.before is None else with_error(each.before, each.error)[0]
        table.add_row(plain_name(each.name), before, f"[bold]{value}[/]", error, each.unit)
    return table


def _why_not(found: "Calibration", page: Path) -> str:
    serious = [remark.text.rstrip(".") for remark in found.remarks if remark.serious]
    why = "; ".join(serious[:1]) or "the spectrometer could not be determined"
    more = f" (and {len(serious) - 1} more)" if len(serious) > 1 else ""
    help_ = "" if not found.fitted else "; once you have looked, --anyway writes the setup all the same"
    return f"no setup was written: {why}{more}; the report {page} shows what the run holds{help_}"

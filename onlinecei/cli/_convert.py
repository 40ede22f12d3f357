"""`onlinecei convert`."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import track

from onlinecei.cli._options import found_run, text_of_file
from onlinecei.cli._output import answers, words
from onlinecei.cli._trains import no_train, say_remarks, why_skipped

if TYPE_CHECKING:
    from onlinecei.files.reader import TrainFile
    from onlinecei.records import Batch

EXAMPLES = """Examples:

onlinecei convert /gpfs/exfel/exp/SQS/202601/p001234/proc/r0042 --setup remi.toml --out r0042.h5

onlinecei convert events.csv --setup events.toml --out events.h5

onlinecei convert water --out water.parquet"""
_LISTS = (".csv", ".parquet")


def convert(
    source: Annotated[
        Path,
        typer.Argument(
            callback=found_run,
            help="Run file, folder of a European XFEL run, event list; or a run that comes with the program, by name.",
            show_default=False,
        ),
    ],
    *,
    out: Annotated[Path, typer.Option(help="File to write: .h5 (run file), .csv or .parquet (event list).")],
    setup: Annotated[
        Path | None,
        typer.Option(help="Setup with [source] or [table]: what is called what. Run files hold their own."),
    ] = None,
) -> None:
    """Turn files of a facility, event lists and run files into each other, a few trains at a time."""
    from onlinecei.files.opening import open_trains

    if out.suffix.lower() not in {".h5", *_LISTS}:
        raise typer.BadParameter(f"--out is '{out}', expected a name that ends in .h5, .csv or .parquet")
    if out.exists() and source.exists() and out.samefile(source):
        raise typer.BadParameter(f"--out is '{out}', the file that is read, expected another")
    given = None if setup is None else text_of_file(setup)
    with closing(open_trains(source, given)) as opened:
        _write(opened, out, given or opened.setup_text)
    for each in why_skipped(opened):
        words.print(f"trains: {each}", highlight=False, markup=False, soft_wrap=True)
    answers.print(f"wrote {out}", highlight=False)


def _write(opened: "TrainFile", out: Path, setup_text: str) -> None:
    from onlinecei.files.list_writer import write_list
    from onlinecei.files.run import write_run

    batches = _counted(opened)
    if out.suffix.lower() in _LISTS:
        write_list(out, batches, setup_text)
    else:
        write_run(out, batches, setup_text)


def _counted(opened: "TrainFile") -> Iterator["Batch"]:
    """Show progress by batches; a source without any train is an error, one in other units is remarked on."""
    found = False
    for batch in track(opened.batches(), "converting", console=words, transient=True, disable=not words.is_terminal):
        if not found:
            say_remarks(batch, opened.setup_text)
        found = found or bool(batch.train_id.size)
        yield batch
    if not found:
        raise no_train(opened)

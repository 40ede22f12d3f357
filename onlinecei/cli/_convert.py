"""`onlinecei convert`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.progress import track

from onlinecei.cli._output import answers, words
from onlinecei.errors import RunFileError

if TYPE_CHECKING:
    from onlinecei.files.reader import TrainFile
    from onlinecei.records import Batch

EXAMPLES = """Examples:

onlinecei convert /gpfs/exfel/exp/SQS/202601/p001234/proc/r0042 --setup remi.toml --out r0042.h5

onlinecei convert events.csv --setup events.toml --out events.h5

onlinecei convert replay_data/water.h5 --out water.parquet"""
_LISTS = (".csv", ".parquet")


def convert(
    source: Annotated[
        Path, typer.Argument(help="Run file, folder of a European XFEL run, or event list.", show_default=False)
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
    from onlinecei.setup import Setup

    if out.suffix.lower() not in {".h5", *_LISTS}:
        raise typer.BadParameter(f"--out is '{out}', expected a name that ends in .h5, .csv or .parquet")
    if out.exists() and source.exists() and out.samefile(source):
        raise typer.BadParameter(f"--out is '{out}', the file that is read, expected another")
    if setup is not None:
        Setup.from_file(setup)
    opened = open_trains(source, None if setup is None else setup.read_text(encoding="utf-8"))
    try:
        _write(opened, out, opened.setup_text if setup is None else setup.read_text(encoding="utf-8"))
    finally:
        opened.close()
    for reason, number in opened.skipped.items():
        words.print(f"trains: {reason}: {number:,}", highlight=False)
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
    from onlinecei.files.plausible import remarks
    from onlinecei.setup import Setup

    found = False
    for batch in track(opened.batches(), "converting", console=words, transient=True, disable=not words.is_terminal):
        if not found:
            for remark in remarks(batch, Setup.from_toml(opened.setup_text)):
                words.print(f"[yellow]doubtful:[/] {escape(remark)}", highlight=False, soft_wrap=True)
        found = found or bool(batch.train_id.size)
        yield batch
    if not found:
        reasons = "; ".join(f"{reason}: {number}" for reason, number in opened.skipped.items())
        raise RunFileError(f"'{opened.path}' gives no train" + (f" ({reasons})" if reasons else ""))

"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

KeysOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--keys", metavar="DIR", help="Keys for an address on another machine; omitted: your own."),
]


def found_run(said: Path) -> Path:
    """Take the name of a run that comes with the program for its file; `RunFileError` where it has no such name."""
    from onlinecei.files.shipped_runs import run_at

    return run_at(said)


def text_of_file(setup: Path) -> str:
    """Give the text of a setup file; `SetupError` where it cannot be used."""
    from onlinecei.setup import Setup

    Setup.from_file(setup)
    return setup.read_text(encoding="utf-8")


RunArgument: TypeAlias = Annotated[
    Path,
    typer.Argument(
        callback=found_run,
        help="Run file (HDF5) or a folder of them, run of the European XFEL, event list; or a run that comes with the "
        "program, by name, such as water.",
        show_default=False,
    ),
]


RunsArgument: TypeAlias = Annotated[
    list[Path],
    typer.Argument(
        callback=lambda said: [found_run(each) for each in said],
        metavar="RUN",
        help="Run files, folders of them, runs of the European XFEL, event lists, names of runs that come with the "
        "program.",
        show_default=False,
    ),
]


def trains_per_second(rate: str) -> float | None:
    """Read the option ``--rate``; None: as fast as it goes."""
    if rate == "max":
        return None
    try:
        value = float(rate)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise typer.BadParameter(f"--rate is '{rate}', expected 'max' or trains per second above zero")
    return value

"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

KeysOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--keys", metavar="DIR", help="Keys for an address on another machine; omitted: your own."),
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

"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

KeysOption: TypeAlias = Annotated[
    Path | None,
    typer.Option("--keys", metavar="DIR", help="Keys for an address on another machine; omitted: your own."),
]

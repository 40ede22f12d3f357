"""`onlinecei revise`."""

from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli._output import answers

EXAMPLES = """Example: onlinecei revise ipc:///tmp/onlinecei-a1b2c3/readers calibrated.toml --from-train 1520

A replay says at its start where it can be reached."""


def revise(
    endpoint: Annotated[str, typer.Argument(help="Where readers of the line connect.", show_default=False)],
    setup: Annotated[Path, typer.Argument(help="Setup file (TOML), whole.", show_default=False)],
    *,
    from_train: Annotated[
        int, typer.Option(min=0, metavar="ID", help="First train to analyse with it; 0: the next one.")
    ] = 0,
) -> None:
    """Let a running line go on with another setup; what it has summed so far with the one before is dropped."""
    from onlinecei.reconstruction import reconstructor_of
    from onlinecei.setup import Setup
    from onlinecei.stream.reader import revise as ask

    reconstructor_of(Setup.from_file(setup))  # its weights may be missing, which the line would stumble over
    number, first_train = ask(endpoint, setup.read_text(encoding="utf-8"), from_train)
    answers.print(f"revision {number} of the setup takes effect at train {first_train}", highlight=False)

"""`onlinecei revise`."""

from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli._options import KeysOption
from onlinecei.cli._output import answers

EXAMPLES = """Examples:

onlinecei revise ipc:///tmp/onlinecei-a1b2c3/readers calibrated.toml --from-train 1520

onlinecei revise ipc:///tmp/onlinecei-a1b2c3/readers --reset

A replay says at its start where it can be reached."""


def revise(
    endpoint: Annotated[str, typer.Argument(help="Where readers of the line connect.", show_default=False)],
    setup: Annotated[
        Path | None, typer.Argument(help="Setup file (TOML), whole; omitted with --reset.", show_default=False)
    ] = None,
    *,
    from_train: Annotated[
        int, typer.Option(min=0, metavar="ID", help="First train to analyse with it; 0: the next one.")
    ] = 0,
    reset: Annotated[bool, typer.Option("--reset", help="The same setup, with sums that begin anew.")] = False,
    keys: KeysOption = None,
) -> None:
    """Let a running line go on with another setup, or begin its sums anew; what it has summed so far is dropped."""
    from onlinecei.reconstruction import reconstructor_of
    from onlinecei.setup import Setup
    from onlinecei.stream.reader import revise as ask

    if (setup is None) != reset:
        raise typer.BadParameter("expected either a setup file or --reset")
    text = None
    if setup is not None:
        reconstructor_of(Setup.from_file(setup))  # its weights may be missing, which the line would stumble over
        text = setup.read_text(encoding="utf-8")
    number, first_train = ask(endpoint, text, from_train, keys=keys)
    what = f"revision {number} of the setup takes effect" if setup else "the sums begin anew"
    answers.print(f"{what} at train {first_train}", highlight=False)

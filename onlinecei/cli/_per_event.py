"""The option --per-event: what it writes into a setup."""

import re
from typing import Annotated, TypeAlias

import typer

from onlinecei.errors import SetupError

PerEventOption: TypeAlias = Annotated[
    bool, typer.Option("--per-event", help="Also reconstruct single events, and average in real space.")
]


def by_events(setup_text: str) -> str:
    """Set ``per_event`` in the setup, so that the result says itself how it was made."""
    from onlinecei.setup import Setup

    if Setup.from_toml(setup_text).reconstruction.per_event:
        return setup_text
    rest = re.sub(r"(?m)^[ \t]*per_event[ \t]*=[ \t]*false[ \t]*(#.*)?$", "", setup_text)
    header = r"(?m)^([ \t]*\[[ \t]*reconstruction[ \t]*\][^\n]*)$"
    text, places = re.subn(header, r"\1\nper_event = true", rest, count=1)
    text = text if places else f"{rest.rstrip()}\n\n[reconstruction]\nper_event = true\n"
    try:
        Setup.from_toml(text)
    except SetupError as error:
        said = "--per-event finds no place in this setup: write per_event = true under [reconstruction]"
        raise SetupError(said) from error
    return text

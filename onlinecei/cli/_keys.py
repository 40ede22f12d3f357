"""`onlinecei keys`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from onlinecei.cli._options import KeysOption
from onlinecei.cli._output import answers

if TYPE_CHECKING:
    from onlinecei.stream.keys import KeyRing

EXAMPLES = """Examples:

onlinecei keys new daq1

onlinecei keys allow anna 'KEY'  (on the host of the line: the key that Anna was shown)

onlinecei keys trust daq1.example.org 'KEY'  (on Anna's machine: the key of the line)"""

keys = typer.Typer(no_args_is_help=True, rich_markup_mode="rich")
_KEYS_MAY_BEGIN_WITH_A_DASH = {"ignore_unknown_options": True}
_Name = Annotated[str, typer.Argument(help="Letters, digits, '.', '_' and '-'.", show_default=False)]
_Key = Annotated[str, typer.Argument(metavar="KEY", help="40 characters, in quotes.", show_default=False)]


def _ring(directory: Path | None) -> "KeyRing":
    from onlinecei.stream.keys import KeyRing, default_directory

    return KeyRing(directory or default_directory())


@keys.command()
def new(name: _Name, *, keys: KeysOption = None) -> None:
    """Make a pair of keys and print the public one, which the other side needs."""
    pair = _ring(keys).make(name)
    answers.print(pair.public.decode(), markup=False, highlight=False, soft_wrap=True)


@keys.command("list")
def list_keys(*, keys: KeysOption = None) -> None:
    """Show the public keys of a directory; the secret one is never shown."""
    from onlinecei.stream.keys import CLIENTS, LINES

    ring = _ring(keys)
    table = Table("whose", "name", "public key", box=None, title=escape(str(ring.directory)), title_justify="left")
    own = ring.own()
    rows = [("own", own.name, own.public)]
    rows += [("may come in", name, key) for name, key in ring.of(CLIENTS).items()]
    rows += [("line at", name, key) for name, key in ring.of(LINES).items()]
    for whose, name, key in rows:
        table.add_row(whose, escape(name), escape(key.decode()))
    answers.print(table, highlight=False)


@keys.command(context_settings=_KEYS_MAY_BEGIN_WITH_A_DASH)
def allow(name: _Name, key: _Key, *, keys: KeysOption = None) -> None:
    """Let somebody in who has this public key; holds at once, for running lines too."""
    from onlinecei.stream.keys import CLIENTS

    _ring(keys).add(CLIENTS, name, key)


@keys.command(context_settings=_KEYS_MAY_BEGIN_WITH_A_DASH)
def trust(host: _Name, key: _Key, *, keys: KeysOption = None) -> None:
    """Take up the public key of the line on a host, written as in its address."""
    from onlinecei.stream.keys import LINES

    _ring(keys).add(LINES, host, key)


@keys.command()
def forget(name: _Name, *, keys: KeysOption = None) -> None:
    """Let somebody in no more; who is connected stays so until the line is started again."""
    _ring(keys).forget(name)

"""Changes to the text of a setup; the comments of people stay where they are."""

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Table

from onlinecei.errors import SetupError
from onlinecei.setup import Setup
from onlinecei_gui.doing.change import Change


def changed(text: str, *changes: Change) -> str:
    """Give the text of a setup with sections changed, one after the other.

    Parameters
    ----------
    text
        TOML of a whole setup.
    *changes
        What to put in or take out. A section that is not there is made; one past the last of a list is added to the
        list. Only the text with all of them has to be a setup.

    Returns
    -------
    str
        TOML of a whole, valid setup.

    Raises
    ------
    SetupError
        The setup would not be valid, and why.
    """
    for change in changes:
        text = _with(text, change)
    Setup.from_toml(text, "the changed setup")
    return text


def _with(text: str, change: Change) -> str:
    try:
        document = tomlkit.parse(text)
        if change.remove:
            _take_out(document, change.section)
        elif change.values:
            _put(_section(document, change.section), change)
        return tomlkit.dumps(document)
    except (TOMLKitError, LookupError, TypeError) as error:
        raise SetupError(f"the setup cannot be changed at {_place(change.section)}: {error}") from error


def _section(document: tomlkit.TOMLDocument, place: tuple[str | int, ...]) -> Table:
    """Give the table at a place; it is made where it is missing."""
    name, number = str(place[0]), place[1:]
    if name not in document:
        document.append(name, tomlkit.aot() if number else tomlkit.table())
    tables = document[name]
    if not number and isinstance(tables, Table):
        return tables
    if not isinstance(tables, AoT):
        raise TypeError(f"'{name}' is written as one value, expected [[{name}]] tables")
    if number[0] == len(tables):
        tables.append(tomlkit.table())
    table: Table = tables[int(number[0])]
    return table


def _put(table: Table, change: Change) -> None:
    for key, value in change.values.items():
        if value is None:
            table.pop(key, None)
        elif table.get(key) != value:
            table[key] = _item(value)


def _item(value: object) -> object:
    """Write lists of tables on one line, since a section may stand in a list itself."""
    if isinstance(value, dict):
        inline = tomlkit.inline_table()
        inline.update({key: _item(each) for key, each in value.items()})
        return inline
    if isinstance(value, list | tuple):
        array = tomlkit.array()
        array.extend(_item(each) for each in value)
        return array
    return value


def _take_out(document: tomlkit.TOMLDocument, place: tuple[str | int, ...]) -> None:
    name, *number = place
    if number:
        del document[str(name)][number[0]]
    else:
        del document[str(name)]


def _place(section: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in section)

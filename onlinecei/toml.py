"""Values as TOML: numbers come back exactly as they were."""

import json
from collections.abc import Mapping, Sequence


def toml(value: object) -> str:
    """Write a value on one line.

    Raises
    ------
    TypeError
        TOML has no such value; None is to be left out.
    """
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case Mapping():
            return "{ " + ", ".join(f"{key(str(name))} = {toml(each)}" for name, each in value.items()) + " }"
        case Sequence():
            return "[" + ", ".join(toml(each) for each in value) + "]"
        case _:
            raise TypeError(f"{value!r} is a {type(value).__name__}, which TOML does not have")


def key(name: str) -> str:
    """Write a key, quoted where it must be."""
    plain = name.replace("_", "").replace("-", "")
    return name if plain.isascii() and plain.isalnum() else str(toml(name))


def comment(text: str) -> str:
    """Write words as a comment, whatever characters they hold."""
    return "# " + "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))

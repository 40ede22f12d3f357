"""The setup that an event list holds: as comments at the start of a CSV, as metadata of a Parquet file."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from onlinecei.errors import RunFileError

MOST_BYTES: Final = 1_000_000
"""Of a setup; a list that begins with more comments has none of ours."""
KEY: Final = b"onlinecei_setup"


def described(setup_text: str, section: str) -> str:
    """Give a setup whose section ``[table]`` is another, and that has no ``[source]``."""
    document = tomlkit.parse(setup_text)
    for name in ("table", "source"):
        document.pop(name, None)
    return tomlkit.dumps(document).rstrip() + "\n" + section


def need_pyarrow(path: Path) -> None:
    """Refuse an event list where the package that reads and writes them is missing; `RunFileError`."""
    if find_spec("pyarrow") is None:
        raise RunFileError(f"event list '{path}' needs the package pyarrow: pip install 'onlinecei[parquet]'")


def with_table(setup_text: str, stored: str | None) -> str:
    """Give a setup the section ``[table]`` that a list holds, where it has none of its own.

    Whether a list is simulated it knows best itself.
    """
    if stored is None:
        return setup_text
    document, of_list = tomlkit.parse(setup_text), tomlkit.parse(stored)["table"]
    if "table" not in document:
        document["table"] = of_list
    elif isinstance(document["table"], dict) and isinstance(of_list, dict):
        document["table"].pop("simulated", None)
        document["table"].update({name: value for name, value in of_list.items() if name == "simulated"})
    return tomlkit.dumps(document)


def as_comments(setup_text: str) -> bytes:
    """Write a setup as lines that begin with #."""
    return "".join(f"# {line}\n" for line in setup_text.splitlines()).encode()


def stored_setup(path: Path) -> str | None:
    """Give the setup that a list holds; None where it holds none."""
    text = _of_parquet(path) if path.suffix.lower() == ".parquet" else _of_csv(path)
    if text is None:
        return None
    try:
        return text if "table" in tomlkit.parse(text) else None
    except TOMLKitError:
        return None


def _of_csv(path: Path) -> str | None:
    lines: list[str] = []
    try:
        with path.open("rb") as file:
            while (line := file.readline(MOST_BYTES)).startswith(b"#") and file.tell() < MOST_BYTES:
                lines.append(line.decode("utf-8", "replace").removeprefix("#").removeprefix(" "))
    except OSError:
        return None
    return "".join(lines)


def _of_parquet(path: Path) -> str | None:
    try:
        from pyarrow import parquet  # noqa: PLC0415 - an optional part of the installation

        found = (parquet.read_schema(path).metadata or {}).get(KEY)
    except (OSError, ValueError):
        return None
    return None if found is None else str(found.decode("utf-8", "replace"))

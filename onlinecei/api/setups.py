"""Setups in a notebook: read, changed, and written as text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import tomlkit

from onlinecei.errors import SetupError
from onlinecei.setup import Setup

SetupLike: TypeAlias = Setup | Path | str | None
"""A setup, the path of a setup file, or None for the one that a run holds."""


def read_setup(path: Path | str) -> Setup:
    """Read a setup file.

    Raises
    ------
    SetupError
        It cannot be read; the sentence names the key and the value.
    """
    return Setup.from_file(Path(path))


def changed(setup: Setup, **sections: Any) -> Setup:  # noqa: ANN401 - whatever the sections of a setup hold
    """Give a setup with other values.

    Parameters
    ----------
    setup
        Stays as it is.
    **sections
        A mapping for a section, whose keys replace those of the same name:
        ``changed(setup, delays={"edges_fs": [-50, 50]})``. A list replaces all of ``ions``, ``channels`` or
        ``cumulants``. None leaves the section out.

    Raises
    ------
    SetupError
        An unknown key, or a value that cannot be.
    """
    content = setup.model_dump(exclude_unset=True)
    for name, value in sections.items():
        before = content.get(name)
        merged = isinstance(before, Mapping) and isinstance(value, Mapping)
        content[name] = {**(before or {}), **value} if merged else value
    return Setup.from_toml(_text(content), "the changed setup")


def text_of(setup: SetupLike, stored: str) -> str:
    """Give the TOML text of a setup; `stored` is that of the run."""
    if setup is None:
        return stored
    if isinstance(setup, Setup):
        return _text(setup.model_dump(exclude_unset=True))
    Setup.from_file(Path(setup))  # its sentence about a file that cannot be read
    return Path(setup).read_text(encoding="utf-8")


def _text(content: Mapping[str, Any]) -> str:
    try:
        return tomlkit.dumps(_without_none(content))
    except (TypeError, ValueError) as error:
        raise SetupError(f"the setup cannot be written as TOML: {error}") from error


def _without_none(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return {str(key): _without_none(each) for key, each in value.items() if each is not None}
    return [_without_none(each) for each in value] if isinstance(value, list | tuple) else value

"""Recorded runs that come with the program, by name, wherever it is installed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from onlinecei.errors import RunFileError

_PLACES: Final = (Path(__file__).parents[1] / "replay_data", Path(__file__).parents[2] / "replay_data")
"""Inside of an installed package; beside it in a checkout."""


def shipped_runs() -> Mapping[str, Path]:
    """Give the run files that come with the program by name, such as ``water``."""
    folder = next((each for each in _PLACES if each.is_dir()), _PLACES[0])
    return {each.stem: each for each in sorted(folder.glob("*.h5")) if not each.name.endswith(".truth.h5")}


def run_at(said: Path) -> Path:
    """Where a run lies: a path as it is, or that of a run which comes with the program and has this name.

    Raises
    ------
    RunFileError
        A bare name is neither of a file or folder here nor of a run that comes with the program.
    """
    if said.exists() or said.suffix or len(said.parts) != 1:
        return said
    there = shipped_runs()
    if said.name not in there:
        names = ", ".join(there) or "none"
        raise RunFileError(f"'{said}' does not exist; runs that come with the program: {names}")
    return there[said.name]

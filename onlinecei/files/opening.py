"""Any file of trains, by what it is: a run file of ours, a run of a facility, a list of events."""

from pathlib import Path
from typing import Literal

import h5py

from onlinecei.errors import RunFileError
from onlinecei.files.reader import TrainFile
from onlinecei.files.run import open_run
from onlinecei.files.run_folder import RunFolder

LISTS = frozenset({".csv", ".txt", ".dat", ".tsv", ".parquet"})
"""Endings of event lists."""


def open_trains(path: Path, setup_text: str | None = None) -> TrainFile:
    """Open a file of trains.

    Parameters
    ----------
    path
        A run file, or a folder of those of one run; the folder of a run of the European XFEL, or one of its files; an
        event list (CSV or Parquet).
    setup_text
        A setup (TOML). Files that hold none need one, with ``[source]`` for a run of a facility and ``[table]`` for a
        list. Run files of a folder that hold different ones need one that counts for all.

    Raises
    ------
    RunFileError
        It cannot be read, a setup is missing, or the files of a folder are not one run.
    SetupError
        The setup cannot be used.
    """
    kind = _kind(path)
    if kind == "run":
        return open_run(path)
    if kind == "folder":
        return RunFolder(path, setup_text)
    if kind == "list":
        from onlinecei.files.event_list import EventList  # noqa: PLC0415 - only where it is needed

        return EventList(path, setup_text)
    if setup_text is None:
        raise RunFileError(f"'{path}' holds no setup: give one with [source], which says what its sources mean")
    from onlinecei.files.xfel import XfelRun  # noqa: PLC0415

    return XfelRun(path, setup_text)


def holds_runs(folder: Path) -> bool:
    """Whether a folder holds run files of ours, rather than a run of a facility; true of an empty one."""
    return not any(_of_the_facility(each) for each in sorted(folder.glob("*.h5")))


def _kind(path: Path) -> Literal["folder", "list", "run", "xfel"]:
    if not path.exists():
        raise RunFileError(f"'{path}' does not exist")
    if path.is_dir():
        return "folder" if holds_runs(path) else "xfel"
    if path.suffix.lower() in LISTS:
        return "list"
    return "xfel" if _of_the_facility(path) else "run"


def _of_the_facility(path: Path) -> bool:
    """Whether an HDF5 file has the groups of the European XFEL's."""
    try:
        with h5py.File(path, "r") as file:
            return "INDEX/trainId" in file
    except OSError:
        return False

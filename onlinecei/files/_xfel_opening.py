"""Opening a run of the European XFEL."""

from pathlib import Path
from typing import TYPE_CHECKING

from onlinecei.errors import RunFileError
from onlinecei.setup import Setup, SourceSection

if TYPE_CHECKING:
    from extra_data import DataCollection


def source_section(setup: Setup, path: Path) -> SourceSection:
    """Give what a setup says of sources; `RunFileError` where it says nothing."""
    section = setup.source
    if section is None or section.kind != "karabo":
        raise RunFileError(f"run '{path}' of a facility: the setup does not say what its sources mean, add [source]")
    return section


def opened(path: Path) -> "DataCollection":
    """Open a run with `extra-data`; `RunFileError` where it is none, or several."""
    try:
        from extra_data import H5File, RunDirectory  # noqa: PLC0415 - an optional part of the installation
    except ImportError as error:
        needs = "pip install 'onlinecei[facility]'"
        raise RunFileError(f"run '{path}' of the European XFEL needs the package extra-data: {needs}") from error
    try:
        run = RunDirectory(str(path)) if path.is_dir() else H5File(str(path))
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        raise RunFileError(f"'{path}' cannot be read as a run of the European XFEL: {said}") from error
    told = [file.metadata() for file in run.files]
    numbers = {str(each["runNumber"]) for each in told if "runNumber" in each}  # older files do not say it
    if len(numbers) > 1:
        run.__exit__(None, None, None)
        raise RunFileError(
            f"folder '{path}' holds files of several runs, {', '.join(sorted(numbers))}, expected one run"
        )
    return run

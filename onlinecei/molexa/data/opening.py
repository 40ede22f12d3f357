"""Opening files of training data, with a look at whether their columns fit together."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401 - registers the filters that the columns are packed with
import numpy as np

from onlinecei.arrays import AnyArray
from onlinecei.errors import CEIError
from onlinecei.molexa.data.schema import BLOCKS, COLUMNS, FORMAT, VERSION, Level, Setting, offsets

_DAMAGE = (OSError, KeyError, RuntimeError, ValueError, TypeError)
"""What h5py raises on damaged files."""


@contextmanager
def open_checked(path: Path) -> Iterator[h5py.File]:
    """Open a file of training data whose columns fit together; whatever is wrong with it is a `CEIError`."""
    if not path.is_file():
        raise CEIError(f"'{path}' {'is not a file' if path.exists() else 'does not exist'}")
    with _damage(path, _DAMAGE):
        opened = h5py.File(path, "r", locking="best-effort")
    with opened as file:
        with _damage(path, _DAMAGE):
            _check(file, path)
        with _damage(path, (OSError,)):
            yield file


@contextmanager
def _damage(path: Path, kinds: tuple[type[Exception], ...]) -> Iterator[None]:
    """Say of some errors that the file is damaged; those of the caller's own making pass."""
    try:
        yield
    except kinds as error:
        raise CEIError(f"training data '{path}' are damaged: {error}") from error


def _check(file: h5py.File, path: Path) -> None:
    if file.attrs.get("format") != FORMAT:
        raise CEIError(f"'{path}' does not hold training data: its format is {file.attrs.get('format')}, not {FORMAT}")
    if file.attrs["version"] != VERSION or file.attrs["stage"] not in COLUMNS:
        found = f"version {file.attrs['version']}, stage {file.attrs['stage']}"
        raise CEIError(f"'{path}' is {found}, expected version {VERSION}, stage 1 or 2")
    stage = int(file.attrs["stage"])
    sizes: dict[Level, int] = {"block": len(file[f"{BLOCKS[stage]}/index"])}
    for name, level in offsets(stage).items():
        sizes[level] = _size(file[name][()], name, path)
    sizes["entry"] = len(file["entry/first_atom"]) - 1
    wrong = [name for name, column in COLUMNS[stage].items() if len(file[name]) != sizes[column.level]]
    wrong += [name for name in offsets(stage) if name != "entry/first_atom" and len(file[name]) != sizes["block"] + 1]
    if wrong or (stage == 2 and not _has_its_molecules(file)):
        raise CEIError(f"training data '{path}' are damaged: {', '.join(wrong) or 'molecules'} do not fit the rest")


def _size(first: AnyArray, name: str, path: Path) -> int:
    if not first.size or first[0] != 0 or np.any(np.diff(first) < 0):
        raise CEIError(f"training data '{path}' are damaged: {name} does not rise from zero")
    return int(first[-1])


def _has_its_molecules(file: h5py.File) -> bool:
    molecule, first = file["geometry/molecule"][()], file["molecule/first_atom"][()]
    known = len(first) - 1 == len(file["molecule/name"]) == len(file["molecule/split"])
    if (
        not known
        or len(molecule) != len(file["geometry/index"])
        or np.any((molecule < 0) | (molecule >= len(first) - 1))
    ):
        return False
    own = np.diff(file["geometry/first_atom"][()])
    entries = np.repeat(own, np.diff(file["geometry/first_entry"][()]))
    return bool(
        len(file["molecule/atomic_number"]) == first[-1]
        and np.array_equal(own, np.diff(first)[molecule])
        and np.array_equal(entries, np.diff(file["entry/first_atom"][()]))
    )


def settings_of(file: h5py.File) -> dict[str, Setting]:
    """Give the attributes of the file as plain numbers and words."""
    return {name: value.item() if hasattr(value, "item") else value for name, value in file.attrs.items()}

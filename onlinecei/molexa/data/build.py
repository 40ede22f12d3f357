"""The making of training data: tasks to all cores or a cluster, parts to the journal, the journal to the file."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py

from onlinecei.errors import CEIError
from onlinecei.molexa.data.journal import Journal, check_same
from onlinecei.molexa.data.opening import open_checked, settings_of
from onlinecei.molexa.data.pack import pack, unpack
from onlinecei.molexa.data.schema import BLOCKS, FORMAT, VERSION, Key, Part, Setting
from onlinecei.molexa.data.workers import Task, made
from onlinecei.molexa.molecules import Entry, molecules

PACK_S = 600.0
"""Seconds between versions of the file while it is made; the journal holds the rest."""
_PACK_SHARE = 20
"""A version is not begun before so many times what the last one took have passed: large files pack seldom."""


def build(
    tasks: Sequence[Task],
    path: Path,
    *,
    stage: int,
    settings: dict[str, Setting],
    chosen: Sequence[Entry] | None = None,
    workers: int = 1,
    scheduler: str | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Callable[[], bool] = lambda: False,
    pack_s: float = PACK_S,
) -> int:
    """Make a file of training data, or continue one.

    Each block is in the journal beside the file as soon as it is made, so that nothing but the blocks in the making is
    lost at whatever moment the program dies. The rows of the file are sorted: it is the same however it was made.

    Parameters
    ----------
    tasks
        All that the file shall hold; what it holds already is not made again.
    path
        The file. It appears after `pack_s`, is replaced by newer versions, and is complete at the end.
    stage, settings
        What the blocks are made with; a file with others is refused.
    chosen
        The molecules that the tasks are of (stage 2), in the order of the file; omitted: those of the program.
    workers
        Threads.
    scheduler
        Address of a Dask scheduler, whose workers are used instead of threads.
    limit
        How many blocks to make at most; the rest is left for another time.
    progress
        Called with the number of blocks done and their total.
    stop
        Asked twice a second; when true, the blocks in the making are finished and kept.
    pack_s
        Seconds between versions of the file.

    Returns
    -------
    int
        How many of the tasks are still to be made.

    Raises
    ------
    CEIError
        The file cannot be continued or written, or a block cannot be made.
    """
    if not path.parent.is_dir():
        raise CEIError(f"directory '{path.parent}' of the training data does not exist")
    known = molecules() if chosen is None else chosen
    with Journal(path.with_name(path.name + ".journal"), stage, settings) as journal:
        with _existing(path, stage, settings) as (_, in_file):
            todo = [task for task in tasks if task.key not in journal and task.key not in in_file]
        pack_at = time.monotonic() + pack_s
        progress(len(tasks) - len(todo), len(tasks))
        left = len(todo)
        try:
            for part in made(todo[:limit], workers, scheduler, stop):
                journal.append(part)
                left -= 1
                progress(len(tasks) - left, len(tasks))
                if (start := time.monotonic()) >= pack_at:
                    _pack(path, stage, settings, journal, known)
                    now = time.monotonic()
                    pack_at = now + max(pack_s, _PACK_SHARE * (now - start))
        finally:
            _pack(path, stage, settings, journal, known)
        journal.remove()
    return left


@contextmanager
def _existing(path: Path, stage: int, settings: dict[str, Setting]) -> Iterator[tuple[h5py.File, dict[Key, int]]]:
    """Open the file that is there, and say what it holds."""
    if not path.exists():
        yield None, {}
        return
    with open_checked(path) as file:
        found = {"format": FORMAT, "version": VERSION, "stage": int(file.attrs["stage"])}
        wanted = {"format": FORMAT, "version": VERSION, "stage": stage, "settings": settings}
        check_same(wanted, {**found, "settings": settings_of(file)}, path)
        indices = file[f"{BLOCKS[stage]}/index"][()].tolist()
        names = file["molecule/name"].asstr()[()][file["geometry/molecule"][()]] if stage == 2 else [""] * len(indices)
        yield file, {(str(name), index): row for row, (name, index) in enumerate(zip(names, indices, strict=True))}


def _pack(path: Path, stage: int, settings: dict[str, Setting], journal: Journal, known: Sequence[Entry]) -> None:
    """Write the file anew, with what it holds and what the journal has."""
    order = {molecule.name: number for number, molecule in enumerate(known)}
    with _existing(path, stage, settings) as (file, in_file):
        keys = sorted(set(in_file) | set(journal.keys()), key=lambda key: (key[1], order.get(key[0], 0)))

        def parts() -> Iterable[Part]:
            for key in keys:
                yield journal.read(key) if key in journal else unpack(file, stage, in_file[key])

        names = {name for name, _ in keys}
        pack(path, stage, settings, parts(), [each for each in known if each.name in names])

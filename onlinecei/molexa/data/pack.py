"""Parts into an HDF5 file, and back."""

import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np

from onlinecei import __version__
from onlinecei.arrays import I8, AnyArray
from onlinecei.molexa.data.schema import BLOCKS, COLUMNS, FORMAT, ORIGIN, VERSION, Column, Part, Setting, offsets
from onlinecei.molexa.molecules import Entry
from onlinecei.whole import whole

CHUNK = 32_768
"""Rows: the columns of the entries pack best in long stretches."""
_HELD = 64
"""Parts that are held back, so that chunks are written once or twice."""
_PACKED: Mapping[str, Any] = dict(hdf5plugin.Bitshuffle(cname="zstd", clevel=9))


def pack(
    path: Path, stage: int, settings: Mapping[str, Setting], parts: Iterable[Part], molecules: Iterable[Entry]
) -> None:
    """Write parts to a file of training data, which appears whole or not at all.

    Parameters
    ----------
    path
        File to make or to replace.
    stage, settings
        What the parts were made with; kept as attributes.
    parts
        In the order that their rows shall have.
    molecules
        Those that the parts are of (stage 2).
    """
    with whole(path) as unfinished:
        with h5py.File(unfinished, "w", libver="v110") as file:
            _begin(file, stage, settings)
            numbers = _write_molecules(file, list(molecules)) if stage == 2 else {}
            _write_parts(file, stage, parts, numbers)
        with unfinished.open("rb+") as written:  # the journal goes once this is in place: it must be on disk
            os.fsync(written.fileno())


def _begin(file: h5py.File, stage: int, settings: Mapping[str, Setting]) -> None:
    file.attrs.update(
        format=FORMAT,
        version=VERSION,
        stage=stage,
        origin=ORIGIN,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        creator=f"onlinecei {__version__}",
        **settings,
    )
    for name, column in {**_own(stage), **COLUMNS[stage]}.items():
        _make(file, name, np.empty((0, *column.width), column.dtype))
    for name in offsets(stage):
        _make(file, name, np.zeros(1, "<i8"))


def _own(stage: int) -> dict[str, Column]:
    """Columns that say what a block is of."""
    own = {f"{BLOCKS[stage]}/index": Column("<i4", "block")}
    return own | ({"geometry/molecule": Column("<i4", "block")} if stage == 2 else {})


def _make(file: h5py.File, name: str, rows: AnyArray) -> None:
    tail = rows.shape[1:]
    file.create_dataset(name, data=rows, maxshape=(None, *tail), chunks=(CHUNK, *tail), fletcher32=True, **_PACKED)


def _write_molecules(file: h5py.File, molecules: list[Entry]) -> dict[str, int]:
    for field in ("name", "split", "formula", "smiles"):
        words = [getattr(molecule, field) for molecule in molecules]
        file.create_dataset(f"molecule/{field}", data=np.array(words, dtype=h5py.string_dtype()))
    sizes = [molecule.numbers.size for molecule in molecules]
    _make(file, "molecule/first_atom", np.cumsum([0, *sizes], dtype="<i8"))
    _make(
        file,
        "molecule/atomic_number",
        np.concatenate([np.empty(0, "|u1"), *(molecule.numbers for molecule in molecules)]).astype("|u1"),
    )
    return {molecule.name: number for number, molecule in enumerate(molecules)}


def _write_parts(file: h5py.File, stage: int, parts: Iterable[Part], numbers: Mapping[str, int]) -> None:
    held: list[Part] = []
    for part in parts:
        held.append(part)
        if len(held) == _HELD:
            _extend(file, stage, held, numbers)
            held = []
    if held:
        _extend(file, stage, held, numbers)


def _extend(file: h5py.File, stage: int, parts: list[Part], numbers: Mapping[str, int]) -> None:
    block = BLOCKS[stage]
    _append(file, f"{block}/index", np.array([part.key[1] for part in parts]))
    if stage == 2:
        _append(file, "geometry/molecule", np.array([numbers[part.key[0]] for part in parts]))
        _count(file, "geometry/first_atom", np.array([len(part.columns["geometry/position_au"]) for part in parts]))
    _count(file, f"{block}/first_entry", np.array([part.atoms.size for part in parts]))
    _count(file, "entry/first_atom", np.concatenate([part.atoms for part in parts]))
    for name in COLUMNS[stage]:
        _append(file, name, np.concatenate([part.columns[name] for part in parts]))


def _append(file: h5py.File, name: str, rows: AnyArray) -> None:
    column = file[name]
    size = len(column)
    column.resize(size + len(rows), axis=0)
    column[size:] = rows


def _count(file: h5py.File, name: str, sizes: I8) -> None:
    _append(file, name, file[name][-1] + np.cumsum(sizes, dtype=np.int64))


def unpack(file: h5py.File, stage: int, number: int) -> Part:
    """Take block `number` out of an open file of training data."""
    block = BLOCKS[stage]
    entries = _rows(file, f"{block}/first_entry", number)
    first_atom = file["entry/first_atom"][entries.start : entries.stop + 1]
    rows = {
        "block": slice(number, number + 1),
        "block atom": _rows(file, "geometry/first_atom", number) if stage == 2 else slice(0),
        "entry": entries,
        "entry atom": slice(int(first_atom[0]), int(first_atom[-1])),
    }
    name = file["molecule/name"].asstr()[int(file["geometry/molecule"][number])] if stage == 2 else ""
    return Part(
        key=(name, int(file[f"{block}/index"][number])),
        atoms=np.diff(first_atom),
        columns={name: file[name][rows[column.level]] for name, column in COLUMNS[stage].items()},
    )


def _rows(file: h5py.File, name: str, number: int) -> slice:
    first, last = file[name][number : number + 2].tolist()
    return slice(first, last)

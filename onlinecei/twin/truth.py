"""What is true about a simulated run, in a file that the analysis never opens."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import I8
from onlinecei.errors import RunFileError
from onlinecei.twin.molecules import symbols_of
from onlinecei.twin.options import TwinOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth:
    """Fills up while the trains of a simulated run are taken."""

    atoms: Atoms
    options: TwinOptions
    seed: int
    channels: tuple[str, ...]
    hit_molecule: list[I8] = field(default_factory=list)
    """Per train and hit the molecule that made it, -1: background."""
    hit_ion: list[I8] = field(default_factory=list)
    """Per train and hit the ion, counted along its channel, -1: background."""
    molecule_pulse: list[I8] = field(default_factory=list)
    """Per train and molecule its pulse, counted through the run."""
    molecule_channel: list[I8] = field(default_factory=list)
    """Per train and molecule its channel, an index into `channels`."""

    @property
    def molecules(self) -> int:
        """Molecules so far."""
        return sum(part.size for part in self.molecule_channel)


def truth_path(run: Path) -> Path:
    """Where the truth about a run file lies: `NAME.truth.h5` beside `NAME.h5`."""
    return run.with_name(f"{run.stem}.truth.h5")


def write_truth(path: Path, truth: Truth) -> None:
    """Write the truth about a run.

    ``/molecule``: ``symbols`` and ``positions_au`` (N, 3), the equilibrium geometry; ``/channels`` their
    names; ``/event/pulse`` and ``/event/channel`` for each molecule that exploded; ``/hit/molecule`` and
    ``/hit/ion`` for each hit of the run file, -1 for background. Options and seed are attributes.
    """
    try:
        with h5py.File(path, "w") as file:
            _fill(file, truth)
    except OSError as error:
        raise RunFileError(f"truth file '{path}' cannot be written: {error}") from error


def _fill(file: h5py.File, truth: Truth) -> None:
    file.attrs["format"] = "onlinecei-truth"
    file.attrs["version"] = 1
    file.attrs["seed"] = truth.seed
    file.attrs["options"] = json.dumps(truth.options.as_mapping())
    file["molecule/symbols"] = symbols_of(truth.atoms)
    file["molecule/positions_au"] = truth.atoms.positions * units.ANGSTROM
    file["channels"] = list(truth.channels)
    _column(file, "event/pulse", truth.molecule_pulse, "u4")
    _column(file, "event/channel", truth.molecule_channel, "u1")
    _column(file, "hit/molecule", truth.hit_molecule, "i4")
    _column(file, "hit/ion", truth.hit_ion, "i1")


def _column(file: h5py.File, name: str, parts: Sequence[I8], dtype: str) -> None:
    data = np.concatenate([np.empty(0, dtype=np.int64), *parts]).astype(dtype)
    file.create_dataset(name, data=data, maxshape=(None,), chunks=(65_536,), compression="gzip", shuffle=True)

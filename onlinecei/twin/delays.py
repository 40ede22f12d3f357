"""Geometries to draw from: one ensemble for each pump-probe delay."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.errors import MoleculeError
from onlinecei.records import NO_PUMP_FS
from onlinecei.twin.ensemble import sample_geometries
from onlinecei.twin.molecules import formula_of
from onlinecei.twin.options import TwinOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ensembles:
    """Geometries of each delay."""

    delay_fs: F8
    """(K,) rising; the first is `NO_PUMP_FS` where some pulses have no pump."""
    positions_au: F8
    """(K, G, N, 3) to draw from, atoms in the order of the molecule's."""
    frames: Mapping[float, F8]
    """(F, N, 3) of each delay: what the file of a scan holds, or the equilibrium that vibration spreads."""

    @classmethod
    def of(cls, atoms: Atoms, options: TwinOptions, rng: np.random.Generator) -> "Ensembles":
        """Give the ensembles of a run: vibrating about the equilibrium, or drawn from the frames of a scan."""
        if options.scan.file is not None:
            found = cls.of_frames(read_frames(options.scan.file, atoms), options.geometries, rng)
            return found.with_unpumped(atoms, options, rng) if options.scan.unpumped else found
        positions = sample_geometries(atoms, options.geometries, options.temperature_k, rng)
        return cls(
            delay_fs=np.array([options.delay_fs]),
            positions_au=positions[None],
            frames={options.delay_fs: atoms.positions[None] * units.ANGSTROM},
        )

    @classmethod
    def of_frames(cls, frames: Mapping[float, F8], geometries: int, rng: np.random.Generator) -> "Ensembles":
        """Draw from the frames of each delay as they are: a trajectory brings its own spread."""
        number = max(geometries // len(frames), *map(len, frames.values()))
        drawn = [frames[delay][_even(len(frames[delay]), number, rng)] for delay in frames]
        return cls(delay_fs=np.array(list(frames)), positions_au=np.array(drawn), frames=frames)

    def with_unpumped(self, atoms: Atoms, options: TwinOptions, rng: np.random.Generator) -> "Ensembles":
        """Put molecules that no pump has touched before those of the delays."""
        own = sample_geometries(atoms, self.positions_au.shape[1], options.temperature_k, rng)
        return Ensembles(
            delay_fs=np.append(NO_PUMP_FS, self.delay_fs),
            positions_au=np.concatenate([own[None], self.positions_au]),
            frames={NO_PUMP_FS: atoms.positions[None] * units.ANGSTROM, **self.frames},
        )


def _even(frames: int, number: int, rng: np.random.Generator) -> I8:
    """Each frame as often as the others, to within one, in random order."""
    return np.asarray(rng.permutation(np.arange(number) % frames))


def read_frames(path: Path, atoms: Atoms) -> dict[float, F8]:
    """Read the geometries (F, N, 3) in bohr of each delay in fs.

    Parameters
    ----------
    path
        Extended xyz; the comment of each frame holds ``delay_fs=...``; frames of equal delay are one ensemble.
    atoms
        The molecule; its frames may have their atoms in another order, and are put into this one.

    Raises
    ------
    MoleculeError
        If a frame is not of the molecule or lacks a delay.
    """
    try:
        frames = ase.io.read(path, index=":", format="extxyz")
    except (OSError, ValueError, KeyError, IndexError, ase.io.ParseError) as error:
        raise MoleculeError(f"delays file '{path}' cannot be read as extended xyz: {error}") from error
    if not frames:
        raise MoleculeError(f"delays file '{path}' holds no frame")
    found: dict[float, list[F8]] = {}
    for index, frame in enumerate(frames):
        found.setdefault(_delay(frame, index, path), []).append(_positions(frame, atoms, index, path))
    return {delay: np.array(found[delay]) for delay in sorted(found)}


def _delay(frame: Atoms, index: int, path: Path) -> float:
    value = frame.info.get("delay_fs")
    if not isinstance(value, int | float | np.number) or not np.isfinite(value):
        raise MoleculeError(f"delays file '{path}': frame {index} has delay_fs={value}, expected a number")
    return float(value)


def _positions(frame: Atoms, atoms: Atoms, index: int, path: Path) -> F8:
    if sorted(frame.numbers) != sorted(atoms.numbers):
        raise MoleculeError(
            f"delays file '{path}': frame {index} is {formula_of(frame)}, expected {formula_of(atoms)}, the molecule"
        )
    if not np.all(np.isfinite(frame.positions)):
        raise MoleculeError(f"delays file '{path}': frame {index} holds positions that are not finite")
    ordered = np.empty_like(frame.positions)
    ordered[np.argsort(atoms.numbers, kind="stable")] = frame.positions[np.argsort(frame.numbers, kind="stable")]
    return np.asarray(ordered * units.ANGSTROM)

"""Stage 2: real molecules, distorted, exploded many times by the Monte Carlo, averaged by their final charges."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from onlinecei import units
from onlinecei.arrays import F4, F8, AnyArray
from onlinecei.errors import CEIError
from onlinecei.explosion import Beam, Combination, combinations, explode_in_beam
from onlinecei.explosion.monte_carlo import MODEL
from onlinecei.explosion.montecarlo.rules import USED
from onlinecei.molexa.data.schema import Key, Part, Setting, rounded
from onlinecei.molexa.molecules import Entry, molecules

SIGMA_ANGSTROM = (0.03, 0.25)
"""Range of the displacements: from a vibration to a bond that breaks or bends far."""
NEAREST_RATIO = 0.75
NEAREST_ANGSTROM = 0.6
"""A pair of atoms is never nearer than this share of its equilibrium distance, nor than this."""
_TRIES = 1000
_MOMENTUM_BITS, _COVARIANCE_BITS = 13, 10
"""Significant bits kept: 1e-4 and 1e-3, below the statistical errors of the largest counts."""
_UPPER = np.triu_indices(3)
"""The six elements of a covariance, in the order xx, xy, xz, yy, yz, zz."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage2:
    """How the geometries of stage 2 are drawn and exploded."""

    seed: int = 1
    trajectories: int = 20_000
    """For each geometry."""
    minimum: int = 100
    """A combination of charges needs so many of them."""
    most: int = 12
    """Combinations of a geometry that are kept, the most frequent."""
    beam: Beam = field(default_factory=lambda: Beam(wings=1e-2))

    def __post_init__(self) -> None:
        if self.trajectories < 1 or self.most < 1 or self.minimum < 2:
            raise CEIError(
                f"trajectories {self.trajectories}, most {self.most}, minimum {self.minimum}: expected at least 1, 1, 2"
            )

    @property
    def settings(self) -> dict[str, Setting]:
        """What decides the content of every geometry."""
        return {
            "seed": self.seed,
            "trajectories": self.trajectories,
            "minimum": self.minimum,
            "most": self.most,
            "beam": json.dumps(asdict(self.beam)),
            "model": MODEL,
            "rule": USED,
            "sigma_angstrom": json.dumps(SIGMA_ANGSTROM),
            "nearest": json.dumps([NEAREST_RATIO, NEAREST_ANGSTROM]),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """A geometry to be made."""

    molecule: Entry
    index: int
    """0: at equilibrium."""
    options: Stage2

    @property
    def key(self) -> Key:
        """What the part will be called."""
        return self.molecule.name, self.index

    def make(self) -> Part:
        """Draw the geometry, explode it and average; the same wherever and whenever it is done."""
        seeds = _seeds(self.options.seed, *self.key)
        sigma, positions = draw_geometry(self.molecule, self.index, np.random.default_rng(seeds[0]))
        run = explode_in_beam(
            positions.astype(np.float64),
            self.molecule.symbols,
            self.options.beam,
            seed=seeds[1],
            trajectories=self.options.trajectories,
            whole=True,
        )
        full = (run.charges > 0).all(axis=1) & np.isfinite(run.momenta_au).all(axis=(1, 2))
        found = combinations(run, minimum=self.options.minimum)
        kept = [each for each in found if each.charges.min() > 0][: self.options.most]
        own = {
            "geometry/trajectories": np.array([self.options.trajectories], "<i4"),
            "geometry/full_share": np.array([full.mean()], "<f4"),
            "geometry/sigma_angstrom": np.array([sigma], "<f4"),
            "geometry/position_au": positions,
        }
        return Part(key=self.key, atoms=np.full(len(kept), len(positions)), columns=own | _columns(kept))


def _columns(kept: list[Combination]) -> dict[str, AnyArray]:
    covariances = [each.covariance_au2[:, *_UPPER] for each in kept]
    return {
        "entry/count": np.array([each.count for each in kept], "<i4"),
        "entry/charge": np.concatenate([np.empty(0, "|i1"), *(each.charges for each in kept)]),
        "entry/momentum_au": rounded(
            np.concatenate([np.empty((0, 3)), *(each.momentum_au for each in kept)]), _MOMENTUM_BITS
        ),
        "entry/covariance_au2": rounded(np.concatenate([np.empty((0, 6)), *covariances]), _COVARIANCE_BITS),
    }


def _seeds(seed: int, name: str, index: int) -> tuple[int, int]:
    """Seeds of the geometry and of its explosions: a hash, so that no list of molecules changes them."""
    digest = hashlib.sha256(json.dumps([seed, name, index]).encode()).digest()
    return int.from_bytes(digest[:7], "little"), int.from_bytes(digest[8:15], "little")


def draw_geometry(molecule: Entry, index: int, rng: np.random.Generator) -> tuple[float, F4]:
    """Displace the atoms of a molecule; its geometry 0 is the equilibrium.

    Returns
    -------
    sigma
        Standard deviation of the displacements along each axis, in angstrom.
    positions_au
        (N, 3) in bohr.

    Raises
    ------
    CEIError
        If the atoms come too near to each other however they are displaced.
    """
    if index == 0:
        return 0.0, molecule.positions_au.astype(np.float32)
    first, second = np.triu_indices(len(molecule.symbols), 1)

    def distances(positions: F8) -> F8:
        return np.asarray(np.linalg.norm(positions[first] - positions[second], axis=1))

    least = np.maximum(NEAREST_RATIO * distances(molecule.positions_au), NEAREST_ANGSTROM * units.ANGSTROM)
    for _ in range(_TRIES):
        sigma = rng.uniform(*SIGMA_ANGSTROM)
        for _ in range(_TRIES):
            positions = molecule.positions_au + rng.normal(0, sigma * units.ANGSTROM, molecule.positions_au.shape)
            if np.all(distances(positions) >= least):
                return float(sigma), positions.astype(np.float32)
    raise CEIError(f"no geometry {index} of {molecule.name} keeps its atoms apart in {_TRIES**2} draws")


def plan(options: Stage2, geometries: int, chosen: list[Entry] | None = None) -> list[Geometry]:
    """List what is to be made: geometry 0 of every molecule, then geometry 1, so that a part is balanced.

    Molecules of `train`, `validation` and `test` get `geometries` each, those of `test-8-9` and `large` one, those of
    `extra` none. Within a round the molecules are mixed.

    Parameters
    ----------
    options
        What every geometry shares.
    geometries
        Of each molecule.
    chosen
        Molecules to take instead of all.
    """
    number: dict[str, Any] = {"train": geometries, "validation": geometries, "test": geometries}
    number |= {"test-8-9": min(geometries, 1), "large": min(geometries, 1)}
    ordered = sorted(molecules() if chosen is None else chosen, key=lambda each: _seeds(options.seed, each.name, 0))
    return [
        Geometry(molecule=molecule, index=index, options=options)
        for index in range(geometries)
        for molecule in ordered
        if index < number.get(molecule.split, 0)
    ]

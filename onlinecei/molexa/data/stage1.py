"""Stage 1: random molecules, exploded classically, as many as are wanted."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache

import numpy as np
from ase.data import chemical_symbols

from onlinecei.arrays import F4, F8, I1, I8, U1
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode_many
from onlinecei.ions import Ion
from onlinecei.molexa.data.joined import join
from onlinecei.molexa.data.schema import Key, Part, Setting
from onlinecei.molexa.molecules import molecules

ELEMENTS = np.array([1, 6, 7, 8, 9, 14, 15, 16, 17])
"""H C N O F Si P S Cl: those of the molecules of stage 2."""
BATCH = 1024
"""Molecules; a task of about a tenth of a second."""
_SHRINK = 0.9
_TAU_SPREAD = 2.0
"""Random charge-up times lie within this factor of the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Exploded molecules, one after another: E molecules of A atoms in all."""

    first_atom: I8
    """(E + 1,)"""
    atomic_number: U1
    """(A,)"""
    charge: I1
    """(A,)"""
    tau_fs: F4
    """(A,) charge-up time."""
    position_au: F4
    """(A, 3)"""
    momentum_au: F4
    """(A, 3)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage1:
    """A source of batches without end; batch b depends on the options and on b alone."""

    seed: int = 1
    atoms: tuple[int, int] = (2, 9)
    """Fewest and most of a molecule."""
    half_width_au: float = 10.0
    """Atoms of random molecules lie in a cube of twice this."""
    least_au: float = 1.2
    """Two atoms are never nearer; H2 has 1.4."""
    highest: int = 6
    """Charges are drawn evenly from 1 to this, and of hydrogen are 1."""
    real_share: float = 0.3
    """Share of distorted molecules of the split `train`."""
    joined_share: float = 0.3
    """Share of distorted molecules that are two or three of the split `train`, joined: they have up to 14 atoms."""
    stretch: float = 0.15
    """Standard deviation of each element of the matrix that shears and bends a real or joined molecule as a whole."""
    jitter_au: float = 0.3
    """Standard deviation by which each of its atoms is moved as well."""
    tau_fs: float = 15.0
    """Time of the charge-up ``erf(t / tau)``; of one for all elements, this comes nearest to the Monte Carlo model."""
    random_tau: bool = False
    """Whether each element of a molecule has a time of its own, about the given one."""

    def __post_init__(self) -> None:
        if not 2 <= self.atoms[0] <= self.atoms[1]:
            raise CEIError(f"atoms is {self.atoms}, expected the fewest and the most, 2 or more")
        if not 0 <= self.least_au <= 1.3 or self.atoms[1] * self.least_au**3 > self.half_width_au**3:
            raise CEIError(
                f"least_au is {self.least_au}, half_width_au {self.half_width_au}: expected at most 1.3 and "
                f"room for {self.atoms[1]} atoms in the cube (H2 is 1.4 long)"
            )
        if self.real_share > 0 and not _known(self.atoms):
            raise CEIError(f"no molecule of the split 'train' has {self.atoms} atoms: set real_share to 0")
        if min(self.real_share, self.joined_share) < 0 or self.real_share + self.joined_share > 1:
            raise CEIError(
                f"real_share {self.real_share}, joined_share {self.joined_share}: expected shares with a sum up to 1"
            )
        if not 1 <= self.highest <= 6:
            raise CEIError(f"highest is {self.highest}, expected 1 to 6, as carbon has six electrons")

    @property
    def settings(self) -> dict[str, Setting]:
        """What decides the content of every batch."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return own | {"atoms": json.dumps(self.atoms), "random_tau": int(self.random_tau), "batch": BATCH}

    def __iter__(self) -> Iterator[Batch]:
        number = 0
        while True:
            yield self.batch(number)
            number += 1

    def tasks(self, entries: int) -> list["BatchTask"]:
        """List the batches that hold so many entries."""
        return [BatchTask(source=self, index=index) for index in range(math.ceil(entries / BATCH))]

    def batch(self, number: int) -> Batch:
        """Draw and explode batch `number`."""
        rng = np.random.default_rng([self.seed, number])
        drawn = [self._molecule(rng) for _ in range(BATCH)]
        first_atom = np.cumsum([0, *(len(numbers) for numbers, _, _ in drawn)])
        numbers = np.concatenate([numbers for numbers, _, _ in drawn])
        positions = np.concatenate([positions for _, positions, _ in drawn]).astype(np.float32)
        tau = np.concatenate([tau for _, _, tau in drawn]).astype(np.float32)
        charges = np.where(numbers == 1, 1, rng.integers(1, self.highest, numbers.size, endpoint=True))
        momenta = explode_many(
            positions.astype(np.float64),
            neutral_masses_au()[numbers] - charges,
            charges.astype(np.float64),
            first_atom,
            ChargeUp("erf", tuple(tau.astype(np.float64).tolist())),
        )
        return Batch(
            first_atom=first_atom,
            atomic_number=numbers.astype(np.uint8),
            charge=charges.astype(np.int8),
            tau_fs=tau,
            position_au=positions,
            momentum_au=momenta.astype(np.float32),
        )

    def _molecule(self, rng: np.random.Generator) -> tuple[I8, F8, F8]:
        """Draw atomic numbers, positions and charge-up times."""
        kind = rng.random() - self.real_share
        if kind < 0:
            known = _known(self.atoms)
            numbers, positions = self._distorted(*known[int(rng.integers(len(known)))], rng)
        elif kind < self.joined_share:
            numbers, positions = self._distorted(*join(rng), rng)
        else:
            numbers, positions = self._random(rng)
        if not self.random_tau:
            return numbers, positions, np.full(numbers.size, self.tau_fs)
        by_element = self.tau_fs * _TAU_SPREAD ** rng.uniform(-1, 1, ELEMENTS.size)
        return numbers, positions, by_element[np.searchsorted(ELEMENTS, numbers)]

    def _random(self, rng: np.random.Generator) -> tuple[I8, F8]:
        atoms = int(rng.integers(*self.atoms, endpoint=True))
        while True:
            positions = rng.uniform(-self.half_width_au, self.half_width_au, (atoms, 3))
            if _nearest(positions) >= self.least_au:
                return rng.choice(ELEMENTS, atoms), positions

    def _distorted(self, numbers: I8, equilibrium: F8, rng: np.random.Generator) -> tuple[I8, F8]:
        """Distort a molecule; less and less where its atoms come too near."""
        size = 1.0
        while True:
            matrix = np.eye(3) * rng.uniform(1, 1 + size) + rng.normal(0, self.stretch * size, (3, 3))
            positions = equilibrium @ matrix + rng.normal(0, self.jitter_au * size, equilibrium.shape)
            if _nearest(positions) >= self.least_au:
                return numbers, positions
            size *= _SHRINK


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchTask:
    """A batch to be made and kept."""

    source: Stage1
    index: int

    @property
    def key(self) -> Key:
        """What the part will be called."""
        return "", self.index

    def make(self) -> Part:
        """Make it."""
        batch = self.source.batch(self.index)
        names = ("atomic_number", "charge", "tau_fs", "position_au", "momentum_au")
        return Part(
            key=self.key,
            atoms=np.diff(batch.first_atom),
            columns={f"entry/{name}": getattr(batch, name) for name in names},
        )


def _nearest(positions: F8) -> float:
    first, second = np.triu_indices(len(positions), 1)
    off = positions[first] - positions[second]
    return math.sqrt(float(np.einsum("pi,pi->p", off, off).min()))


@cache
def _known(atoms: tuple[int, int]) -> list[tuple[I8, F8]]:
    chosen = [each for each in molecules("train") if atoms[0] <= each.numbers.size <= atoms[1]]
    return [(each.numbers, each.positions_au) for each in chosen]


@cache
def neutral_masses_au() -> F8:
    """Mass of the atom, of its most abundant isotope, by atomic number; NaN beyond the nine elements."""
    masses = np.full(ELEMENTS.max() + 1, np.nan)
    masses[ELEMENTS] = [Ion(chemical_symbols[number], 1).mass_au + 1 for number in ELEMENTS]
    masses.setflags(write=False)
    return masses

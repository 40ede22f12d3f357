"""The Monte Carlo model: a trajectory for every molecule in the focus."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from ase import Atoms

from onlinecei.arrays import F8, I1, I8
from onlinecei.explosion.beam import Beam
from onlinecei.twin.delays import Ensembles
from onlinecei.twin.fragments import Fragments
from onlinecei.twin.molecules import symbols_of


class Trajectories(Protocol):
    """Outcome of `explode_in_beam`."""

    @property
    def charges(self) -> I1:
        """(M, N); 0: stays neutral."""
        ...

    @property
    def momenta_au(self) -> F8:
        """(M, N, 3) in the frame of the positions; NaN for atoms still bound to one another."""
        ...


ExplodeInBeam = Callable[..., Trajectories]
"""`onlinecei.explosion.explode_in_beam`, or a stand-in for it."""


def beam_explosion() -> ExplodeInBeam:
    """Give the Monte Carlo model, looked up when it is needed, so that a stand-in may take its place."""
    from onlinecei.explosion import explode_in_beam  # noqa: PLC0415

    return explode_in_beam


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonteCarlo:
    """Every molecule draws a geometry and a place in the focus, and absorbs what its pulse holds for it."""

    symbols: Sequence[str]
    ensembles: Ensembles
    beam: Beam
    seed: int
    explode: ExplodeInBeam

    @classmethod
    def of(cls, atoms: Atoms, ensembles: Ensembles, beam: Beam, seed: int) -> "MonteCarlo":
        """Take the model of `onlinecei.explosion`."""
        return cls(symbols=symbols_of(atoms), ensembles=ensembles, beam=beam, seed=seed, explode=beam_explosion())

    def fragments(self, delay: I8, energy: F8, train: int, rng: np.random.Generator) -> Fragments:
        """Run one trajectory for each molecule, with the random numbers of its train."""
        drawn = rng.integers(self.ensembles.positions_au.shape[1], size=delay.size)
        positions = self.ensembles.positions_au[delay, drawn]
        if not delay.size:
            return Fragments(charges=np.empty(positions.shape[:2], dtype=np.int8), momentum_au=positions)
        outcome = self.explode(positions, self.symbols, self.beam, seed=_train_seed(self.seed, train), energy=energy)
        return Fragments(charges=outcome.charges, momentum_au=outcome.momenta_au)


def _train_seed(seed: int, train: int) -> int:
    """A seed (31 bits) of its own for each train: the molecules of one do not count those of another."""
    return int(np.random.SeedSequence([seed, 2, train]).generate_state(1)[0] >> 1)

"""The classical model: a molecule becomes the ions of a complete channel, by the setup's charge-up law."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from onlinecei.arrays import F8, I1, I8
from onlinecei.errors import MoleculeError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.ions import Channel, Ion, Molecule
from onlinecei.setup import Setup
from onlinecei.twin.delays import Ensembles
from onlinecei.twin.fragments import Fragments
from onlinecei.twin.molecules import formula_of, symbols_of
from onlinecei.twin.options import TwinOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Classical:
    """Every geometry of every delay, exploded in every way once; molecules draw from the outcomes."""

    share: F8
    """(W,) probability of each way to break up."""
    charges: I1
    """(W, K, G, N)"""
    momentum_au: F8
    """(W, K, G, N, 3)"""

    @classmethod
    def of(
        cls, atoms: Atoms, ensembles: Ensembles, setup: Setup, options: TwinOptions, rng: np.random.Generator
    ) -> "Classical":
        """Explode the ensembles into the channels of the options, or else of the setup."""
        weighted = _weighted(atoms, setup, options)
        outcomes = [_exploded(atoms, ions, setup, ensembles.positions_au, rng) for ions, _ in weighted]
        weights = np.array([weight for _, weight in weighted])
        return cls(
            share=weights / weights.sum(),
            charges=np.array([outcome.charges for outcome in outcomes]),
            momentum_au=np.array([outcome.momentum_au for outcome in outcomes]),
        )

    def fragments(self, delay: I8, energy: F8, train: int, rng: np.random.Generator) -> Fragments:  # noqa: ARG002
        """Draw a way and a geometry for each molecule; the pulse energy has no part in it."""
        way = rng.choice(self.share.size, size=delay.size, p=self.share)
        drawn = rng.integers(self.charges.shape[2], size=delay.size)
        return Fragments(charges=self.charges[way, delay, drawn], momentum_au=self.momentum_au[way, delay, drawn])


def singly_charged(atoms: Atoms) -> tuple[Ion, ...]:
    """Every atom as an ion of charge one, heavier elements first."""
    numbers = sorted(zip(-atoms.numbers, symbols_of(atoms), strict=True))
    return tuple(Ion(symbol, 1) for _, symbol in numbers)


def _weighted(atoms: Atoms, setup: Setup, options: TwinOptions) -> list[tuple[tuple[Ion, ...], float]]:
    molecule = Molecule.parse(formula_of(atoms))
    if options.channels:
        return [(_complete(name, molecule), weight) for name, weight in options.channels]
    channels = [section.channel.ions for section in setup.channels if setup.complete(section)]
    return [(ions, 1.0) for ions in channels or [singly_charged(atoms)]]


def _complete(name: str, molecule: Molecule) -> tuple[Ion, ...]:
    channel = Channel.parse(name)
    if not channel.holds_every_atom_of(molecule):
        raise MoleculeError(f"channel '{name}' does not hold every atom of {molecule}, expected a complete one")
    return channel.ions


def _exploded(
    atoms: Atoms, ions: tuple[Ion, ...], setup: Setup, positions_au: F8, rng: np.random.Generator
) -> Fragments:
    """Explode ensembles (K, G, N, 3) into ions; a geometry with two atoms in one place gives way to another."""
    delays, number, size = positions_au.shape[:3]
    atom_of_ion = _placements(atoms, ions, delays * number, rng)
    placed = np.take_along_axis(positions_au.reshape(-1, size, 3), atom_of_ion[:, :, None], axis=1)
    charge = np.array([ion.charge for ion in ions])
    law = ChargeUp.of(setup.explosion, [ion.symbol for ion in ions])
    momenta = explode(placed, np.array([ion.mass_au for ion in ions]), charge.astype(np.float64), law)
    charges, momentum = np.empty(atom_of_ion.shape, dtype=np.int8), np.empty_like(momenta)
    np.put_along_axis(charges, atom_of_ion, charge.astype(np.int8)[None], axis=1)
    np.put_along_axis(momentum, atom_of_ion[:, :, None], momenta, axis=1)
    use = _usable(np.isfinite(momenta).all(axis=(1, 2)).reshape(delays, number), formula_of(atoms))
    return Fragments(charges=charges[use], momentum_au=momentum[use])


def _usable(whole: np.ndarray, formula: str) -> I8:
    """Row (K, G) to use for each geometry of each delay: its own, or that of another one that explodes."""
    if not whole.any(axis=1).all():
        raise MoleculeError(f"no geometry of {formula} explodes: two of its atoms are in one place")
    number = whole.shape[1]
    good = [np.resize(np.flatnonzero(row), number) for row in whole]
    return np.array([rows + index * number for index, rows in enumerate(good)])


def _placements(atoms: Atoms, ions: tuple[Ion, ...], number: int, rng: np.random.Generator) -> I8:
    """Which atom (M, N) becomes which ion; atoms of one element take its charges at random."""
    symbols = np.array(symbols_of(atoms))
    order = np.empty((number, len(ions)), dtype=np.int64)
    for symbol in dict.fromkeys(ion.symbol for ion in ions):
        columns = [column for column, ion in enumerate(ions) if ion.symbol == symbol]
        choices = np.tile(np.flatnonzero(symbols == symbol), (number, 1))
        order[:, columns] = rng.permuted(choices, axis=1)
    return order

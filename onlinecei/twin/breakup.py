"""How a molecule comes apart: the ions it becomes, and the momenta of many of its geometries."""

from dataclasses import dataclass

import numpy as np
from ase import Atoms

from onlinecei.arrays import F8
from onlinecei.errors import MoleculeError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.ions import Channel, Ion, Molecule
from onlinecei.setup import Setup
from onlinecei.twin.ensemble import sample_geometries
from onlinecei.twin.molecules import formula_of, symbols_of
from onlinecei.twin.options import TwinOptions


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Breakup:
    """All ions of one way to break up, with momenta to draw from."""

    ions: tuple[Ion, ...]
    """In the canonical order of a channel."""
    share: float
    """Probability of a molecule to break up like this."""
    momentum_au: F8
    """(M, N, 3), in the frame of the equilibrium geometry."""

    @property
    def name(self) -> str:
        """The name as of a channel."""
        return "/".join(ion.name for ion in self.ions)


def breakups(atoms: Atoms, setup: Setup, options: TwinOptions, rng: np.random.Generator) -> tuple[Breakup, ...]:
    """Explode sampled geometries of each channel."""
    weighted = _weighted(atoms, setup, options)
    total = sum(weight for _, weight in weighted)
    section = setup.explosion
    law = ChargeUp(section.charge_up, section.tau_fs or 0.0)
    return tuple(
        Breakup(ions=ions, share=weight / total, momentum_au=_exploded(atoms, ions, law, options, rng))
        for ions, weight in weighted
    )


def singly_charged(atoms: Atoms) -> tuple[Ion, ...]:
    """Every atom as an ion of charge one, heavier elements first."""
    numbers = sorted(zip(-atoms.numbers, symbols_of(atoms), strict=True))
    return tuple(Ion(symbol, 1) for _, symbol in numbers)


def _weighted(atoms: Atoms, setup: Setup, options: TwinOptions) -> list[tuple[tuple[Ion, ...], float]]:
    molecule = Molecule.parse(formula_of(atoms))
    if molecule.atoms != setup.molecule.molecule.atoms:
        raise MoleculeError(f"the molecule is {molecule}, the setup's formula is {setup.molecule.formula}")
    if options.channels:
        return [(_complete(name, molecule), weight) for name, weight in options.channels]
    channels = [section.channel.ions for section in setup.channels if setup.complete(section)]
    return [(ions, 1.0) for ions in channels or [singly_charged(atoms)]]


def _complete(name: str, molecule: Molecule) -> tuple[Ion, ...]:
    channel = Channel.parse(name)
    if not channel.holds_every_atom_of(molecule):
        raise MoleculeError(f"channel '{name}' does not hold every atom of {molecule}, expected a complete one")
    return channel.ions


def _exploded(atoms: Atoms, ions: tuple[Ion, ...], law: ChargeUp, options: TwinOptions, rng: np.random.Generator) -> F8:
    geometries = sample_geometries(atoms, options.geometries, options.temperature_k, rng)
    order = _placements(atoms, ions, options.geometries, rng)
    placed = np.take_along_axis(geometries, order[:, :, None], axis=1)
    masses = np.array([ion.mass_au for ion in ions])
    momenta = explode(placed, masses, np.array([float(ion.charge) for ion in ions]), law)
    whole = np.isfinite(momenta).all(axis=(1, 2))
    if not whole.any():
        raise MoleculeError(f"no geometry of {formula_of(atoms)} explodes: two of its atoms are in one place")
    return momenta[whole]


def _placements(atoms: Atoms, ions: tuple[Ion, ...], number: int, rng: np.random.Generator) -> np.ndarray:
    """Which atom (M, N) becomes which ion; atoms of one element take its charges at random."""
    symbols = np.array(symbols_of(atoms))
    order = np.empty((number, len(ions)), dtype=np.int64)
    for symbol in dict.fromkeys(ion.symbol for ion in ions):
        columns = [column for column, ion in enumerate(ions) if ion.symbol == symbol]
        choices = np.tile(np.flatnonzero(symbols == symbol), (number, 1))
        order[:, columns] = rng.permuted(choices, axis=1)
    return order

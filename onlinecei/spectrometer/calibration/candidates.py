"""Which ions a run of a molecule may hold: its atoms with several charges, bound ions and those of the residual gas."""

import re
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_masses_common, atomic_numbers
from ase.formula import Formula

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.ions import Ion, Molecule

MOST_CHARGE = 8
"""Higher charges are rare at any light source, and their flight times crowd."""
GAS = ("H2", "OH", "H2O", "N2", "CO2", "Ar")
"""What a chamber holds besides the jet; CO has the mass of N2."""
ATOM_EV = 150.0
"""Largest kinetic energy of an atomic ion per charge: some fifty per cent above those of small molecules in a strong
X-ray pulse."""
_LIKE_AN_ION = re.compile(r"[A-Z][a-z]?[0-9]+")
"""``N2+`` is a nitrogen atom that lost two electrons; the molecule is written ``(N2)+``."""
GAS_EV = 0.6
"""The same for an ion that did not explode: ten times the thermal energy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An ion that may have made a peak in the flight-time spectrum."""

    name: str
    mass_au: float
    charge: int
    bound: bool
    """Whether it is an ion of residual gas or a molecule that did not explode: narrow, and perhaps not in the jet."""

    @property
    def root_mass_per_charge(self) -> float:
        """sqrt(m/q) in daltons per elementary charge."""
        return float(np.sqrt(self.mass_au / units.DALTON / self.charge))

    @property
    def largest_momentum_au(self) -> float:
        """Momentum beyond which no ion of the kind is looked for."""
        energy = (GAS_EV if self.bound else ATOM_EV * self.charge) * units.ELECTRONVOLT
        return float(np.sqrt(2 * self.mass_au * energy))


def candidates(molecule: Molecule, most_charge: int = MOST_CHARGE) -> tuple[Candidate, ...]:
    """Ions that a run of a molecule may hold, atoms first.

    Parameters
    ----------
    molecule
        What is in the jet.
    most_charge
        Atoms are taken with charges from one to this, or to one less than they have electrons.
    """
    atoms = [_atom(symbol, charge) for symbol in molecule.atoms for charge in _charges(symbol, most_charge)]
    return (*atoms, *(bound(formula) for formula in dict.fromkeys((*GAS, molecule.formula))))


def foreign(molecule: Molecule) -> tuple[Candidate, ...]:
    """Atomic ions of common elements that the molecule does not hold: for a run of another molecule."""
    return tuple(
        _atom(symbol, charge)
        for symbol in ("H", "C", "N", "O", "F")
        if symbol not in molecule.atoms
        for charge in _charges(symbol, 4)
    )


def bound(formula: str) -> Candidate:
    """A molecule of the gas or of the jet that lost one electron."""
    counts = Formula(formula).count()
    dalton = sum(count * float(atomic_masses_common[atomic_numbers[symbol]]) for symbol, count in counts.items())
    name = f"({formula})+" if _LIKE_AN_ION.fullmatch(formula) else f"{formula}+"
    return Candidate(name=name, mass_au=dalton * units.DALTON - 1.0, charge=1, bound=True)


def atom(ion: Ion) -> Candidate:
    """An atomic ion."""
    return Candidate(name=ion.name, mass_au=ion.mass_au, charge=ion.charge, bound=False)


def _atom(symbol: str, charge: int) -> Candidate:
    return atom(Ion(symbol, charge))


def _charges(symbol: str, most_charge: int) -> range:
    return range(1, min(max(atomic_numbers[symbol] - 1, 1), most_charge) + 1)


def roots(ions: tuple[Candidate, ...]) -> F8:
    """sqrt(m/q) (K,) of candidates."""
    return np.array([ion.root_mass_per_charge for ion in ions])

"""Ions, molecules and channels by the names that people write: "O2+", "CH3CH2OH", "O+ / H+ / H+"."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from ase.data import atomic_masses_common, atomic_numbers, covalent_radii
from ase.formula import Formula

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.errors import MoleculeError

_ION_NAME = re.compile(r"([A-Z][a-z]?)([1-9][0-9]?)?\+")
MAX_STATE = 40
STATE_PATTERN = r"^(\w[\w .+<>=()-]*)?$"
"""Name of a state of a molecule: no sign that names of channels, of groups in files or of sums are made with."""
MAX_IONS = 9
"""Longest channel: the search over combinations is compiled for up to this many ions."""


@dataclass(frozen=True, slots=True, order=True)
class Ion:
    """An atomic ion, written as element symbol then charge: ``O+``, ``O2+`` (oxygen that lost two electrons)."""

    symbol: str
    charge: int

    @classmethod
    def parse(cls, name: str) -> "Ion":
        """Read a name such as ``H+`` or ``Si3+``; `MoleculeError` says what is wrong with another."""
        match = _ION_NAME.fullmatch(name.strip())
        if match is None:
            raise MoleculeError(f"ion '{name}' is not an element symbol followed by its charge, such as 'O+' or 'O2+'")
        symbol, charge = match[1], int(match[2] or 1)
        number = atomic_numbers.get(symbol)
        if not number:
            raise MoleculeError(f"ion '{name}': there is no element '{symbol}'")
        if charge > number:
            raise MoleculeError(f"ion '{name}': {symbol} has only {number} electrons to lose")
        return cls(symbol, charge)

    @property
    def name(self) -> str:
        """The name as in a setup file."""
        return f"{self.symbol}{self.charge if self.charge > 1 else ''}+"

    @property
    def atomic_number(self) -> int:
        """Number of protons."""
        return int(atomic_numbers[self.symbol])

    @property
    def mass_au(self) -> float:
        """Mass in electron masses: the most abundant isotope (what a flight-time peak shows) less the electrons lost.

        The masses are those of `ase.data`, not the natural averages of the periodic table.
        """
        return float(atomic_masses_common[self.atomic_number]) * units.DALTON - self.charge

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Molecule:
    """A molecule as the atoms it consists of."""

    formula: str

    @classmethod
    def parse(cls, formula: str) -> "Molecule":
        """Read a formula such as ``H2O``; brackets are allowed."""
        try:
            counts = Formula(formula.strip()).count()
        except ValueError as error:
            raise MoleculeError(f"formula '{formula}' cannot be read, expected something like 'C2H6O'") from error
        unknown = [symbol for symbol in counts if not atomic_numbers.get(symbol)]
        if unknown or not counts:
            raise MoleculeError(
                f"formula '{formula}' holds no known element" + (f": '{unknown[0]}'" if unknown else "")
            )
        return cls(formula.strip())

    @property
    def atoms(self) -> Counter[str]:
        """How many atoms of each element."""
        return Counter(Formula(self.formula).count())

    def __str__(self) -> str:
        return self.formula


@dataclass(frozen=True)
class Channel:
    """Ions detected together, in canonical order: heavier elements first, then higher charges.

    The order decides the molecular frame: the first ion is the heaviest, and identical ions stand together.
    """

    ions: tuple[Ion, ...]

    @classmethod
    def of(cls, names: tuple[str, ...]) -> "Channel":
        """Build from ion names in any order."""
        if not 2 <= len(names) <= MAX_IONS:
            raise MoleculeError(f"channel '{'/'.join(names)}' has {len(names)} ions, a channel takes 2 to {MAX_IONS}")
        ions = (Ion.parse(name) for name in names)
        return cls(tuple(sorted(ions, key=lambda ion: (-ion.atomic_number, -ion.charge))))

    @classmethod
    def parse(cls, name: str) -> "Channel":
        """Read ``O+ / H+ / H+`` or ``O+/H+/H+``."""
        return cls.of(tuple(part.strip() for part in name.split("/")))

    @cached_property
    def name(self) -> str:
        """The canonical name, such as ``O+/H+/H+``."""
        return "/".join(ion.name for ion in self.ions)

    @property
    def species(self) -> tuple[Ion, ...]:
        """The different ions of the channel, in order."""
        return tuple(dict.fromkeys(self.ions))

    @property
    def has_identical_ions(self) -> bool:
        """Whether two of the ions cannot be told apart by the detector."""
        return any(a == b for a, b in pairwise(self.ions))

    @property
    def masses_au(self) -> F8:
        """Ion masses (N,) in electron masses."""
        return np.array([ion.mass_au for ion in self.ions])

    @property
    def charges(self) -> F8:
        """Ion charges (N,) in elementary charges."""
        return np.array([ion.charge for ion in self.ions], dtype=np.float64)

    @property
    def atomic_numbers(self) -> I8:
        """Atomic numbers (N,)."""
        return np.array([ion.atomic_number for ion in self.ions], dtype=np.int64)

    def holds_every_atom_of(self, molecule: Molecule) -> bool:
        """Whether the channel is complete, so that its momenta must add up to zero."""
        return Counter(ion.symbol for ion in self.ions) == molecule.atoms

    def exceeds(self, molecule: Molecule) -> str | None:
        """Name an element of which the channel has more atoms than the molecule, if any."""
        counts = Counter(ion.symbol for ion in self.ions)
        return next((symbol for symbol, count in counts.items() if count > molecule.atoms[symbol]), None)

    def __str__(self) -> str:
        return self.name


def name_with_state(channel: Channel, state: str) -> str:
    """Name a channel of a state of the molecule, such as ``C+/C+ [ring open]``; the bare name without a state."""
    return f"{channel.name} [{state}]" if state else channel.name


def parse_with_state(name: str) -> tuple[Channel, str]:
    """Read what `name_with_state` writes; `MoleculeError` where it is no such name."""
    ions, bracket, rest = name.partition("[")
    state = rest.strip().removesuffix("]")
    if bracket and not (rest.strip().endswith("]") and len(state) <= MAX_STATE and re.fullmatch(STATE_PATTERN, state)):
        raise MoleculeError(f"channel '{name}' has no readable state, expected ions and then [STATE]")
    return Channel.parse(ions), state


def covalent_radius_au(atomic_number: int) -> float:
    """Covalent radius in bohr (Cordero et al. 2008, as tabulated by ASE)."""
    return float(covalent_radii[atomic_number]) * units.ANGSTROM

"""The molecules that rules of electron transfer are compared on, and what their values should be near."""

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.explosion import sudden_energy
from onlinecei.ions import Ion
from onlinecei.molexa.molecules import Entry, molecules

LONGER_ANGSTROM = 0.001
"""One bond of CF4 over the others: so little that all it causes should be below a part in a thousand."""
SWAP_ANGSTROM = 0.002
"""One bond of NH3 is longer by this and one shorter: what is smooth in it stays below a part in a hundred."""
ARGON_DIMER_ANGSTROM = 3.8
"""About that of the free dimer; the sudden KER, 3.8 eV, is measured."""


def tetrahedron(entry: Entry, longer_angstrom: float = 0.0) -> F8:
    """CF4 (5, 3) with its mean bond and exact angles, but for the first bond, which may be longer."""
    bonds = np.linalg.norm(entry.positions_au[1:] - entry.positions_au[0], axis=1)
    lengths = bonds.mean() + np.array([longer_angstrom, 0.0, 0.0, 0.0]) * units.ANGSTROM
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / math.sqrt(3.0)
    return np.vstack([np.zeros(3), lengths[:, None] * corners])


def swapped(entry: Entry, longer_angstrom: float) -> F8:
    """Give NH3 (4, 3) with its first bond longer, and its second shorter by as much."""
    bonds = entry.positions_au[1:] - entry.positions_au[0]
    lengths = np.linalg.norm(bonds, axis=1)
    scale = (lengths.mean() + np.array([1.0, -1.0, 0.0]) * longer_angstrom * units.ANGSTROM) / lengths
    return np.vstack([entry.positions_au[:1], entry.positions_au[0] + bonds * scale[:, None]])


def named(name: str) -> Entry:
    """Give a molecule of the list at its equilibrium geometry."""
    return _by_name()[name]


@cache
def _by_name() -> dict[str, Entry]:
    return {entry.name: entry for entry in molecules()}


def masses(entry: Entry) -> F8:
    """Masses (N,) of the atoms in electron masses."""
    # of the atoms: a few electrons more or less are one part in ten thousand
    return np.array([Ion(symbol, 1).mass_au for symbol in entry.symbols])


def sudden_ev(entry: Entry, charges: Sequence[int]) -> float:
    """Energy in eV of point charges where the atoms are: the KER of an explosion that is charged at once."""
    return sudden_energy(entry.positions_au, np.array(charges, dtype=np.float64)) / units.ELECTRONVOLT


def beside() -> dict[str, str]:
    """What each quantity is compared with: measured, published, or that of a sudden explosion."""

    def sudden(name: str, *charges: int) -> str:
        return f"sudden {sudden_ev(named(name), charges):.1f}"

    return {
        "N2 (1,1) KER, eV": f"measured 7.8, 10.6, 15.0; {sudden('N2', 1, 1)}",
        "N2 (2,1) KER, eV": sudden("N2", 2, 1),
        "N2 (2,2) KER, eV": sudden("N2", 2, 2),
        "diatomics, c in R = c q1 q2 / KER": "MOLEXA's model 0.797",
        "diatomics, error of R with this c, bohr": "MOLEXA's model 0.49",
        "diatomics, error of R with c = 1, bohr": "MOLEXA's model 1.27",
        "CO2 (1,1,1) KER of the mean, eV": sudden("CO2", 1, 1, 1),
        "CF4 all 1+ KER of the mean, eV": sudden("CF4", 1, 1, 1, 1, 1),
        "CF4 charges of the four F apart, standard errors": "1: equivalent",
        "H2O (1,1,1) KER of the mean, eV": sudden("H2O", 1, 1, 1),
        "H2O (2,1,1) KER of the mean, eV": sudden("H2O", 2, 1, 1),
        f"CF4, one bond {LONGER_ANGSTROM} angstrom longer, all 1+: its momentum, %": "0: no jump",
        f"CF4, one bond {LONGER_ANGSTROM} angstrom longer, its mean charge": "0: no jump",
        "H2O (1,1,1) H-H angle, degrees": "sudden 129",
        "H2O (2,1,1) H-H angle, degrees": "sudden 118",
        "NH3 (2,1,1,1) momentum of N, a.u.": "sudden 56.2",
        "NH3 (2,1,1,1) momenta of H, a.u.": "sudden 70.4",
        "NH3 (2,1,1,1) momenta of H, largest less smallest, a.u.": "about its error: equivalent",
        f"NH3 (2,1,1,1), two bonds +-{SWAP_ANGSTROM} angstrom: H of the longer less the other, a.u.": (
            "no jump: sudden -0.13"
        ),
        "Ar2 total 4+, 3+/1+ over 2+/2+": "measured above 1, Ar9+ impact",
    }

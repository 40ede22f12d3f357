"""What the compiled trajectory knows about a molecule and its beam: plain arrays, one row for each element or pair."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from ase.data import covalent_radii

from onlinecei import units
from onlinecei.arrays import F8, I8
from onlinecei.explosion.beam import Beam
from onlinecei.explosion.montecarlo.slater import (
    CAPACITY,
    GROUP,
    GROUPS,
    PRINCIPAL,
    SCREENING,
    slater_binding,
    slater_charge,
)
from onlinecei.explosion.rates import Element, element
from onlinecei.ions import Ion

CORE_SHARE = 0.6
"""Share of the sum of the covalent radii inside which atoms repel each other whatever their charges."""


class Elements(NamedTuple):
    """Electrons of the molecule's elements; E elements, S subshells at most, D decays at most."""

    atomic_number: F8
    shells: I8
    group: I8
    """(E, S) Slater group of each subshell."""
    valence: I8
    """(E, 2) first and last valence subshell."""
    neutral: I8
    """(E, S) electrons of the neutral atom."""
    capacity: I8
    sigma: F8
    """(E, S) cross section of the full subshell in bohr^2."""
    correction: F8
    """(E, S) what Slater's rules lack to the measured edge, in hartree."""
    ionisation: F8
    """(E, 8) measured energy to take the next valence electron, by valence electrons missing."""
    slater: F8
    """(E, 8) the same by Slater's rules."""
    decays: I8
    """(E, D, 3) hole, first and second subshell; second -1: a photon."""
    decay_rate: F8
    """(E, D) per hole of the atom neutral but for it, in atomic units; 0: no more decays."""
    shake: F8
    """(E, S) probability that a valence electron is shaken off by a hole in this subshell."""


class Bodies(NamedTuple):
    """The molecule's atoms."""

    kind: I8
    """(N,) row of the elements."""
    mass: F8
    """(N,) in electron masses."""


class Pairs(NamedTuple):
    """What acts between two atoms besides their charges; P = N (N - 1) / 2. Bonds are those of the present start."""

    first: I8
    second: I8
    touching: F8
    """Sum of the covalent radii."""
    core: F8
    """1 / distance at which the cores touch."""
    length: F8
    """At which the bond neither pulls nor pushes: that of the start."""
    depth: F8
    """Of the whole bond in hartree; 0: none."""
    loss: F8
    """Share of the bond's electrons that goes with each charge: a bond of order b has 2 b."""
    broken: F8
    """1 / distance beyond which the bond counts as broken."""


def bodies(symbols: Sequence[str]) -> tuple[Bodies, tuple[str, ...]]:
    """Give the atoms, and the elements in the order of their rows."""
    names = tuple(dict.fromkeys(symbols))
    kind = np.array([names.index(symbol) for symbol in symbols])
    known = [element(symbol).symbol for symbol in symbols]  # refuses what has no rates
    return Bodies(kind=kind, mass=np.array([Ion(symbol, 1).mass_au + 1.0 for symbol in known])), names


def pairs(symbols: Sequence[str]) -> Pairs:
    """Give all pairs of atoms, as yet without bonds."""
    radii = np.array([covalent_radii[Ion(symbol, 1).atomic_number] * units.ANGSTROM for symbol in symbols])
    first, second = np.triu_indices(len(symbols), 1)
    touching = radii[first] + radii[second]
    bonds = [np.zeros(first.size) for _ in range(4)]
    return Pairs(first, second, touching, 1.0 / (CORE_SHARE * touching), *bonds)


def elements(names: Sequence[str], beam: Beam) -> Elements:
    """Pack the tables of some elements for a beam."""
    found = [element(name) for name in names]
    table = _blank(found)
    for row, each in enumerate(found):
        _fill(table, row, each, beam)
    return table


def _blank(found: Sequence[Element]) -> Elements:
    rows, shells = len(found), max(len(each.shells) for each in found)
    decays = max(len(each.decays) for each in found) + 1

    def whole(*shape: int) -> I8:
        return np.zeros((rows, *shape), dtype=np.int64)

    def real(*shape: int) -> F8:
        return np.zeros((rows, *shape))

    return Elements(
        atomic_number=real(),
        shells=whole(),
        group=whole(shells),
        valence=whole(2),
        neutral=whole(shells),
        capacity=whole(shells),
        sigma=real(shells),
        correction=real(shells),
        ionisation=real(8),
        slater=real(8),
        decays=whole(decays, 3),
        decay_rate=real(decays),
        shake=real(shells),
    )


def _fill(table: Elements, row: int, each: Element, beam: Beam) -> None:
    count = len(each.shells)
    groups = np.array([GROUP[shell] for shell in each.shells])
    electrons = np.bincount(groups, each.electrons, GROUPS).astype(np.int64)
    valence = np.flatnonzero(groups == groups[-1])
    table.atomic_number[row], table.shells[row] = each.number, count
    table.group[row, :count], table.neutral[row, :count] = groups, each.electrons
    table.valence[row] = valence[0], valence[-1]
    table.capacity[row, :count] = [CAPACITY[shell[-1]] for shell in each.shells]
    table.sigma[row, :count] = each.cross_sections_au(beam.photon_ev)
    edges = each.edge_ev * units.ELECTRONVOLT
    table.correction[row, :count] = [
        edge - slater_binding(each.number, electrons, group) for edge, group in zip(edges, groups, strict=True)
    ]
    for missing in range(int(electrons[groups[-1]])):
        table.ionisation[row, missing] = each.ionisation_ev[missing] * units.ELECTRONVOLT
        ion = electrons.copy()
        ion[groups[-1]] -= missing
        table.slater[row, missing] = slater_binding(each.number, ion, groups[-1])
    decays = len(each.decays)
    table.decays[row, :decays] = each.decays
    table.decay_rate[row, :decays] = each.decay_share * each.width_ev[each.decays[:, 0]] * units.ELECTRONVOLT
    table.shake[row, :count] = [_shaken(each.number, electrons, group, groups[-1]) for group in groups]


def _shaken(number: int, electrons: I8, hole: int, valence: int) -> float:
    """Probability that the sudden loss of an inner electron takes one valence electron out of its orbital.

    One minus the squared overlap of Slater's orbitals ``r^(n-1) exp(-Z r / n)`` before and after; none where the hole
    is in the valence shell itself.
    """
    if hole == valence:
        return 0.0
    before = slater_charge(number, electrons, valence)
    after = before + SCREENING[valence, hole]
    overlap = (2 * np.sqrt(before * after) / (before + after)) ** (2 * PRINCIPAL[valence] + 1)
    return float(1.0 - overlap**2)

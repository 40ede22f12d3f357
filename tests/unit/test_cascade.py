"""What one inner hole leads to in a single atom: rates of the kernel, lifetimes, and the charges that are left."""

import math
from typing import NamedTuple

import numpy as np
import pytest

from onlinecei import units
from onlinecei.explosion import Beam, explode_in_beam
from onlinecei.explosion.montecarlo import tables
from onlinecei.explosion.montecarlo._electrons import absorb, refresh, relax
from onlinecei.explosion.montecarlo._random import exponential, seed_stream
from onlinecei.explosion.montecarlo._trajectory import _electrons_move
from onlinecei.explosion.montecarlo.rules import CHOSEN
from onlinecei.explosion.montecarlo.settings import settings
from onlinecei.explosion.montecarlo.state import State, new_state
from onlinecei.explosion.rates import ELEMENTS, element

PHOTON = 2000.0 * units.ELECTRONVOLT
LIGHT = ["C", "N", "O", "F", "Ne"]


class Atom(NamedTuple):
    bodies: tables.Bodies
    table: tables.Elements
    state: State


def atom_of(symbol: str) -> Atom:
    bodies, names = tables.bodies([symbol])
    table = tables.elements(names, Beam())
    state = new_state(1, *table.neutral.shape)
    seed_stream(state.stream, 1, 0)
    return Atom(bodies, table, state)


def with_hole(atom: Atom, shell: int | None) -> None:
    """Neutral but for one electron of a subshell."""
    table, state = atom.table, atom.state
    state.electrons[0] = table.neutral[0]
    state.charge[0] = 0.0
    if shell is not None:
        state.electrons[0, shell] -= 1
        state.charge[0] = 1.0
    refresh(0, 0, table, state, PHOTON)


@pytest.mark.parametrize("symbol", ELEMENTS)
def test_the_kernel_absorbs_with_the_cross_sections_of_the_table(symbol: str) -> None:
    atom = atom_of(symbol)
    with_hole(atom, None)
    expected = element(symbol).cross_sections_au(2000.0)
    np.testing.assert_allclose(atom.state.sigma[0], expected, rtol=1e-12)
    assert atom.state.absorption[0] == pytest.approx(expected.sum(), rel=1e-12)
    assert atom.state.decay[0] == 0.0


def test_an_ion_absorbs_with_the_electrons_that_are_left() -> None:
    """One 1s electron of two gone: half of that subshell's cross section, and no change of the others."""
    atom = atom_of("O")
    with_hole(atom, 0)
    expected = element("O").cross_sections_au(2000.0) * [0.5, 1, 1]
    np.testing.assert_allclose(atom.state.sigma[0], expected, rtol=1e-12)


@pytest.mark.parametrize("symbol", [*LIGHT, "Si", "P", "S", "Cl", "Ar"])
def test_a_k_hole_decays_with_its_natural_width(symbol: str) -> None:
    """Rate = width / hbar; shares of the decays add up to one within 5e-4 in the table."""
    atom = atom_of(symbol)
    with_hole(atom, 0)
    width = element(symbol).width_ev[0] * units.ELECTRONVOLT
    assert atom.state.decay[0] == pytest.approx(width, rel=1e-3)


@pytest.mark.parametrize(("symbol", "lifetime_fs"), [("C", 7.6), ("O", 4.2), ("F", 3.2)])
def test_k_holes_die_out_exponentially(symbol: str, lifetime_fs: float) -> None:
    """Lifetimes from the widths of xraydb; holes left after half and after two lifetimes, 4.5 standard errors."""
    atom, number = atom_of(symbol), 2000
    left = np.zeros(2)
    short, long = 0.5 * lifetime_fs * units.FEMTOSECOND, 1.5 * lifetime_fs * units.FEMTOSECOND
    for _ in range(number):
        with_hole(atom, 0)
        due = exponential(atom.state.stream)
        for part, time in enumerate((short, long)):
            due = _electrons_move(0.0, time, due, atom.bodies, atom.table, settings(Beam()), CHOSEN, atom.state)
            left[part] += atom.state.electrons[0, 0] == 1
    expected = np.exp([-0.5, -2.0])
    errors = np.sqrt(expected * (1 - expected) / number)
    np.testing.assert_array_less(np.abs(left / number - expected), 4.5 * errors + 0.01 * expected)


def charges_after_absorption(atom: Atom, double_auger: float, number: int) -> np.ndarray:
    """Shares of the charges that atoms with one absorbed photon end with."""
    charges = np.zeros(12)
    for _ in range(number):
        with_hole(atom, None)
        atom.state.double_auger[0] = double_auger
        absorb(0, 0, atom.table, atom.state)
        refresh(0, 0, atom.table, atom.state, PHOTON)
        while atom.state.decay[0] > 0:
            relax(0, 0, atom.table, atom.state)
            refresh(0, 0, atom.table, atom.state, PHOTON)
        assert atom.state.charge[0] == atom.table.atomic_number[0] - atom.state.electrons[0].sum()
        charges[int(atom.state.charge[0])] += 1
    return charges / number


def test_without_shaking_and_double_decays_neon_has_no_odd_charge_but_one() -> None:
    """1+ is a valence hole (7 % of the cross section) or light (1.6 %, Krause 1979)."""
    atom = atom_of("Ne")
    atom.table.shake[:] = 0.0
    share = charges_after_absorption(atom, 0.0, 1500)
    sigma = element("Ne").cross_sections_au(2000.0)
    single = 1 - sigma[0] / sigma.sum() * (1 - 0.016)
    assert share[3:].sum() == 0.0
    assert share[1] == pytest.approx(single, abs=4.5 * math.sqrt(single / 1500))


def test_double_auger_alone_gives_its_share_of_the_third_charge() -> None:
    atom = atom_of("Ne")
    atom.table.shake[:] = 0.0
    share = charges_after_absorption(atom, 0.3, 1500)
    third = share[3] / (share[2] + share[3])
    assert third == pytest.approx(0.3, abs=4.5 * math.sqrt(0.3 * 0.7 / 1300))


def test_shaking_alone_gives_its_share_of_the_third_charge() -> None:
    """One electron of eight, each with the same probability: 1 - (1 - p)^8."""
    atom = atom_of("Ne")
    shaken = 1 - (1 - atom.table.shake[0, 0]) ** 8
    assert 0.1 < shaken < 0.3  # about 0.2 goes with the measured shares of Ne3+
    share = charges_after_absorption(atom, 0.0, 1500)
    third = share[3] / (share[2] + share[3])
    assert third == pytest.approx(shaken, abs=4.5 * math.sqrt(shaken * (1 - shaken) / 1300))


@pytest.mark.parametrize("symbol", LIGHT)
def test_auger_decay_makes_two_charges_the_most_frequent(symbol: str) -> None:
    """At so weak a pulse that few atoms absorb twice. No measured fractions are asserted but for neon, below."""
    number = 30_000
    run = explode_in_beam(np.zeros((1, 3)), [symbol], Beam(pulse_energy_uj=5.0, wings=1.0), seed=1, trajectories=number)
    counts = np.bincount(run.charges[:, 0], minlength=8)
    assert counts[2] > 0.55 * counts[1:].sum()
    assert counts[2] > 2 * counts[3] > 4 * counts[4:].sum()


def test_charges_of_neon_after_a_k_hole() -> None:
    """2+ 72-79, 3+ 20-25, 4+ 1-4 % of the ions of charge two and more.

    Carlson and Krause's shares are quoted as 72-75, 21-24 and 2-3 %, from a source that was not read; double Auger of
    6 % (Saito and Suzuki) and one electron in five shaken off give 74, 24 and 1 %. The bands hold both.
    """
    run = explode_in_beam(np.zeros((1, 3)), ["Ne"], Beam(pulse_energy_uj=3.0, wings=1.0), seed=1, trajectories=300_000)
    counts = np.bincount(run.charges[:, 0], minlength=11)
    share = counts / counts[2:].sum()
    assert 0.72 < share[2] < 0.79
    assert 0.20 < share[3] < 0.25
    assert 0.01 < share[4] < 0.04

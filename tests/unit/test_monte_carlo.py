"""Trajectories of molecules in an X-ray pulse: what is conserved, what must be symmetric, and what was measured."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from ase.build import molecule

from onlinecei import units
from onlinecei.errors import CEIError, MoleculeError
from onlinecei.explosion import Beam, Combination, Trajectories, combinations, explode_in_beam
from onlinecei.explosion._coulomb import hand_out
from onlinecei.explosion.monte_carlo import CHUNK
from onlinecei.explosion.montecarlo import tables
from onlinecei.explosion.montecarlo._bonds import bind
from onlinecei.explosion.montecarlo._motion import drift, forces, kick
from onlinecei.explosion.montecarlo._trajectory import follow
from onlinecei.explosion.montecarlo.rules import CHOSEN, Rule
from onlinecei.explosion.montecarlo.settings import settings
from onlinecei.explosion.montecarlo.state import new_state
from onlinecei.ions import Ion

PEAK = Beam(wings=1.0)
SIGMAS = 4.5
"""Standard errors: a value outside them has a probability below 1e-5."""


def shape(name: str) -> tuple[np.ndarray, list[str]]:
    atoms = molecule(name)
    return atoms.positions * units.ANGSTROM, atoms.get_chemical_symbols()


def run(
    name: str, number: int, *, seed: int = 1, beam: Beam = PEAK, energy: float = 1.0, **more: float
) -> Trajectories:
    place, symbols = shape(name)
    factor = np.full(number, energy)
    return explode_in_beam(place, symbols, beam, seed=seed, trajectories=number, energy=factor, **more)


def by_charges(found: Trajectories, minimum: int = 30) -> dict[tuple[int, ...], Combination]:
    return {tuple(each.charges.tolist()): each for each in combinations(found, minimum=minimum)}


def ker_ev(each: Combination, symbols: Sequence[str]) -> float:
    masses = np.array([Ion(symbol, 1).mass_au for symbol in symbols])
    return float(np.sum(each.momentum_au**2 / (2 * masses[:, None]))) / units.ELECTRONVOLT


@pytest.fixture(scope="module")
def water() -> Trajectories:
    return run("H2O", 8000, energy=0.3)


@pytest.mark.parametrize("name", ["CO", "CH3Cl"])
def test_no_electron_is_lost_along_a_trajectory(name: str) -> None:
    """Final charge = nuclear charge - electrons left, for each atom: each trajectory is driven alone, and looked at."""
    place, symbols = shape(name)
    bodies, names = tables.bodies(symbols)
    table = tables.elements(names, PEAK)
    state, pairs = new_state(len(symbols), *table.neutral.shape), tables.pairs(symbols)
    charges, momenta = np.empty((1, len(symbols)), np.int8), np.empty((1, len(symbols), 3))
    fluence, ionised = np.array([PEAK.peak_fluence_au]), 0
    for number in range(200):
        follow(place[None], fluence, 1, number, bodies, pairs, table, settings(PEAK), CHOSEN, state, charges, momenta)
        np.testing.assert_array_equal(charges[0], table.atomic_number[bodies.kind] - state.electrons.sum(axis=1))
        assert state.electrons.min() >= 0
        ionised += charges.sum() > 0
    assert ionised > 150


def test_charges_are_between_none_and_all(water: Trajectories) -> None:
    assert water.charges.min() >= 0
    assert np.all(water.charges <= [8, 1, 1])


@pytest.mark.parametrize("name", ["H2O", "CF4"])
def test_momentum_is_conserved(name: str) -> None:
    """The molecule is at rest before the pulse; photons and electrons carry nothing here."""
    momenta = run(name, 500).momenta_au
    momenta = momenta[np.isfinite(momenta).all(axis=(1, 2))]
    assert np.abs(momenta.sum(axis=1)).max() < 1e-9 * np.sqrt(np.mean(momenta**2))


def moved(name: str, charges: list[float], *, bonds: bool, steps: int, step_fs: float) -> tuple[float, float, float]:
    """Motion with frozen charges: total energy before and after, and the kinetic energy at infinity, in eV."""
    place, symbols = shape(name)
    bodies, names = tables.bodies(symbols)
    table, pairs = tables.elements(names, PEAK), tables.pairs(symbols)
    state = new_state(len(symbols), *table.neutral.shape)
    if bonds:
        bind(place, bodies, table, pairs, state)
    state.position[:] = place
    state.charge[:] = charges

    def energy() -> float:
        kinetic = 0.5 * np.sum(bodies.mass[:, None] * state.velocity**2)
        length = np.linalg.norm(state.position[1] - state.position[0])
        left = max(1.0 - state.charge.sum() * pairs.loss[0], 0.0) ** 2 if bonds else 0.0
        morse = left * pairs.depth[0] * (1 - np.exp(1.1 * (pairs.length[0] - length))) ** 2
        ratio = (1 / (length * pairs.core[0])) ** 2
        wall = (ratio - 1) ** 2 if ratio > 1 else 0.0
        return float(kinetic + state.charge[0] * state.charge[1] / length + morse + wall) / units.ELECTRONVOLT

    before = energy()
    forces(pairs, state)
    for _ in range(steps):
        kick(bodies.mass, 0.5 * step_fs * units.FEMTOSECOND, state)
        drift(2, step_fs * units.FEMTOSECOND, state)
        forces(pairs, state)
        kick(bodies.mass, 0.5 * step_fs * units.FEMTOSECOND, state)
    after = energy()
    momenta = np.empty((2, 3))
    hand_out(state.position.reshape(-1), state.velocity.reshape(-1), state.charge, bodies.mass, 2, momenta, 0)
    return before, after, float(np.sum(momenta**2 / (2 * bodies.mass[:, None]))) / units.ELECTRONVOLT


def test_nitrogen_ions_without_a_bond_fly_apart_with_coulombs_energy() -> None:
    """14.39964 eV angstrom over the bond length, all of it in the momenta within 1e-3."""
    before, after, kinetic = moved("N2", [1.0, 1.0], bonds=False, steps=1000, step_fs=0.2)
    place, _ = shape("N2")
    coulomb = 14.39964 / (np.linalg.norm(place[0] - place[1]) / units.ANGSTROM)
    assert before == pytest.approx(coulomb, rel=1e-5)
    assert after == pytest.approx(before, rel=1e-3)
    assert kinetic == pytest.approx(coulomb, rel=1e-3)


@pytest.mark.parametrize("name", ["N2", "HCl"])
def test_a_bond_that_is_left_conserves_energy(name: str) -> None:
    """One charge stretches the bond; Morse curve and core are written out here, with the longest bonded step."""
    before, after, _ = moved(name, [1.0, 0.0], bonds=True, steps=400, step_fs=0.5)
    assert after == pytest.approx(before, abs=0.02)


def test_hydrogen_ionised_at_once_has_coulombs_energy() -> None:
    """The whole way, in a pulse of 0.02 fs so strong that both atoms absorb: one over the distance, within 1 %."""
    found = by_charges(run("H2", 200, beam=Beam(wings=1.0, duration_fs=0.02), energy=1e5))
    place, symbols = shape("H2")
    coulomb = 1 / np.linalg.norm(place[0] - place[1]) / units.ELECTRONVOLT
    assert found[1, 1].count > 190
    assert ker_ev(found[1, 1], symbols) == pytest.approx(coulomb, rel=0.01)


def onto_first(name: str, centre: int, same: list[int]) -> list[np.ndarray]:
    """Turn or mirror the molecule such that atom k of the equivalent ones comes to the first and all fit."""
    place, symbols = shape(name)
    place = place - place[centre]
    first, matrices = place[same[0]], []
    for atom in same:
        off = first - place[atom]
        size = off @ off
        mirror = np.eye(3) - 2 * np.outer(off, off) / size if size > 0 else np.eye(3)
        moved_to = place @ mirror.T
        distance = np.linalg.norm(moved_to[:, None] - place, axis=2)
        assert np.all(distance.min(axis=1) < 1e-3), "the mirror is a symmetry of the molecule"
        matrices.append(mirror)
    assert len({symbols[atom] for atom in same}) == 1
    return matrices


@pytest.mark.parametrize(
    ("name", "centre", "same", "number"),
    [
        ("H2O", 0, [1, 2], 6000),
        ("NH3", 0, [1, 2, 3], 6000),
        ("CH4", 0, [1, 2, 3, 4], 5000),
        ("CF4", 0, [1, 2, 3, 4], 8000),
    ],
)
def test_equivalent_atoms_get_equal_momenta(name: str, centre: int, same: list[int], number: int) -> None:
    """Mirrored onto each other, where they end with the same charge, whatever the one of the atom in the middle."""
    found = run(name, number, beam=Beam(wings=0.03))
    outer = found.charges[:, same]
    kept = (outer[:, 0] > 0) & np.all(outer == outer[:, :1], axis=1) & np.isfinite(found.momenta_au).all(axis=(1, 2))
    matrices = onto_first(name, centre, same)
    turned = np.stack(
        [found.momenta_au[kept, atom] @ matrix.T for atom, matrix in zip(same, matrices, strict=True)], axis=1
    )
    assert len(turned) > 100
    off = turned - turned.mean(axis=1, keepdims=True)
    error = off.std(axis=0) / np.sqrt(len(off))
    assert np.all(np.abs(off.mean(axis=0)) < SIGMAS * error + 1e-6)
    size = np.linalg.norm(turned, axis=2)
    apart = size - size.mean(axis=1, keepdims=True)
    assert np.all(np.abs(apart.mean(axis=0)) < SIGMAS * apart.std(axis=0) / np.sqrt(len(apart)) + 1e-6)


@pytest.mark.parametrize(("name", "centre", "charge"), [("H2O", "O", 1), ("CO2", "C", 2), ("NH3", "N", 1)])
def test_nothing_jumps_where_two_bond_lengths_swap(name: str, centre: str, charge: int) -> None:
    """Bonds of R + d and R - d against R - d and R + d, d = 0.002 angstrom, with random numbers of their own.

    The same atom is compared, in all trajectories whose outer atoms end with the same charge. Physics changes its
    momentum by some d/R = 2e-3, which is allowed for. Under a rule of transfer with a step NH3 fails.
    """
    place, symbols = shape(name)
    outer = [atom for atom, symbol in enumerate(symbols) if symbol != centre]
    means, errors = [], []
    for sign in (1, -1):
        start = place - place[symbols.index(centre)]
        for atom, change in zip(outer[:2], (sign, -sign), strict=True):
            length = np.linalg.norm(start[atom])
            start[atom] *= 1 + change * 0.002 * units.ANGSTROM / length
        found = explode_in_beam(start, symbols, PEAK, seed=5 + sign, trajectories=6000, energy=np.full(6000, 0.3))
        kept = np.all(found.charges[:, outer] == charge, axis=1) & np.isfinite(found.momenta_au).all(axis=(1, 2))
        each = found.momenta_au[kept][:, outer]
        assert len(each) > 300
        means.append(each.mean(axis=0))
        errors.append(each.std(axis=0) / np.sqrt(len(each)))
    allowed = SIGMAS * np.hypot(*errors) + 0.005 * np.abs(means[0]).max()
    assert np.all(np.abs(means[0] - means[1]) < allowed)


@pytest.mark.parametrize(("name", "number"), [("H2O", 6000), ("CF4", 2500)])
def test_time_steps_four_times_as_short_change_nothing(name: str, number: int) -> None:
    """Mean momenta of the atoms in the most frequent combinations, within 2 % of the largest plus errors."""
    coarse = by_charges(run(name, number, beam=Beam(wings=0.03)))
    fine = by_charges(run(name, number, beam=Beam(wings=0.03), seed=2, fineness=4.0))
    compared = [key for key in coarse if key in fine and sum(key) > 2][:4]
    assert len(compared) >= 2
    for key in compared:
        one, other = coarse[key], fine[key]
        variance = one.covariance_au2 / one.count + other.covariance_au2 / other.count
        error = np.sqrt(np.diagonal(variance, axis1=1, axis2=2))
        off = np.abs(one.momentum_au - other.momentum_au)
        assert np.all(off < SIGMAS * error + 0.02 * np.abs(one.momentum_au).max()), key


def test_neither_threads_nor_batches_change_a_bit() -> None:
    number = 2 * CHUNK + 137
    place, symbols = shape("H2O")
    energy = np.random.default_rng(1).uniform(0, 1, number)
    whole = explode_in_beam(place, symbols, PEAK, seed=7, trajectories=number, energy=energy)
    for threads in (2, 3):
        again = explode_in_beam(place, symbols, PEAK, seed=7, trajectories=number, energy=energy, threads=threads)
        assert_same(again, whole)
    many = explode_in_beam(np.repeat(place[None], number, axis=0), symbols, PEAK, seed=7, energy=energy)
    assert_same(many, whole)
    cuts = [slice(0, 41), slice(41, 700), slice(700, number)]
    parts = [
        explode_in_beam(
            place, symbols, PEAK, seed=7, first=cut.start, trajectories=cut.stop - cut.start, energy=energy[cut]
        )
        for cut in cuts
    ]
    charges = np.concatenate([part.charges for part in parts])
    assert_same(Trajectories(charges=charges, momenta_au=np.concatenate([p.momenta_au for p in parts])), whole)


def assert_same(one: Trajectories, other: Trajectories) -> None:
    np.testing.assert_array_equal(one.charges, other.charges)
    np.testing.assert_array_equal(one.momenta_au, other.momenta_au)


def test_another_seed_gives_other_trajectories() -> None:
    assert not np.array_equal(run("H2O", 100, seed=1).charges, run("H2O", 100, seed=2).charges)


@pytest.mark.parametrize(("name", "electrons"), [("N2", 14), ("H2O", 10)])
def test_charges_grow_with_fluence_until_no_electron_is_left(name: str, electrons: int) -> None:
    means = [run(name, 1500, energy=energy).charges.sum(axis=1).mean() for energy in (0.03, 0.1, 0.3, 1.0, 10.0)]
    assert np.all(np.diff(means) > 0.1)
    assert run(name, 200, energy=1e4).charges.sum(axis=1).mean() == pytest.approx(electrons, abs=0.02)


def test_a_pulse_that_is_not_absorbed_leaves_the_molecule_at_rest() -> None:
    found = run("CF4", 600, energy=0.02)
    quiet = found.charges.sum(axis=1) == 0
    assert 200 < quiet.sum() < 600
    assert np.all(found.momenta_au[quiet] == 0.0)
    assert np.all(run("CF4", 50, energy=0.0).charges == 0)


def test_the_energy_factor_scales_the_beam() -> None:
    """Half the factor is half the energy of the pulse: the same random numbers, the same trajectories."""
    weak = run("H2O", 300, beam=Beam(wings=1.0, pulse_energy_uj=500.0))
    assert_same(run("H2O", 300, energy=0.5), weak)
    mixed = np.where(np.arange(300) % 2 == 0, 0.0, 1.0)
    place, symbols = shape("H2O")
    found = explode_in_beam(place, symbols, PEAK, seed=1, trajectories=300, energy=mixed)
    assert np.all(found.charges[::2] == 0)
    assert_same(
        Trajectories(charges=found.charges[1::2], momenta_au=found.momenta_au[1::2]),
        Trajectories(charges=run("H2O", 300).charges[1::2], momenta_au=run("H2O", 300).momenta_au[1::2]),
    )


def test_momenta_of_a_combination_hardly_depend_on_fluence(water: Trajectories) -> None:
    """Measured: Li, Boll, Rolles and Rudenko (2020). Ten times less fluence moves the energy by less than 15 %."""
    _, symbols = shape("H2O")
    strong, weak = by_charges(water), by_charges(run("H2O", 8000, energy=0.03, seed=3))
    for key in [(1, 1, 1), (2, 1, 1)]:
        assert ker_ev(weak[key], symbols) == pytest.approx(ker_ev(strong[key], symbols), rel=0.15)


def test_shorter_pulses_give_more_kinetic_energy(water: Trajectories) -> None:
    """Measured: Li, Boll, Rolles and Rudenko (2020)."""
    _, symbols = shape("H2O")
    short = by_charges(run("H2O", 3000, beam=Beam(wings=1.0, duration_fs=5.0), energy=0.3))
    long = by_charges(run("H2O", 3000, beam=Beam(wings=1.0, duration_fs=40.0), energy=0.3))
    for key in [(2, 1, 1), (3, 1, 1)]:
        middle = ker_ev(by_charges(water)[key], symbols)
        assert ker_ev(short[key], symbols) > 1.1 * middle > 1.2 * ker_ev(long[key], symbols)


def test_diatomics_gain_less_than_coulombs_energy() -> None:
    """Best c in R = c q1 q2 / KER over molecules and charges; below one, for charges grow while atoms move apart.

    A published Monte Carlo with the same beam has 0.797 for another set of molecules; here it is about 0.64. The band
    tells the direction and the size, not the value.
    """
    lengths, sudden = [], []
    for name in ("N2", "CO", "O2", "HCl", "NO", "F2"):
        place, symbols = shape(name)
        for charges, each in by_charges(run(name, 2500, beam=Beam())).items():
            if min(charges) > 0:
                lengths.append(np.linalg.norm(place[0] - place[1]))
                sudden.append(charges[0] * charges[1] / (ker_ev(each, symbols) * units.ELECTRONVOLT))
    best = np.dot(lengths, sudden) / np.dot(sudden, sudden)
    assert len(lengths) > 20
    assert 0.55 < best < 0.9


def test_shapes_that_do_not_agree_are_named() -> None:
    place, symbols = shape("H2O")
    for wrong in (place[:2], np.concatenate([place, place]), place[:, :2], place.reshape(-1)):
        with pytest.raises(CEIError, match=r"positions have shape .*, expected \(3, 3\) or \(M, 3, 3\)"):
            explode_in_beam(wrong, symbols, PEAK, seed=1)
    with pytest.raises(CEIError, match="2 geometries for 3 trajectories"):
        explode_in_beam(np.stack([place, place]), symbols, PEAK, seed=1, trajectories=3)
    with pytest.raises(CEIError, match=r"energy has shape \(4,\), expected \(3,\)"):
        explode_in_beam(place, symbols, PEAK, seed=1, trajectories=3, energy=np.ones(4))


@pytest.mark.parametrize("energy", [-1.0, np.nan, np.inf])
def test_an_energy_that_is_none_is_refused(energy: float) -> None:
    with pytest.raises(CEIError, match="energy is below zero or not finite"):
        run("H2O", 3, energy=energy)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"trajectories": -1}, "trajectories is -1, expected 0 or more"),
        ({"threads": 0}, "threads is 0, expected 1 or more"),
        ({"threads": -2}, "threads is -2, expected 1 or more"),
        ({"fineness": 0.0}, r"fineness is 0\.0, expected a finite number above 0"),
        ({"fineness": -1.0}, r"fineness is -1\.0, expected a finite number above 0"),
        ({"fineness": np.nan}, "fineness is nan, expected a finite number above 0"),
        ({"fineness": np.inf}, "fineness is inf, expected a finite number above 0"),
        ({"rule": Rule(width=0.02)}, r"width 0\.02 and takes no time.*expected a time above 0"),
    ],
)
def test_a_number_that_cannot_be_is_named(wrong: dict[str, Any], sentence: str) -> None:
    place, symbols = shape("H2O")
    with pytest.raises(CEIError, match=sentence):
        explode_in_beam(place, symbols, PEAK, seed=1, **wrong)


def test_atoms_in_one_place_are_refused() -> None:
    place, symbols = shape("H2O")
    with pytest.raises(CEIError, match="two atoms are 0 bohr apart"):
        explode_in_beam(place[[0, 1, 1]], symbols, PEAK, seed=1)
    with pytest.raises(CEIError, match="not finite"):
        explode_in_beam(np.where(place == place[0], np.nan, place), symbols, PEAK, seed=1)


@pytest.mark.parametrize("symbol", ["Xx", "He"])
def test_an_element_without_rates_is_named(symbol: str) -> None:
    with pytest.raises(MoleculeError, match=f"element '{symbol}' has no atomic rates"):
        explode_in_beam(np.zeros((1, 3)), [symbol], PEAK, seed=1)


def test_no_geometries_give_no_trajectories() -> None:
    place, symbols = shape("N2")
    for found in (
        explode_in_beam(np.empty((0, 2, 3)), symbols, PEAK, seed=1),
        explode_in_beam(place, symbols, PEAK, seed=1, trajectories=0),
    ):
        assert found.charges.shape == (0, 2)
        assert found.momenta_au.shape == (0, 2, 3)

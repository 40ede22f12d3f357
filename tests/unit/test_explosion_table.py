"""Numbers of the comparison of transfer rules, against numbers worked out by hand or drawn with known moments."""

import math

import numpy as np
import pytest

from onlinecei import units
from onlinecei.bench import outcomes, rule_molecules, single_atoms, trajectories, transfer_rules
from onlinecei.explosion.beam import Beam
from onlinecei.explosion.monte_carlo import Trajectories
from onlinecei.explosion.montecarlo.rules import RULES


def drawn(middle: np.ndarray, sigma: float, number: int) -> np.ndarray:
    return middle + np.random.default_rng(5).normal(scale=sigma, size=(number, *middle.shape))


def test_only_free_atoms_with_the_wanted_charges_count() -> None:
    momenta = np.arange(24.0).reshape(4, 2, 3)
    momenta[3, 0, 0] = np.nan
    run = Trajectories(charges=np.array([[2, 1], [1, 2], [1, 1], [2, 1]], dtype=np.int8), momenta_au=momenta)
    np.testing.assert_array_equal(outcomes.with_charges(run, (1, 2), (2, 1)), momenta[:2])
    np.testing.assert_array_equal(outcomes.with_charges(run, (1, 1)), momenta[2:3])
    assert len(outcomes.with_charges(run, (3, 3))) == 0


def test_energies_are_those_of_the_masses() -> None:
    masses = np.array([100.0, 400.0])
    momenta = np.tile([[3.0, 4.0, 0.0], [0.0, 0.0, 20.0]], (50, 1, 1))
    hartree = 25.0 / 200.0 + 400.0 / 800.0
    assert outcomes.mean_energy(momenta, masses) == pytest.approx((hartree / units.ELECTRONVOLT, 0.0))
    assert outcomes.energy_of_mean(momenta, masses) == pytest.approx((hartree / units.ELECTRONVOLT, 0.0))


def test_spread_adds_to_the_mean_energy_and_not_to_that_of_the_mean() -> None:
    masses, sigma = np.array([50.0, 50.0]), 2.0
    momenta = drawn(np.array([[30.0, 0, 0], [-30.0, 0, 0]]), sigma, 40_000)
    of_mean, mean = outcomes.energy_of_mean(momenta, masses), outcomes.mean_energy(momenta, masses)
    assert abs(of_mean.value - 18.0 / units.ELECTRONVOLT) < 4 * of_mean.error
    assert abs(mean.value - (18.0 + 6 * sigma**2 / 100.0) / units.ELECTRONVOLT) < 4 * mean.error
    spread = outcomes.spread(momenta)
    assert abs(spread.value - math.sqrt(6 * sigma**2 / 1800.0)) < 4 * spread.error


@pytest.mark.parametrize("quantity", ["energy", "spread", "angle", "excess"])
def test_standard_errors_are_those_of_repeated_draws(quantity: str) -> None:
    middle = np.array([[-9.0, -4.0, 0.0], [9.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
    momenta = drawn(middle, 1.5, 60_000).reshape(300, 200, 3, 3)
    measure = {
        "energy": lambda each: outcomes.energy_of_mean(each, np.array([9.0, 2.0, 3.0])),
        "spread": outcomes.spread,
        "angle": lambda each: outcomes.angle_of_means(each, 1, 2),
        "excess": lambda each: outcomes.excess(each, 1, (0, 2)),
    }[quantity]
    found = np.array([measure(each) for each in momenta])
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.2)


def test_angle_and_excess_are_those_of_the_momenta() -> None:
    momenta = np.tile([[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 0.0]], (20, 1, 1))
    assert outcomes.angle_of_means(momenta, 0, 2).value == pytest.approx(45.0)
    assert outcomes.excess(momenta, 0, (1,)).value == pytest.approx(100.0)


def test_components_along_the_means_have_their_sizes_as_means() -> None:
    momenta = drawn(np.array([[3.0, 4.0, 0.0], [0.0, 0.0, -20.0]]), 1.0, 5000)
    sizes = outcomes.along_means(momenta)
    assert sizes.mean(axis=0) == pytest.approx(np.linalg.norm(momenta.mean(axis=0), axis=1))
    assert sizes.std(axis=0) == pytest.approx([1.0, 1.0], rel=0.05)  # as many as one component has, not three
    assert outcomes.along_means(np.empty((0, 2, 3))).shape == (0, 2)


def test_the_largest_gap_has_the_error_of_its_two_columns() -> None:
    columns = drawn(np.array([1.0, 5.0, 3.0]), 0.5, 90_000).reshape(300, 300, 3)
    gaps = np.array([outcomes.largest_gap(each) for each in columns])
    assert gaps[:, 0].mean() == pytest.approx(4.0, abs=0.01)
    assert gaps[:, 1].mean() == pytest.approx(gaps[:, 0].std(), rel=0.2)
    assert outcomes.largest_gap(columns[0, : outcomes.FEWEST - 1]) is outcomes.TOO_FEW


def test_like_atoms_lie_one_standard_error_apart_and_others_more() -> None:
    rng = np.random.default_rng(2)
    like = [outcomes.unlikeness(rng.integers(0, 4, (400, 4)).astype(np.int8)).value ** 2 for _ in range(200)]
    assert np.mean(like) == pytest.approx(1.0, abs=0.2)
    other = rng.integers(0, 4, (400, 4)).astype(np.int8)
    other[:, 2] += 1
    assert outcomes.unlikeness(other).value > 5.0


def test_the_factor_is_the_best_of_all() -> None:
    rng = np.random.default_rng(4)
    inverses = rng.uniform(1.0, 4.0, 501)
    lengths = 0.7 * inverses + rng.normal(scale=0.1, size=501)
    factor, misfit = outcomes.best_factor(lengths, inverses)
    tried = [outcomes.deviation(lengths, c * inverses) for c in np.linspace(0.6, 0.8, 401)]
    assert misfit == pytest.approx(min(tried), rel=1e-3)
    assert factor.value == pytest.approx(0.7, abs=0.01)
    assert outcomes.best_factor(np.array([]), np.array([]))[0] is outcomes.TOO_FEW


def test_few_trajectories_are_said_to_be_few() -> None:
    few = np.ones((outcomes.FEWEST - 1, 2, 3))
    assert str(outcomes.spread(few)) == str(outcomes.mean_energy(few, np.ones(2))) == "too few"
    assert str(outcomes.Value(12.345, 0.21)) == "12.3 ± 0.2"
    assert str(outcomes.Value(12.345, 0.0021)) == str(outcomes.Value(12.345)) == "12.3"


def test_the_sudden_energy_is_that_of_point_charges() -> None:
    nitrogen = rule_molecules.named("N2")
    length = np.linalg.norm(nitrogen.positions_au[1] - nitrogen.positions_au[0]) / units.ANGSTROM
    assert rule_molecules.sudden_ev(nitrogen, (2, 1)) == pytest.approx(2 * 14.39964 / length, rel=1e-5)


def test_the_tetrahedron_has_equal_bonds_but_for_the_one_that_is_longer() -> None:
    positions = rule_molecules.tetrahedron(rule_molecules.named("CF4"), 0.01) / units.ANGSTROM
    bonds = np.linalg.norm(positions[1:], axis=1)
    assert bonds[0] - bonds[1] == pytest.approx(0.01)
    assert bonds[1] == pytest.approx(bonds[2:])
    cosines = (positions[1:] @ positions[1:].T) / np.outer(bonds, bonds)
    np.testing.assert_allclose(cosines[~np.eye(4, dtype=bool)], -1 / 3, atol=1e-12)


def test_swapped_lengths_are_those_of_the_other_bond_with_the_opposite_sign() -> None:
    ammonia = rule_molecules.named("NH3")
    there, back = (rule_molecules.swapped(ammonia, sign * 0.01) / units.ANGSTROM for sign in (1, -1))
    lengths = np.linalg.norm(there[1:] - there[0], axis=1)
    assert lengths - lengths[2] == pytest.approx([0.01, -0.01, 0.0])
    assert np.linalg.norm(back[1:] - back[0], axis=1) == pytest.approx(lengths[[1, 0, 2]])


def test_each_line_has_a_value_for_every_rule_and_repeats() -> None:
    once, again = (transfer_rules.compare_rules(40, threads=threads) for threads in (1, 2))
    speeds = {line.name for line in once if "per second" in line.name}
    assert len(speeds) == 1
    for line, same in zip(once, again, strict=True):
        assert len(line.values) == len(RULES)
        assert line.name in speeds or [str(each) for each in line.values] == [str(each) for each in same.values]
    assert set(rule_molecules.beside()) <= {line.name for line in once}


def test_shares_of_charges_add_up() -> None:
    shares = single_atoms.charge_shares("N", Beam(wings=1.0, pulse_energy_uj=10.0, photon_ev=475.0), 2000)
    assert sum(share.value for share in shares) == pytest.approx(100.0)
    assert all(share.error > 0 for share in shares if 0 < share.value < 100)


def test_speeds_are_those_of_water_and_ethanol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trajectories, "NUMBER", 20)
    names = [row.name for row in trajectories.trajectory_rows(1)]
    assert [name for name in names if name.endswith(("H2O", "OH"))] == [
        "Monte Carlo trajectories, H2O",
        "Monte Carlo trajectories, CH3CH2OH",
    ]

"""Momenta turned back into the geometry that they came from."""

import numpy as np
import pytest

from onlinecei import units
from onlinecei.explosion import ChargeUp, explode, invert
from onlinecei.ions import Channel

WATER = np.array([[0.0, 0, 0], [0.586, 0.757, 0], [0.586, -0.757, 0]]) * units.ANGSTROM
AMMONIA = np.array([[0, 0, 0.1], [0.94, 0, -0.27], [-0.47, 0.81, -0.27], [-0.47, -0.81, -0.27]]) * units.ANGSTROM


def centred(positions: np.ndarray, masses: np.ndarray) -> np.ndarray:
    return positions - np.average(positions, axis=0, weights=masses)


LAWS = [ChargeUp(), ChargeUp("erf", 10.0), ChargeUp("exponential", 5.0)]


@pytest.mark.parametrize("charge_up", LAWS, ids=lambda charge_up: charge_up.law)
@pytest.mark.parametrize("name", ["O+/H+/H+", "O3+/H+/H+"])
def test_water_comes_back(name: str, charge_up: ChargeUp) -> None:
    channel = Channel.parse(name)
    momenta = explode(WATER, channel.masses_au, channel.charges, charge_up)
    best = invert(momenta, channel.masses_au, channel.charges, charge_up, starts=4)[0]
    assert best.misfit < 1e-6
    np.testing.assert_allclose(best.positions_au, centred(WATER, channel.masses_au), atol=1e-4)
    np.testing.assert_allclose(best.momenta_au, momenta, atol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_random_geometries_are_among_the_solutions(seed: int) -> None:
    channel = Channel.parse("N+/H+/H+/H+")
    random = np.random.default_rng(seed)
    truth = centred(AMMONIA + random.normal(scale=0.2, size=AMMONIA.shape), channel.masses_au)
    momenta = explode(truth, channel.masses_au, channel.charges)
    solutions = invert(momenta, channel.masses_au, channel.charges, ChargeUp())
    assert min(np.abs(solution.positions_au - truth).max() for solution in solutions) < 1e-3


def test_the_jacobian_predicts_a_refit_of_perturbed_momenta() -> None:
    channel = Channel.parse("O+/H+/H+")
    momenta = explode(WATER, channel.masses_au, channel.charges)
    best = invert(momenta, channel.masses_au, channel.charges, ChargeUp(), starts=1)[0]
    inverse = np.linalg.pinv(best.jacobian, rcond=1e-6)  # shifts of the whole molecule change no momentum
    random = np.random.default_rng(2)
    for _ in range(3):
        step = random.normal(scale=1e-2, size=WATER.shape)
        reachable = best.jacobian @ inverse @ step.ravel()
        moved = momenta + reachable.reshape(3, 3)
        refit = invert(moved, channel.masses_au, channel.charges, ChargeUp(), starts=1)[0]
        expected = centred((inverse @ reachable).reshape(3, 3), channel.masses_au)
        np.testing.assert_allclose(refit.positions_au - best.positions_au, expected, atol=0.02 * np.abs(expected).max())


def test_two_ions_give_their_distance() -> None:
    channel = Channel.parse("N+/N+")
    bond = np.array([[0.0, 0, 0], [0, 0, 1.1]]) * units.ANGSTROM
    momenta = explode(bond, channel.masses_au, channel.charges)
    best = invert(momenta, channel.masses_au, channel.charges, ChargeUp(), starts=3)[0]
    assert np.ptp(best.positions_au[:, 2]) == pytest.approx(1.1 * units.ANGSTROM, rel=1e-6)

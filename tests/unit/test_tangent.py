"""Derivatives of the momenta against finite differences and symmetries."""

import numpy as np
import pytest

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode, jacobian
from onlinecei.explosion._propagate import asymptotic_momenta
from onlinecei.ions import Channel

WATER = np.array([[0.0, 0, 0], [0.586, 0.757, 0.1], [0.586, -0.757, 0]]) * units.ANGSTROM
AMMONIA = np.array([[0, 0, 0.1], [0.94, 0, -0.27], [-0.47, 0.81, -0.3], [-0.42, -0.81, -0.27]]) * units.ANGSTROM
NITROGEN = np.array([[0.0, 0, 0], [0.3, 0.4, 1.0]]) * units.ANGSTROM
CASES = {"O3+/H+/H+": WATER, "N+/H+/H+/H+": AMMONIA, "N2+/N+": NITROGEN}
LAWS = [ChargeUp(), ChargeUp("erf", 20.0), ChargeUp("exponential", 10.0)]
cases = pytest.mark.parametrize(("name", "positions"), CASES.items(), ids=CASES.keys())
laws = pytest.mark.parametrize("charge_up", LAWS, ids=lambda charge_up: charge_up.law)


def of(name: str, positions: np.ndarray, charge_up: ChargeUp) -> np.ndarray:
    channel = Channel.parse(name)
    return jacobian(positions, channel.masses_au, channel.charges, charge_up)


def tight(name: str, positions: np.ndarray, charge_up: ChargeUp) -> np.ndarray:
    """Momenta without the small jumps where the number of steps changes."""
    channel = Channel.parse(name)
    ends, tau = np.array([0, len(positions)]), charge_up.times_au(len(positions))
    return asymptotic_momenta(
        positions, channel.masses_au, channel.charges, charge_up.code, tau, ends, tolerance=1e-13, left_over=1e-5
    )


@cases
@laws
def test_finite_differences_agree(name: str, positions: np.ndarray, charge_up: ChargeUp) -> None:
    columns = []
    for shift in np.eye(positions.size).reshape(-1, *positions.shape):
        by_step = [
            (tight(name, positions + step * shift, charge_up) - tight(name, positions - step * shift, charge_up))
            / (2 * step)
            for step in (1e-3, 2e-3)
        ]
        columns.append(((4 * by_step[0] - by_step[1]) / 3).ravel())
    expected = np.array(columns).T
    found = of(name, positions, charge_up)
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6 * np.abs(expected).max())


@cases
@laws
def test_momenta_follow_the_molecule_as_a_whole(name: str, positions: np.ndarray, charge_up: ChargeUp) -> None:
    """A shift changes nothing; a turn turns the momenta; their sum stays zero."""
    channel = Channel.parse(name)
    momenta = explode(positions, channel.masses_au, channel.charges, charge_up)
    found = of(name, positions, charge_up)
    rough = 2e-6 * np.abs(found).max()
    for axis in np.eye(3):
        np.testing.assert_allclose(found @ np.tile(axis, len(positions)), 0, atol=1e-9 * np.abs(found).max())
        turned = found @ np.cross(axis, positions).ravel()
        np.testing.assert_allclose(turned, np.cross(axis, momenta).ravel(), atol=3 * rough)
    np.testing.assert_allclose(found.reshape(-1, 3, positions.size).sum(axis=0), 0, atol=1e-9 * np.abs(found).max())


@cases
def test_a_larger_molecule_explodes_with_less_in_proportion(name: str, positions: np.ndarray) -> None:
    momenta = explode(positions, Channel.parse(name).masses_au, Channel.parse(name).charges)
    found = of(name, positions, ChargeUp()) @ positions.ravel()
    np.testing.assert_allclose(found, -momenta.ravel() / 2, atol=2e-6 * np.abs(momenta).max())


def test_what_cannot_be_told() -> None:
    masses = Channel.parse("O+/H+/H+").masses_au
    assert np.all(np.isnan(jacobian(np.zeros((3, 3)), masses, np.ones(3))))
    with pytest.raises(CEIError, match="do not fit"):
        jacobian(WATER[:2], masses, np.ones(3))
    with pytest.raises(CEIError, match="above zero"):
        jacobian(WATER, masses, np.zeros(3))

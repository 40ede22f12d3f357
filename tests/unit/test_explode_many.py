"""Explosions of molecules of different sizes in one call."""

from itertools import pairwise

import numpy as np
import pytest
from ase.build import molecule

from onlinecei import units
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode, explode_many

NAMES = ("H2O", "CH4", "N2", "CH3CH2OH", "CO2", "H2O")


def columns() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Positions, masses, charges and the first atom of each of the molecules."""
    many = [molecule(name) for name in NAMES]
    charges = np.random.default_rng(0).integers(1, 4, size=sum(map(len, many))).astype(float)
    return (
        np.concatenate([each.positions for each in many]) * units.ANGSTROM,
        np.concatenate([each.get_masses() for each in many]) * units.DALTON,
        charges,
        np.cumsum([0, *map(len, many)]),
    )


@pytest.mark.parametrize("law", ["sudden", "erf", "exponential"])
def test_each_molecule_explodes_as_if_alone(law: str) -> None:
    positions, masses, charges, first = columns()
    tau = tuple(np.random.default_rng(1).uniform(2.0, 30.0, masses.size))
    momenta = explode_many(positions, masses, charges, first, ChargeUp(law, tau))
    for start, end in pairwise(first):
        one = slice(start, end)
        alone = explode(positions[one], masses[one], charges[one], ChargeUp(law, tau[start:end]))
        np.testing.assert_array_equal(momenta[one], alone)


def test_one_time_holds_for_all_atoms() -> None:
    positions, masses, charges, first = columns()
    momenta = explode_many(positions, masses, charges, first, ChargeUp("erf", 7.0))
    each = explode_many(positions, masses, charges, first, ChargeUp("erf", (7.0,) * masses.size))
    np.testing.assert_array_equal(momenta, each)


def test_only_the_molecule_with_atoms_in_one_place_has_no_momenta() -> None:
    positions, masses, charges, first = columns()
    whole = explode_many(positions, masses, charges, first)
    positions[first[2]] = positions[first[2] + 1]
    broken = explode_many(positions, masses, charges, first)
    lost = slice(first[2], first[3])
    assert np.all(np.isnan(broken[lost]))
    rest = np.delete(np.arange(masses.size), lost)
    np.testing.assert_array_equal(broken[rest], whole[rest])


def test_an_atom_alone_stays_and_no_molecule_is_nothing() -> None:
    positions = np.array([[0.0, 0, 0], [1, 0, 0], [3, 0, 0]])
    momenta = explode_many(positions, np.full(3, 2e4), np.ones(3), np.array([0, 1, 1, 3]))
    assert np.all(momenta[0] == 0)
    assert momenta[2, 0] == pytest.approx(np.sqrt(2e4 / 2), rel=1e-6)
    assert explode_many(np.empty((0, 3)), np.empty(0), np.empty(0), np.array([0])).shape == (0, 3)
    assert explode(np.empty((0, 2, 3)), np.ones(2), np.ones(2)).shape == (0, 2, 3)


def test_what_does_not_fit_is_an_error() -> None:
    positions, masses, charges, first = columns()
    with pytest.raises(CEIError, match="do not fit"):
        explode_many(positions[1:], masses, charges, first)
    for wrong in (first[:-1], first[1:], first[::-1], np.array([], int)):
        with pytest.raises(CEIError, match="first_atom"):
            explode_many(positions, masses, charges, wrong)
    with pytest.raises(CEIError, match="above zero"):
        explode_many(positions, masses, 0 * charges, first)

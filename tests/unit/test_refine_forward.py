"""The classical model with effective charge-up times."""

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.data import SHIPPED, open_dataset
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.refine import Classical, Forward

NUMBERS = np.array([6, 1, 9, 8])
POSITIONS = np.array([[0.0, 0, 0.2], [1.2, 1.6, 0], [1.7, -1.9, 0.4], [-2.2, 0.1, 0]])
CHARGES = np.array([[2.0, 1, 1, 1], [1, 1, 2, 3]])
MODEL: Forward = Classical()


def test_the_jacobian_is_that_of_the_momenta() -> None:
    found = MODEL.jacobian(NUMBERS, CHARGES, POSITIONS)
    assert found.shape == (2, 12, 12)
    for column in range(12):
        step = np.zeros(12)
        step[column] = 1e-3
        ahead = MODEL.momenta(NUMBERS, CHARGES, POSITIONS + step.reshape(4, 3))
        behind = MODEL.momenta(NUMBERS, CHARGES, POSITIONS - step.reshape(4, 3))
        np.testing.assert_allclose(found[:, :, column], (ahead - behind).reshape(2, 12) / 2e-3, rtol=1e-3, atol=1e-2)


def test_many_at_once_are_as_each_alone() -> None:
    numbers = np.array([[6, 1, 9, 8, 0], [8, 1, 1, 0, 0]])
    charge, positions = np.zeros((2, 5)), np.zeros((2, 5, 3))
    charge[0, :4], charge[1, :3] = CHARGES[0], [2, 1, 1]
    positions[0, :4], positions[1, :3] = POSITIONS, POSITIONS[:3]
    found = MODEL.momenta_many(numbers, charge, positions)
    np.testing.assert_allclose(found[0, :4], MODEL.momenta(NUMBERS, CHARGES[:1], POSITIONS)[0], rtol=1e-9)
    water = MODEL.momenta(numbers[1, :3], charge[1:, :3], POSITIONS[:3])[0]
    np.testing.assert_allclose(found[1, :3], water, rtol=1e-9)
    assert not found[0, 4].any()
    assert not found[1, 3:].any()


def test_its_error_is_what_it_says_on_molecules_it_was_not_fitted_to() -> None:
    dataset = open_dataset(SHIPPED)
    misfits = []
    for entry in np.random.default_rng(0).choice(dataset.entries("validation"), 200, replace=False):
        numbers, charge, positions, momenta, _ = dataset.entry(int(entry))
        found = MODEL.momenta(numbers.astype(np.int64), charge[None].astype(float), positions)[0]
        misfits.append(np.sqrt(np.mean((found - momenta) ** 2) / np.mean(momenta**2)))
    assert 0.5 * MODEL.error < np.median(misfits) < 1.2 * MODEL.error


def test_momenta_of_atoms_in_one_place_are_not_known() -> None:
    assert np.isnan(MODEL.momenta(NUMBERS, CHARGES, POSITIONS[[0, 0, 2, 3]])).all()


def test_an_element_without_a_time() -> None:
    model = Classical(tau_fs={1: 8.0, 6: 20.0})
    with pytest.raises(CEIError, match="no charge-up time of O, expected elements of H, C"):
        model.momenta(NUMBERS, CHARGES, POSITIONS)
    assert neutral_masses_au()[1] == pytest.approx(1837.15, abs=0.1)

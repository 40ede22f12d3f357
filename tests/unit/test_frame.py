"""The molecular frame does not depend on how the molecule lay in the laboratory."""

from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.centroids import molecular_frame
from onlinecei.centroids.frame import to_molecular_frames


def framed(momenta: np.ndarray) -> np.ndarray | None:
    out = np.empty_like(momenta)
    return out if molecular_frame(momenta, out) else None


@pytest.mark.parametrize("ions", [3, 4, 9])
def test_turning_the_molecule_changes_nothing(ions: int, turned: Callable) -> None:
    random = np.random.default_rng(ions)
    molecule = random.normal(scale=30.0, size=(ions, 3))
    expected = framed(molecule)
    for momenta in turned(molecule, 20, random):
        np.testing.assert_allclose(framed(np.ascontiguousarray(momenta)), expected, atol=1e-10)


@pytest.mark.parametrize("ions", [2, 3, 5])
def test_the_first_ion_is_x_and_the_second_lies_in_the_upper_half_plane(ions: int) -> None:
    momenta = np.random.default_rng(1).normal(size=(ions, 3))
    result = framed(momenta)
    np.testing.assert_allclose(result[0], [np.linalg.norm(momenta[0]), 0, 0], atol=1e-14)
    np.testing.assert_allclose(result @ result.T, momenta @ momenta.T, atol=1e-12)
    if ions > 2:
        assert result[1, 1] > 0
        assert result[1, 2] == pytest.approx(0, abs=1e-14)
    if ions > 2:
        assert np.linalg.det(result[:3]) == pytest.approx(np.linalg.det(momenta[:3]))


def test_two_ions_back_to_back_have_a_frame() -> None:
    apart = np.array([[0.0, 0.0, 5.0], [0.0, 0.0, -5.0]])
    np.testing.assert_allclose(framed(apart), [[5, 0, 0], [-5, 0, 0]], atol=1e-14)


def test_without_a_direction_there_is_no_frame() -> None:
    assert framed(np.zeros((3, 3))) is None
    assert framed(np.array([[1.0, 2, 3], [-1, -2, -3], [0, 0, 0]])) is None
    assert framed(np.array([[1.0, 2, 3], [0, 0, 0], [-1, -2, -3]])) is None


@pytest.mark.parametrize("ions", [2, 3, 5])
def test_many_events_are_turned_as_one_by_one(ions: int) -> None:
    events = np.random.default_rng(ions).normal(scale=30.0, size=(200, ions, 3))
    events[3], events[5, 0], events[7, 1] = 0.0, 0.0, 2.0 * events[7, 0]
    block, defined = np.ascontiguousarray(events.transpose(1, 2, 0)), np.empty(200, np.bool_)
    to_molecular_frames(block, 200, defined)
    for k, event in enumerate(events):
        expected = framed(event)
        assert defined[k] == (expected is not None)
        np.testing.assert_array_equal(block[:, :, k], 0.0 if expected is None else expected)

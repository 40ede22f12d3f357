"""Lengths and angles with errors, and geometries laid onto each other."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei.arrays import F8
from onlinecei.geometry import angle, distance, fit


@pytest.fixture
def shaken() -> tuple[F8, F8, F8]:
    """Positions, their covariance with correlations, and geometries that follow it."""
    rng = np.random.default_rng(3)
    positions, mixing = rng.normal(size=(3, 3)), rng.normal(scale=5e-4, size=(9, 9))
    return positions, mixing @ mixing.T, positions + (rng.normal(size=(6000, 9)) @ mixing.T).reshape(-1, 3, 3)


def test_errors_are_first_order_with_what_hangs_together(shaken: tuple[F8, F8, F8]) -> None:
    positions, covariance, geometries = shaken
    for measure, atoms in ((distance, (0, 2)), (angle, (0, 1, 2))):
        value, error = measure(positions, covariance, *atoms)
        found = [measure(each, covariance, *atoms)[0] for each in geometries]
        assert np.mean(found) == pytest.approx(value, rel=1e-3)
        assert np.std(found) == pytest.approx(error, rel=0.04)
        alone = measure(positions, np.diag(np.diag(covariance)), *atoms)[1]
        assert abs(alone - error) > 0.02 * error


def test_straight_angles_and_missing_errors() -> None:
    line = np.array([[-1.0, 0, 0], [0, 0, 0], [1.0, 0, 0]])
    value, error = angle(line, 1e-4 * np.eye(9), 0, 1, 2)
    assert value == 180.0
    assert np.isfinite(error)
    assert np.isnan(distance(line, np.full((9, 9), np.nan), 0, 1)[1])


def test_like_atoms_are_exchanged_and_turned() -> None:
    rng = np.random.default_rng(5)
    onto, names = rng.normal(size=(5, 3)), ["C", "H", "H", "H", "O"]
    order = np.array([0, 3, 1, 2, 4])
    moved = Rotation.random(random_state=2).apply(onto[order]) + 7.0
    found = fit(onto, moved, names, np.array([12.0, 1, 1, 1, 16]))
    np.testing.assert_allclose(found.positions, onto, atol=1e-12)
    np.testing.assert_array_equal(order[found.order], np.arange(5))
    assert found.rms == pytest.approx(0.0, abs=1e-12)
    assert not found.mirrored


def test_mirror_images_are_taken_only_where_they_may() -> None:
    onto, names = np.random.default_rng(6).normal(size=(5, 3)), list("CHFON")
    image = onto * [1.0, 1.0, -1.0]
    assert fit(onto, image, names).rms > 0.1
    found = fit(onto, image, names, mirror=True)
    assert found.mirrored
    np.testing.assert_allclose(found.positions, onto, atol=1e-12)
    assert not fit(onto, onto + 0.01, names, mirror=True).mirrored

"""Geometries laid onto another: found by brute force, fair where several orders fit, never mirrored."""

from itertools import permutations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei.errors import CEIError
from onlinecei.geometry.matching import best_order, lay, orders_of

NAMES = ["O", "C", "H", "H", "H"]
MASSES = np.array([16.0, 12.0, 1.0, 1.0, 1.0])
MOLECULE = np.array([[2.6, 0, 0], [0, 0, 0], [3.4, 1.7, 0.3], [-1.0, 1.7, 0.6], [-0.9, -1.5, 1.2]])
REFERENCE = MOLECULE - np.average(MOLECULE, axis=0, weights=MASSES)


def hidden(random: np.random.Generator, number: int, noise: float = 0.0) -> np.ndarray:
    """The molecule, turned and with its protons in another order each time."""
    orders = [[0, 1, *(2 + random.permutation(3))] for _ in range(number)]
    shaken = REFERENCE + noise * random.normal(size=(number, 5, 3))
    turned = np.stack([each.apply(one) for each, one in zip(Rotation.random(number, random), shaken, strict=True)])
    return turned[np.arange(number)[:, None], orders]


def distance2(found: np.ndarray, order: tuple[int, ...]) -> float:
    """Weighted mean square distance after the best turn, by another program."""
    moved = found[list(order)]
    turn = Rotation.align_vectors(REFERENCE, moved, weights=MASSES)[0]
    return float(np.average(np.sum((turn.apply(moved) - REFERENCE) ** 2, axis=1), weights=MASSES))


def test_orders_exchange_like_atoms_only() -> None:
    orders = orders_of(["F", "H", "H", "F"])
    expected = {(0, 1, 2, 3), (3, 1, 2, 0), (0, 2, 1, 3), (3, 2, 1, 0)}
    assert {tuple(each) for each in orders.tolist()} == expected
    assert orders[0].tolist() == [0, 1, 2, 3]
    with pytest.raises(CEIError, match="362880 orders of like atoms in H/H"):
        orders_of(["H"] * 9)


def test_turns_and_orders_are_undone() -> None:
    laid = lay(REFERENCE, hidden(np.random.default_rng(1), 20), NAMES, MASSES)
    assert laid.event.tolist() == list(range(20))
    np.testing.assert_allclose(laid.share, 1.0)
    np.testing.assert_allclose(laid.positions_au, np.broadcast_to(REFERENCE, (20, 5, 3)), atol=1e-9)
    np.testing.assert_allclose(laid.distance2, 0.0, atol=1e-12)


def test_distances_are_those_of_the_best_order() -> None:
    shaken = hidden(np.random.default_rng(2), 10, noise=0.4)
    laid = lay(REFERENCE, shaken, NAMES, MASSES)
    ways = [(0, 1, *order) for order in permutations(range(2, 5))]
    expected = [min(distance2(each, order) for order in ways) for each in shaken]
    np.testing.assert_allclose(laid.distance2, expected, rtol=1e-6)
    best = best_order(REFERENCE, shaken[0], NAMES, MASSES)
    assert distance2(shaken[0], tuple(best)) == pytest.approx(expected[0])
    np.testing.assert_allclose(np.bincount(laid.event, laid.share), 1.0)


def test_many_geometries_are_what_each_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    shaken = hidden(np.random.default_rng(3), 9, noise=0.2)
    whole = lay(REFERENCE, shaken, NAMES, MASSES)
    monkeypatch.setattr("onlinecei.geometry.matching._AT_ONCE", 12)
    parts = lay(REFERENCE, shaken, NAMES, MASSES)
    np.testing.assert_array_equal(whole.event, parts.event)
    np.testing.assert_allclose(whole.positions_au, parts.positions_au, atol=1e-12)


def test_unequal_bonds_are_not_sorted_by_chance() -> None:
    """Two bonds that differ by noise alone: the better order would always call the longer one first."""
    random = np.random.default_rng(4)
    bent = np.array([[0.0, 0, 0], [-1.1, 1.46, 0], [-1.1, -1.44, 0]])
    masses = np.array([16.0, 1.0, 1.0])
    bent -= np.average(bent, axis=0, weights=masses)
    events = bent[:, :] + 0.3 * random.normal(size=(2000, 3, 3))
    events -= np.average(events, axis=1, weights=masses)[:, None]
    laid = lay(bent, events, ["O", "H", "H"], masses)
    best = laid.share >= 0.5  # taking the order that fits best alone

    def difference(share: np.ndarray, positions: np.ndarray) -> float:
        mean = np.einsum("r,rni->ni", share, positions) / share.sum()
        return float(np.linalg.norm(mean[1] - mean[0]) - np.linalg.norm(mean[2] - mean[0]))

    truth = np.linalg.norm(bent[1] - bent[0]) - np.linalg.norm(bent[2] - bent[0])
    assert difference(laid.share, laid.positions_au) == pytest.approx(truth, abs=0.02)
    assert difference(np.ones(best.sum()), laid.positions_au[best]) > 10 * truth


def test_a_mirror_image_stays_one() -> None:
    """With four different atoms on a centre, no turn does what a mirror does."""
    names, masses = ["C", "F", "Cl", "Br", "H"], np.array([12.0, 19, 35, 79, 1])
    corners = np.array([[0.0, 0, 0], [1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    corners -= np.average(corners, axis=0, weights=masses)
    laid = lay(corners, corners[None] * [1, 1, -1], names, masses)
    assert laid.distance2[0] > 0.1


def test_no_geometries_are_laid_nowhere() -> None:
    laid = lay(REFERENCE, np.empty((0, 5, 3)), NAMES, MASSES)
    assert laid.positions_au.shape == (0, 5, 3)
    assert laid.distance2.size == 0

"""What is asked, and the truth: turned at random, in part, several channels together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation import (
    Run,
    conditions,
)
from onlinecei.molexa.evaluation.cases import (
    Case,
    can_miss,
    cases_of,
    cases_together,
    in_channels,
    spread,
    without_ions,
)
from onlinecei.molexa.evaluation.frame import molecular_frame
from onlinecei.molexa.evaluation.methods import by_size
from onlinecei.molexa.training.augment import orthogonal


def test_the_frame_is_that_of_the_heaviest_ion_and_the_one_most_across() -> None:
    momentum = np.array([[0.0, 0, 5], [0, 1, -3], [2, 0, 0.1]])
    turn = molecular_frame(momentum, np.array([1, 8, 1]))
    assert np.linalg.det(turn) == pytest.approx(1)
    turned = momentum @ turn.T
    assert turned[1, 1:] == pytest.approx([0, 0], abs=1e-12)
    assert turned[1, 0] > 0
    assert turned[2, 2] == pytest.approx(0, abs=1e-12)
    assert turned[2, 1] > 0
    on_a_line = molecular_frame(np.array([[0.0, 0, 5], [0, 0, -5]]), np.array([6, 8]))
    np.testing.assert_allclose(on_a_line @ on_a_line.T, np.eye(3), atol=1e-12)


def test_the_covariance_is_that_of_the_mean_and_turns_with_the_momenta(dataset: Callable[[], Dataset]) -> None:
    case = cases_of(dataset(), "test")[0]
    assert case.covariance_au2.shape == (1, 2, 3, 3)
    np.testing.assert_allclose(np.linalg.eigvalsh(case.covariance_au2[0, 1]), np.array([1, 4, 9]) / 25, rtol=1e-6)
    turn = molecular_frame(dataset().momentum_au[:2].astype(float), np.array([6, 8]))
    covariance = case.frame @ case.covariance_au2[0, 0] @ case.frame.T
    np.testing.assert_allclose(covariance, turn @ np.diag([1, 4, 9]) @ turn.T / 25, rtol=1e-5)


def test_a_limited_number_of_entries_is_of_as_many_molecules_as_can_be() -> None:
    names = ["a"] * 10 + ["b"] * 2 + ["c"]
    assert sorted(names[each] for each in spread(names, 3)) == ["a", "b", "c"]
    assert sorted(names[each] for each in spread(names, 6)) == ["a", "a", "a", "b", "b", "c"]
    assert spread(names, 6) == spread(names, 6)
    assert spread(names, 99) == spread(names, None) == list(range(13))


def test_missing_ions_are_taken_from_the_very_same_entries(dataset: Callable[[], Dataset]) -> None:
    whole = [case for case in cases_of(dataset(), "test") if can_miss(case, 1)]
    assert [case.molecule for case in whole] == ["CO"] * 2 + ["water"] * 3 + ["ammonia"]
    assert [case.molecule for case in cases_of(dataset(), "test") if can_miss(case, 2)] == ["ammonia"]
    part = without_ions(whole, 1)
    for one, two, again in zip(whole, part, without_ions(whole, 1), strict=True):
        known = two.sample.known[0]
        assert known.sum() == one.atoms - 1
        np.testing.assert_array_equal(two.sample.momentum_au[0, known], one.sample.momentum_au[0, known])
        np.testing.assert_array_equal(two.sample.momentum_au, again.sample.momentum_au)
        np.testing.assert_array_equal(two.position_au, one.position_au)
    with pytest.raises(CEIError, match="'CO' cannot miss 2 ions"):
        without_ions(whole, 2)


def test_rows_of_missing_ions_stand_beside_the_complete_ones(
    run: Callable[..., Run], expected: Callable[..., float]
) -> None:
    made = run(splits=("test",))
    rows = conditions.missing_ions(made).rows
    assert [row[1:4] for row in rows] == [
        ("none, where 1 can be", 3, 6),
        ("1", 3, 6),
        ("none, where 2 can be", 1, 1),
        ("2", 1, 1),
    ]
    assert rows[0][4] == pytest.approx(expected(made.cases("test")), rel=1e-4)
    assert rows[1][4] == pytest.approx(expected(without_ions(made.cases("test"), 1)), rel=1e-4)
    assert rows[1][-1] == pytest.approx(rows[1][4] / rows[0][4])
    ammonia = [case for case in made.cases("test") if case.molecule == "ammonia"]
    assert rows[3][-1] == pytest.approx(expected(without_ions(ammonia, 2)) / expected(ammonia), rel=1e-4)


def test_channels_together_are_of_one_geometry_each_in_a_frame_of_its_own(
    dataset: Callable[[], Dataset], run: Callable[..., Run]
) -> None:
    cases = cases_together(dataset(), "test-8-9", 3)
    assert [case.molecule for case in cases] == ["ethane"]
    case, alone = cases[0], cases_of(dataset(), "test-8-9")
    assert case.sample.charge.shape == (3, 8)
    charges = {tuple(each.sample.charge[0].tolist()): each.sample.momentum_au[0] for each in alone}
    for depth, (charge, momentum) in enumerate(zip(case.sample.charge, case.sample.momentum_au, strict=True)):
        own = charges[tuple(charge.tolist())]
        np.testing.assert_allclose(momentum @ momentum.T, own @ own.T, rtol=1e-4, atol=1e-2)
        if not depth:
            np.testing.assert_allclose(momentum, own, atol=1e-6)
        left, _, right = np.linalg.svd(own.T @ momentum)
        assert np.linalg.det(left @ right) > 0
    assert in_channels(case, 2).sample.momentum_au.shape == (2, 8, 3)
    made = run(splits=("test", "test-8-9"))
    rows = conditions.channels_together(made).rows
    assert [row[:4] for row in rows][3:] == [("test, 8 or 9 atoms", count, 1, 1) for count in (1, 2, 3)]
    asked = made.networks["shifted"].asked[-3:]
    assert [each.charge.shape[1] for each in asked] == [1, 2, 3]


def test_errors_do_not_depend_on_how_the_data_lie_in_space(dataset: Callable[[], Dataset]) -> None:
    turn = orthogonal((1,), np.random.default_rng(1))[0]
    turn *= np.linalg.det(turn)
    data = dataset()
    other = replace(data, position_au=data.position_au @ turn.T, momentum_au=data.momentum_au @ turn.T)
    for one, two in zip(cases_of(data, "test-8-9"), cases_of(other, "test-8-9"), strict=True):
        np.testing.assert_allclose(one.position_au @ one.frame.T, two.position_au @ two.frame.T, atol=1e-5)
        np.testing.assert_allclose(
            one.sample.momentum_au @ one.frame.T, two.sample.momentum_au @ two.frame.T, atol=1e-3
        )


def test_cases_go_through_by_size_and_come_back_in_order(dataset: Callable[[], Dataset]) -> None:
    cases = [*cases_of(dataset(), "test-8-9"), *cases_of(dataset(), "test")]
    sizes: list[list[int]] = []
    done: list[int] = []

    def way(part: Sequence[Case]) -> list[str]:
        sizes.append([case.atoms for case in part])
        return [case.molecule for case in part]

    assert by_size(way, cases, done.append, at_once=4) == [case.molecule for case in cases]
    assert [each for part in sizes for each in part] == sorted(case.atoms for case in cases)
    assert done == [4, 4, 1]

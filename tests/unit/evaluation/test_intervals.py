"""What is said about an answer: stated intervals."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation import (
    Found,
    Run,
    honesty,
)
from onlinecei.molexa.evaluation.cases import cases_of
from onlinecei.molexa.evaluation.methods import answering, gaussian, median_of
from onlinecei.molexa.evaluation.scores import Scores, quartiles


def test_coverage_counts_coordinates(dataset: Callable[[], Dataset]) -> None:
    case = next(case for case in cases_of(dataset(), "test") if case.atoms == 3)
    off = np.array([[0.5, 1.0, 1.5], [-2.0, -2.5, 3.0], [0.0, 0.9, -0.9]])
    widths = np.stack([np.ones((3, 3)), 2 * np.ones((3, 3))])
    found = Found(position_au=case.position_au + off * (1 - 1e-9), half_width_au=widths)
    silent = Found(position_au=case.position_au)
    scores = Scores.of([case, case], [found, silent])
    assert scores.coverage == pytest.approx((5 / 9, 7 / 9))
    np.testing.assert_array_equal(scores.uncertainty_au, [1.0, np.nan])


def test_intervals_of_a_network_are_counted_by_size(run: Callable[..., Run]) -> None:
    made = run(splits=("test",))
    rows = [row for row in honesty.coverage(made).rows if row[2] == "shifted"]
    assert [row[1] for row in rows] == ["all", "2", "3", "4"]
    water = [case for case in made.cases("test") if case.atoms == 3]
    inside = [np.mean(np.abs(case.sample.momentum_au[0] / 100 - case.position_au) <= 1) for case in water]
    assert rows[2][5] == pytest.approx(100 * np.mean(inside))


def test_intervals_can_be_given(dataset: Callable[[], Dataset], shifted: type[Any]) -> None:
    case = cases_of(dataset(), "test")[:2]
    found = answering(shifted(), lambda _, position: 3 + torch.zeros(*position.shape, 2))(case)
    np.testing.assert_array_equal(found[0].half_width_au, np.full((2, 2, 3), 3.0))


def test_normal_intervals() -> None:
    np.testing.assert_allclose(gaussian(np.full((1, 3), 2.0))[:, 0, 0], [2.0, 2 * 1.96], rtol=1e-3)
    draws = np.random.default_rng(1).normal(5, 2, (4000, 2, 3))
    found = median_of(draws)
    np.testing.assert_allclose(found.position_au, 5, atol=0.2)
    np.testing.assert_allclose(found.half_width_au[0], 2, rtol=0.1)


def test_quarters_by_uncertainty_hold_every_entry_once(dataset: Callable[[], Dataset]) -> None:
    case = cases_of(dataset(), "test")[0]
    widths = [0.5, 3.0, 1.0, 2.0, 0.1, 9.0, 4.0, 0.2]
    found = [Found(position_au=case.position_au, half_width_au=np.full((2, 2, 3), each)) for each in widths]
    parts = quartiles(Scores.of([case] * 8, found))
    found_in = [sorted(part.uncertainty_au.round(3).tolist()) for part in parts]
    assert found_in == [[0.1, 0.2], [0.5, 1.0], [2.0, 3.0], [4.0, 9.0]]
    assert quartiles(Scores.of([case], [Found(position_au=case.position_au)])) == []


def test_coordinates_that_are_zero_by_symmetry_gain_nothing(dataset: Callable[[], Dataset]) -> None:
    """Across two atoms on a line nothing can be wrong in the molecular frame: there four of six would be inside."""
    data = dataset()
    cases = [case for split in ("test", "train") for case in cases_of(data, split) if case.atoms == 2]
    widths = np.full((2, 2, 3), 1e-3)
    found = [Found(position_au=0.8 * case.position_au, half_width_au=widths) for case in cases]
    in_its_frame = [np.abs(0.2 * case.position_au @ case.frame.T) < 1e-3 for case in cases]
    assert np.mean(in_its_frame) == pytest.approx(4 / 6)
    assert Scores.of(cases, found).coverage[0] < 0.1

"""Refinement within the evaluation."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from onlinecei.explosion import explode
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.evaluation import (
    Found,
    Run,
    honesty,
)
from onlinecei.molexa.evaluation.cases import (
    cases_of,
)
from onlinecei.molexa.evaluation.scores import Scores
from onlinecei.molexa.network import Inputs


def test_failures_of_refinement_and_those_that_it_flags(dataset: Callable[[], Dataset]) -> None:
    case = cases_of(dataset(), "test")[0]

    def scores(maes: Sequence[float], flagged: Sequence[bool]) -> Scores:
        found = [
            Found(position_au=case.position_au + mae * np.ones(3) @ case.frame, flagged=flag)
            for mae, flag in zip(maes, flagged, strict=True)
        ]
        return Scores.of([case] * len(found), found)

    before = scores([0.1, 0.1, 0.4, 0.6, 0.1], [False] * 5)
    after = scores([0.15, 0.25, 0.55, 0.4, 0.05], [False, True, False, False, True])
    found = honesty.failures(before, after)
    assert list(found.values()) == pytest.approx([40, 50, 40, (0.15 + 0.55 + 0.4) / 3])


def test_refinement_through_the_law_that_made_the_momenta_finds_the_truth(
    run: Callable[..., Run], shifted: type[Any]
) -> None:
    class Sudden:
        error = 0.001

        def errors(self, _: np.ndarray, charge: np.ndarray) -> np.ndarray:
            return np.full(charge.shape, self.error)

        def momenta(self, number: np.ndarray, charge: np.ndarray, position: np.ndarray) -> np.ndarray:
            mass = neutral_masses_au()[number]
            return np.stack([explode(position, mass - each, each) for each in charge.astype(float)])

        def jacobian(self, number: np.ndarray, charge: np.ndarray, position: np.ndarray) -> np.ndarray:
            steps = 1e-4 * np.eye(position.size).reshape(-1, *position.shape)
            up, down = (
                np.stack([self.momenta(number, charge, position + sign * step) for step in steps], axis=-1)
                for sign in (1, -1)
            )
            return (up - down).reshape(len(charge), position.size, position.size) / 2e-4

        def momenta_many(self, number: np.ndarray, charge: np.ndarray, position: np.ndarray) -> np.ndarray:
            rows = zip(number, charge, position, strict=True)
            return np.stack([self.momenta(own, each[None], place)[0] for own, each, place in rows])

    class Near(shifted):
        def answer(self, inputs: Inputs) -> Tensor:
            truth = {case.molecule: case for case in made.cases("test")}
            atoms = int(inputs.atoms[0].sum())
            case = next(each for each in truth.values() if each.atoms == atoms)
            return (torch.from_numpy(case.position_au).float() * 1.05)[None].expand(len(inputs.charge), -1, -1)

        def draw(self, inputs: Inputs, noise: Tensor, steps: int = 5) -> Tensor:
            del steps
            return self.answer(inputs)[:, None] + 0.01 * noise

    made = run(networks={"near": Near()}, splits=("test",), limit=1, slow=1, forward=Sudden())
    rows = honesty.refinement(made).rows
    assert [row[1] for row in rows] == ["before", "after"]
    assert rows[1][4] < 0.3 * rows[0][4]
    assert "refined" in {row[2].rpartition(" ")[2] for row in honesty.coverage(made).rows}

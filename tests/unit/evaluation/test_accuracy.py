"""Errors and their means, where every figure is known."""

from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation import (
    Found,
    Run,
    accuracy,
    markdown,
    plain,
    text,
)
from onlinecei.molexa.evaluation.cases import (
    cases_of,
)
from onlinecei.molexa.evaluation.scores import Scores, mean_over_molecules
from onlinecei.molexa.evaluation.table import Table
from onlinecei.molexa.training import errors
from onlinecei.molexa.training.augment import orthogonal


def test_every_molecule_counts_once() -> None:
    values, molecule = np.array([1.0, 2.0, 3.0, 10.0, np.nan]), np.array(["a", "a", "a", "b", "c"])
    assert mean_over_molecules(values, molecule) == pytest.approx(6)
    assert np.isnan(mean_over_molecules(np.array([np.nan]), np.array(["a"])))


def test_accuracy_is_the_mean_by_molecule_of_the_errors(
    run: Callable[..., Run], expected: Callable[..., float]
) -> None:
    made = run()
    rows = accuracy.by_set(made).rows
    names = ("mae_au", "mean_de_au", "max_de_au", "mean_ae_deg", "max_ae_deg")
    assert rows[0][:4] == ("test, 2 to 7 atoms", "shifted", 3, 6)
    assert rows[0][4:9] == pytest.approx([expected(made.cases("test"), name) for name in names], rel=1e-4)
    assert rows[1][1:2] + rows[1][4:7] == ("paper: MOLEXA", 0.52, 0.98, 2.11)
    assert rows[0][9] == pytest.approx(rows[0][4] / 0.52)
    assert rows[2][4:9] == pytest.approx([expected(made.cases("test-8-9"), name) for name in names], rel=1e-4)


def test_the_error_in_any_frame_is_the_mean_over_frames(dataset: Callable[[], Dataset]) -> None:
    case = next(case for case in cases_of(dataset(), "test") if case.atoms == 4)
    off = np.random.default_rng(1).normal(size=(4, 3))
    scores = Scores.of([case], [Found(position_au=case.position_au + off)])
    turns = orthogonal((20000,), np.random.default_rng(2))
    assert scores.any_frame_mae_au[0] == pytest.approx(np.abs(off @ turns).mean(), rel=0.01)


def test_rows_by_number_of_atoms_are_those_of_such_molecules(
    run: Callable[..., Run], expected: Callable[..., float]
) -> None:
    made = run()
    rows = [row for row in accuracy.by_atoms(made).rows if row[0] == "test, 2 to 7 atoms"]
    assert [row[1] for row in rows] == [2, 3, 4]
    assert rows[1][3:5] == (1, 3)
    assert rows[1][5] == pytest.approx(expected([case for case in made.cases("test") if case.atoms == 3]), rel=1e-4)


def test_draws_and_the_answer_stand_side_by_side(run: Callable[..., Run]) -> None:
    made = run(splits=("test",), draws=4)
    rows = accuracy.by_answer(made).rows
    assert [row[1] for row in rows] == ["answer", "one draw", "median of 4 draws"]
    cases = made.cases("test")
    drawn = [
        errors(each[0] @ case.frame.T, case.position_au @ case.frame.T).mae_au
        for each, case in zip(made.drawn("test"), cases, strict=True)
    ]
    assert rows[1][4] == pytest.approx(mean_over_molecules(np.array(drawn), made.scores("test").molecule))


def test_what_cannot_be_evaluated(run: Callable[..., Run]) -> None:
    with pytest.raises(CEIError, match="there is no network"):
        run(networks={})
    with pytest.raises(CEIError, match="split 'train' cannot be evaluated"):
        run(splits=("train",))
    with pytest.raises(CEIError, match="expected 2 or more"):
        run(draws=1)


def test_cells_and_pages() -> None:
    assert [text(each) for each in (0.12345, 12.3456, 1234, "as it is", None, float("nan"))] == [
        "0.123",
        "12.35",
        "1,234",
        "as it is",
        "-",
        "-",
    ]
    table = Table(title="One", columns=("a", "b"), rows=(("x", 1.5), ("y", float("nan"))), note="Simulated.")
    page = markdown([table], "onlinecei evaluate", "a machine", "2026-01-02")
    assert page.startswith("# Accuracy\n\nMade by `onlinecei evaluate` on 2026-01-02, a machine.\n\nAll momenta")
    assert "## One\n\nSimulated.\n\n| a | b |\n|---|---|\n| x | 1.500 |\n| y | - |\n" in page
    assert plain([table], "c", "m", "d")["tables"][0]["rows"] == [["x", 1.5], ["y", None]]

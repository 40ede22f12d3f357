"""Ways that need no network."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from onlinecei.explosion import ChargeUp, explode
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation import (
    Found,
    Run,
    baselines,
    bonds,
)
from onlinecei.molexa.evaluation.cases import (
    Case,
    cases_of,
)
from onlinecei.molexa.evaluation.scores import Scores


def test_sudden_diatomics_have_the_length_that_their_energy_says(dataset: Callable[[], Dataset]) -> None:
    for case in (*cases_of(dataset(), "test"), *cases_of(dataset(), "train")):
        if case.atoms == 2:
            found = baselines.from_energy(case, 1.0).position_au
            np.testing.assert_allclose(found, case.position_au, atol=2e-4)
            half = baselines.from_energy(case, 0.5)
            length = baselines.bond_au(case)
            assert Scores.of([case], [half]).mean_de_au[0] == pytest.approx(length / 2, abs=1e-3)


def test_the_fitted_factor_has_the_least_error_of_all(dataset: Callable[[], Dataset]) -> None:
    cases = [case for split in ("test", "train") for case in cases_of(dataset(), split) if case.atoms == 2]
    rng = np.random.default_rng(3)
    shaken = [replace(case, position_au=case.position_au * rng.uniform(0.5, 1.0)) for case in cases]
    best = baselines.fitted_factor(shaken)

    def error(factor: float) -> float:
        scores = Scores.of(shaken, [baselines.from_energy(case, factor) for case in shaken])
        return scores.mean(scores.mean_de_au)

    assert error(best) <= min(error(each) for each in np.linspace(0.3, 1.2, 400)) + 1e-6


def test_the_table_of_diatomics_names_what_is_whose(dataset: Callable[[], Dataset], run: Callable[..., Run]) -> None:
    rows = bonds.diatomics(run(splits=("test",))).rows
    found = {row[1]: row[2:] for row in rows}
    assert found["1/KER"][:2] == (1, 2)
    assert found["1/KER"][2] == pytest.approx(0, abs=1e-3)
    assert found["1.000/KER, fitted"][2] == pytest.approx(0, abs=1e-3)
    length = baselines.bond_au(cases_of(dataset(), "test")[0])
    assert found["0.797/KER, of the paper"][2] == pytest.approx(0.203 * length, abs=1e-3)
    assert found["paper: MOLEXA"] == (None, None, 0.155)


def test_classical_inversion_finds_what_its_own_law_made(dataset: Callable[[], Dataset]) -> None:
    case = next(case for case in cases_of(dataset(), "test") if case.molecule == "water")
    sample = case.sample
    charge = sample.charge[0].astype(float)
    law = ChargeUp("erf", tuple(baselines._TAU_FS[int(each)] for each in sample.atomic_number))
    momentum = explode(case.position_au, sample.mass_au - charge, charge, law)[None]
    found = baselines.inverted(replace(case, sample=replace(sample, momentum_au=momentum)))
    np.testing.assert_allclose(found.position_au, case.position_au, atol=1e-3)


def test_entries_without_an_inversion_are_left_out_on_both_sides(
    run: Callable[..., Run], expected: Callable[..., float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_water(case: Case) -> Found:
        there = case.molecule == "water"
        return Found(position_au=case.position_au if there else np.full_like(case.position_au, np.nan))

    monkeypatch.setattr(bonds, "inverted", only_water)
    made = run(splits=("test",), slow=3)
    rows = bonds.inversion(made).rows
    assert [row[2:5] for row in rows] == [(3, 1, 1), (3, 1, 1)]
    assert rows[0][5] == pytest.approx(0, abs=1e-9)
    water = [case for case in made.few_cases("test") if case.molecule == "water"]
    assert rows[1][5] == pytest.approx(expected(water), rel=1e-4)

"""The evaluation against hand-made data, where every figure is known."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.evaluation import (
    Found,
    Run,
    accuracy,
    baselines,
    bonds,
    conditions,
    honesty,
    markdown,
    plain,
    text,
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
from onlinecei.molexa.evaluation.methods import answering, by_size, gaussian, median_of
from onlinecei.molexa.evaluation.scores import Scores, mean_over_molecules, quartiles
from onlinecei.molexa.evaluation.table import Table
from onlinecei.molexa.network import Inputs
from onlinecei.molexa.network.base import IntervalNetwork
from onlinecei.molexa.training import errors
from onlinecei.molexa.training.augment import orthogonal

MOLECULES = {
    "CO": ("test", (6, 8), 2),
    "N2": ("train", (7, 7), 1),
    "F2": ("train", (9, 9), 3),
    "water": ("test", (8, 1, 1), 3),
    "ammonia": ("test", (7, 1, 1, 1), 1),
    "ethane": ("test-8-9", (6, 6, 1, 1, 1, 1, 1, 1), 3),
}
"""Split, atoms and entries of one geometry each."""


def dataset() -> Dataset:
    """Molecules that exploded at once."""
    rng = np.random.default_rng(4)
    numbers = [np.array(atoms, dtype=np.uint8) for _, atoms, _ in MOLECULES.values()]
    entries = [count for *_, count in MOLECULES.values()]
    positions = [3.0 * rng.normal(size=(each.size, 3)) for each in numbers]
    charges, momenta = [], []
    for atoms, count, position in zip(numbers, entries, positions, strict=True):
        for _ in range(count):
            charge = rng.integers(1, 4, atoms.size)
            charges.append(np.where(atoms == 1, 1, charge))
            momenta.append(explode(position, neutral_masses_au()[atoms] - charges[-1], charges[-1].astype(float)))
    sizes = np.repeat([each.size for each in numbers], entries)
    total = sum(entries)
    return Dataset(
        settings={},
        name=tuple(MOLECULES),
        split=tuple(split for split, *_ in MOLECULES.values()),
        molecule_first_atom=np.cumsum([0, *(each.size for each in numbers)]),
        atomic_number=np.concatenate(numbers),
        molecule=np.arange(len(numbers)),
        index=np.zeros(len(numbers), dtype=np.int64),
        trajectories=np.full(len(numbers), 100),
        full_share=np.ones(len(numbers), dtype=np.float32),
        sigma_angstrom=np.zeros(len(numbers), dtype=np.float32),
        first_entry=np.cumsum([0, *entries]),
        geometry_first_atom=np.cumsum([0, *(each.size for each in numbers)]),
        position_au=np.concatenate(positions).astype(np.float32),
        count=np.full(total, 25),
        first_atom=np.cumsum([0, *sizes]),
        charge=np.concatenate(charges).astype(np.int8),
        momentum_au=np.concatenate(momenta).astype(np.float32),
        covariance_au2=np.tile(np.array([1, 0, 0, 4, 0, 9], dtype=np.float32), (sizes.sum(), 1)),
    )


class Shifted(IntervalNetwork):
    """Answers with its momenta over a hundred; a draw is that and its noise. States the half-widths 1 and 2."""

    NAME: ClassVar[str] = "shifted"
    VERSION: ClassVar[int] = 1
    CONFIG: ClassVar[type[Any]] = dict

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.ones(1))
        self.asked: list[Inputs] = []

    def loss(self, *_: object) -> Tensor:
        return self.one

    def draw(self, inputs: Inputs, noise: Tensor, steps: int = 5) -> Tensor:
        del steps
        return self.answer(inputs)[:, None] + noise

    def answer(self, inputs: Inputs) -> Tensor:
        self.asked.append(inputs)
        return inputs.momentum_au[:, 0] / 100

    def head_parameters(self) -> list[nn.Parameter]:
        return []

    def head_loss(self, *_: object) -> Tensor:
        return self.one

    def covariance(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        del inputs
        return torch.eye(3).expand(*position_au.shape, 3)

    def half_widths(self, inputs: Inputs, position_au: Tensor) -> Tensor:
        del inputs
        return torch.stack([torch.ones_like(position_au), 2 * torch.ones_like(position_au)], dim=-1)


def run(**options: object) -> Run:
    options = {"networks": {"shifted": Shifted()}, "splits": ("test", "test-8-9"), "slow": 2, **options}
    return Run(dataset=dataset(), **options)


def expected(cases: Sequence[Case], attribute: str = "mae_au") -> float:
    """Mean by molecule of the answers of `Shifted`, in plain loops."""
    by_molecule: dict[str, list[float]] = {}
    for case in cases:
        found = errors(np.nan_to_num(case.sample.momentum_au[0]) / 100, case.position_au)
        by_molecule.setdefault(case.molecule, []).append(getattr(found, attribute))
    means = [sum(each) / len(each) for each in by_molecule.values()]
    finite = [each for each in means if np.isfinite(each)]
    return sum(finite) / len(finite)


def test_every_molecule_counts_once() -> None:
    values, molecule = np.array([1.0, 2.0, 3.0, 10.0, np.nan]), np.array(["a", "a", "a", "b", "c"])
    assert mean_over_molecules(values, molecule) == pytest.approx(6)
    assert np.isnan(mean_over_molecules(np.array([np.nan]), np.array(["a"])))


def test_accuracy_is_the_mean_by_molecule_of_the_errors() -> None:
    made = run()
    rows = accuracy.by_set(made).rows
    names = ("mae_au", "mean_de_au", "max_de_au", "mean_ae_deg", "max_ae_deg")
    assert rows[0][:4] == ("test, 2 to 7 atoms", "shifted", 3, 6)
    assert rows[0][4:9] == pytest.approx([expected(made.cases("test"), name) for name in names], rel=1e-4)
    assert rows[1][1:2] + rows[1][4:7] == ("paper: MOLEXA", 0.52, 0.98, 2.11)
    assert rows[0][9] == pytest.approx(rows[0][4] / 0.52)
    assert rows[2][4:9] == pytest.approx([expected(made.cases("test-8-9"), name) for name in names], rel=1e-4)


def test_the_error_in_any_frame_is_the_mean_over_frames() -> None:
    case = next(case for case in cases_of(dataset(), "test") if case.atoms == 4)
    off = np.random.default_rng(1).normal(size=(4, 3))
    scores = Scores.of([case], [Found(position_au=case.position_au + off)])
    turns = orthogonal((20000,), np.random.default_rng(2))
    assert scores.any_frame_mae_au[0] == pytest.approx(np.abs(off @ turns).mean(), rel=0.01)


def test_rows_by_number_of_atoms_are_those_of_such_molecules() -> None:
    made = run()
    rows = [row for row in accuracy.by_atoms(made).rows if row[0] == "test, 2 to 7 atoms"]
    assert [row[1] for row in rows] == [2, 3, 4]
    assert rows[1][3:5] == (1, 3)
    assert rows[1][5] == pytest.approx(expected([case for case in made.cases("test") if case.atoms == 3]), rel=1e-4)


def test_errors_do_not_depend_on_how_the_data_lie_in_space() -> None:
    turn = orthogonal((1,), np.random.default_rng(1))[0]
    turn *= np.linalg.det(turn)
    data = dataset()
    other = replace(data, position_au=data.position_au @ turn.T, momentum_au=data.momentum_au @ turn.T)
    for one, two in zip(cases_of(data, "test-8-9"), cases_of(other, "test-8-9"), strict=True):
        np.testing.assert_allclose(one.position_au, two.position_au, atol=1e-5)
        np.testing.assert_allclose(one.sample.momentum_au, two.sample.momentum_au, atol=1e-3)


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


def test_the_covariance_is_that_of_the_mean_and_turns_with_the_momenta() -> None:
    case = cases_of(dataset(), "test")[0]
    assert case.covariance_au2.shape == (1, 2, 3, 3)
    np.testing.assert_allclose(np.linalg.eigvalsh(case.covariance_au2[0, 1]), np.array([1, 4, 9]) / 25, rtol=1e-6)
    turn = molecular_frame(dataset().momentum_au[:2].astype(float), np.array([6, 8]))
    np.testing.assert_allclose(case.covariance_au2[0, 0], turn @ np.diag([1, 4, 9]) @ turn.T / 25, rtol=1e-5)


def test_a_limited_number_of_entries_is_of_as_many_molecules_as_can_be() -> None:
    names = ["a"] * 10 + ["b"] * 2 + ["c"]
    assert sorted(names[each] for each in spread(names, 3)) == ["a", "b", "c"]
    assert sorted(names[each] for each in spread(names, 6)) == ["a", "a", "a", "b", "b", "c"]
    assert spread(names, 6) == spread(names, 6)
    assert spread(names, 99) == spread(names, None) == list(range(13))


def test_missing_ions_are_taken_from_the_very_same_entries() -> None:
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


def test_rows_of_missing_ions_stand_beside_the_complete_ones() -> None:
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


def test_channels_together_are_of_one_geometry_each_in_a_frame_of_its_own() -> None:
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


def test_sudden_diatomics_have_the_length_that_their_energy_says() -> None:
    for case in (*cases_of(dataset(), "test"), *cases_of(dataset(), "train")):
        if case.atoms == 2:
            found = baselines.from_energy(case, 1.0).position_au
            np.testing.assert_allclose(found, case.position_au, atol=2e-4)
            half = baselines.from_energy(case, 0.5)
            length = baselines.bond_au(case)
            assert Scores.of([case], [half]).mean_de_au[0] == pytest.approx(length / 2, abs=1e-3)


def test_the_fitted_factor_has_the_least_error_of_all() -> None:
    cases = [case for split in ("test", "train") for case in cases_of(dataset(), split) if case.atoms == 2]
    rng = np.random.default_rng(3)
    shaken = [replace(case, position_au=case.position_au * rng.uniform(0.5, 1.0)) for case in cases]
    best = baselines.fitted_factor(shaken)

    def error(factor: float) -> float:
        scores = Scores.of(shaken, [baselines.from_energy(case, factor) for case in shaken])
        return scores.mean(scores.mean_de_au)

    assert error(best) <= min(error(each) for each in np.linspace(0.3, 1.2, 400)) + 1e-6


def test_the_table_of_diatomics_names_what_is_whose() -> None:
    rows = bonds.diatomics(run(splits=("test",))).rows
    found = {row[1]: row[2:] for row in rows}
    assert found["1/KER"][:2] == (1, 2)
    assert found["1/KER"][2] == pytest.approx(0, abs=1e-3)
    assert found["1.000/KER, fitted"][2] == pytest.approx(0, abs=1e-3)
    length = baselines.bond_au(cases_of(dataset(), "test")[0])
    assert found["0.797/KER, of the paper"][2] == pytest.approx(0.203 * length, abs=1e-3)
    assert found["paper: MOLEXA"] == (None, None, 0.155)


def test_classical_inversion_finds_what_its_own_law_made() -> None:
    case = next(case for case in cases_of(dataset(), "test") if case.molecule == "water")
    sample = case.sample
    charge = sample.charge[0].astype(float)
    law = ChargeUp("erf", tuple(baselines._TAU_FS[int(each)] for each in sample.atomic_number))
    momentum = explode(case.position_au, sample.mass_au - charge, charge, law)[None]
    found = baselines.inverted(replace(case, sample=replace(sample, momentum_au=momentum)))
    np.testing.assert_allclose(found.position_au, case.position_au, atol=1e-3)


def test_entries_without_an_inversion_are_left_out_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_coverage_counts_coordinates() -> None:
    case = next(case for case in cases_of(dataset(), "test") if case.atoms == 3)
    off = np.array([[0.5, 1.0, 1.5], [-2.0, -2.5, 3.0], [0.0, 0.9, -0.9]])
    widths = np.stack([np.ones((3, 3)), 2 * np.ones((3, 3))])
    found = Found(position_au=case.position_au + off * (1 - 1e-9), half_width_au=widths)
    silent = Found(position_au=case.position_au)
    scores = Scores.of([case, case], [found, silent])
    assert scores.coverage == pytest.approx((5 / 9, 7 / 9))
    np.testing.assert_array_equal(scores.uncertainty_au, [1.0, np.nan])


def test_intervals_of_a_network_are_counted_by_size() -> None:
    made = run(splits=("test",))
    rows = [row for row in honesty.coverage(made).rows if row[2] == "shifted"]
    assert [row[1] for row in rows] == ["all", "2", "3", "4"]
    water = [case for case in made.cases("test") if case.atoms == 3]
    inside = [np.mean(np.abs(case.sample.momentum_au[0] / 100 - case.position_au) <= 1) for case in water]
    assert rows[2][5] == pytest.approx(100 * np.mean(inside))


def test_intervals_can_be_given() -> None:
    case = cases_of(dataset(), "test")[:2]
    found = answering(Shifted(), lambda _, position: 3 + torch.zeros(*position.shape, 2))(case)
    np.testing.assert_array_equal(found[0].half_width_au, np.full((2, 2, 3), 3.0))


def test_normal_intervals() -> None:
    np.testing.assert_allclose(gaussian(np.full((1, 3), 2.0))[:, 0, 0], [2.0, 2 * 1.96], rtol=1e-3)
    draws = np.random.default_rng(1).normal(5, 2, (4000, 2, 3))
    found = median_of(draws)
    np.testing.assert_allclose(found.position_au, 5, atol=0.2)
    np.testing.assert_allclose(found.half_width_au[0], 2, rtol=0.1)


def test_quarters_by_uncertainty_hold_every_entry_once() -> None:
    case = cases_of(dataset(), "test")[0]
    widths = [0.5, 3.0, 1.0, 2.0, 0.1, 9.0, 4.0, 0.2]
    found = [Found(position_au=case.position_au, half_width_au=np.full((2, 2, 3), each)) for each in widths]
    parts = quartiles(Scores.of([case] * 8, found))
    found_in = [sorted(part.uncertainty_au.round(3).tolist()) for part in parts]
    assert found_in == [[0.1, 0.2], [0.5, 1.0], [2.0, 3.0], [4.0, 9.0]]
    assert quartiles(Scores.of([case], [Found(position_au=case.position_au)])) == []


def test_failures_of_refinement_and_those_that_it_flags() -> None:
    case = cases_of(dataset(), "test")[0]

    def scores(maes: Sequence[float], flagged: Sequence[bool]) -> Scores:
        found = [
            Found(position_au=case.position_au + mae, flagged=flag) for mae, flag in zip(maes, flagged, strict=True)
        ]
        return Scores.of([case] * len(found), found)

    before = scores([0.1, 0.1, 0.4, 0.6, 0.1], [False] * 5)
    after = scores([0.15, 0.25, 0.55, 0.4, 0.05], [False, True, False, False, True])
    found = honesty.failures(before, after)
    assert list(found.values()) == pytest.approx([40, 50, 40, (0.15 + 0.55 + 0.4) / 3])


def test_draws_and_the_answer_stand_side_by_side() -> None:
    made = run(splits=("test",), draws=4)
    rows = accuracy.by_answer(made).rows
    assert [row[1] for row in rows] == ["answer", "one draw", "median of 4 draws"]
    cases = made.cases("test")
    drawn = [errors(each[0], case.position_au).mae_au for each, case in zip(made.drawn("test"), cases, strict=True)]
    assert rows[1][4] == pytest.approx(mean_over_molecules(np.array(drawn), made.scores("test").molecule))


def test_refinement_through_the_law_that_made_the_momenta_finds_the_truth() -> None:
    class Sudden:
        error = 0.001

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

        def momenta_many(self, *_: object) -> np.ndarray:
            raise NotImplementedError

    class Near(Shifted):
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


def test_cases_go_through_by_size_and_come_back_in_order() -> None:
    cases = [*cases_of(dataset(), "test-8-9"), *cases_of(dataset(), "test")]
    sizes: list[list[int]] = []
    done: list[int] = []

    def way(part: Sequence[Case]) -> list[str]:
        sizes.append([case.atoms for case in part])
        return [case.molecule for case in part]

    assert by_size(way, cases, done.append, at_once=4) == [case.molecule for case in cases]
    assert [each for part in sizes for each in part] == sorted(case.atoms for case in cases)
    assert done == [4, 4, 1]


def test_what_cannot_be_evaluated() -> None:
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

"""What stands beside the coordinates of a geometry: other solutions, the covariance, the sudden explosion."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.analysis import analyse, reconstruct_all
from onlinecei.errors import ResultError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.files.columns import from_columns, to_columns
from onlinecei.files.result import read_result, write_result
from onlinecei.ions import Channel
from onlinecei.molexa.refine import Solution
from onlinecei.reconstruction.answer import Answer
from onlinecei.reconstruction.classical import reconstruct
from onlinecei.records import Alternative, Batch, Centroids, Reconstruction, Snapshot, State
from onlinecei.setup import Setup

WATER_AU = np.array([[0.0, 0.0, 0.0], [-1.1, 1.45, 0.0], [-1.1, -1.45, 0.0]])
CHANNEL = Channel.parse("O+/H+/H+")
LAW = ChargeUp("exponential", 10.0)


@pytest.fixture(scope="module")
def measured() -> Centroids:
    """Slow charging leaves a choice: a second geometry of water explodes into the same momenta."""
    momenta = explode(WATER_AU, CHANNEL.masses_au, CHANNEL.charges, LAW)
    return Centroids(
        channel=CHANNEL, complete=True, delay_bin=0, delay_fs=(0.0, 10.0), events=400, momentum_au=momenta,
        covariance_au2=np.eye(9), mean_ker_ev=20.0,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found(measured: Centroids) -> Reconstruction:
    return reconstruct(measured, LAW)


def test_classical_inversion_names_all_solutions(found: Reconstruction) -> None:
    assert found.solutions == 1 + len(found.alternatives) == 2
    assert found.weight + sum(each.weight for each in found.alternatives) == pytest.approx(1.0)
    assert found.weight >= found.alternatives[0].weight
    assert "no probability" in found.weighed_by
    (other,) = found.alternatives
    again = explode(other.positions_au, CHANNEL.masses_au, CHANNEL.charges, LAW)
    np.testing.assert_allclose(again, found.centroids.momentum_au, atol=0.05)
    assert np.abs(other.positions_au - found.positions_au).max() > 0.1


def test_covariance_has_the_errors_on_its_diagonal(found: Reconstruction) -> None:
    assert found.covariance_au2 is not None
    np.testing.assert_allclose(np.sqrt(np.diag(found.covariance_au2)).reshape(-1, 3), found.uncertainty_au, atol=1e-12)
    assert np.linalg.eigvalsh(found.covariance_au2).min() > -1e-12


def test_sudden_explosion_has_no_law_of_the_setup(measured: Centroids, water: Setup) -> None:
    (each,) = reconstruct_all([measured], water)
    assert each.sudden_au is not None
    np.testing.assert_allclose(
        each.sudden_au, explode(each.positions_au, CHANNEL.masses_au, CHANNEL.charges, ChargeUp()), atol=1e-9
    )
    (none,) = reconstruct_all([replace(measured, events=3)], water)
    assert none.sudden_au is None


def test_refined_answers_carry_rivals_and_stated_widths() -> None:
    solutions = [
        Solution(positions_au=WATER_AU * size, covariance_au2=np.diag(np.arange(1.0, 10.0)), chi2=1.0, weight=weight,
                 round_trip_au=np.zeros((1, 3, 3)), misfit=np.array([0.01 * size]), starts=1, flags=())
        for size, weight in ((1.0, 0.6), (2.0, 0.35), (3.0, 0.05))
    ]  # fmt: skip
    answer = Answer.refined(solutions)
    assert answer is not None
    assert answer.covariance_au2 is not None
    assert (answer.weight, answer.solutions) == (0.6, 2)
    assert [(each.weight, each.misfit) for each in answer.alternatives] == [(0.35, 0.02)]
    np.testing.assert_allclose(np.sqrt(np.diag(answer.covariance_au2)), answer.uncertainty_au.ravel())


def test_all_of_it_travels(found: Reconstruction) -> None:
    plain = replace(found, alternatives=(), covariance_au2=None, weighed_by="", weight=float("nan"))
    sudden = replace(found, sudden_au=found.round_trip_au + 1.0)
    none, back = from_columns(to_columns([plain, sudden]))
    assert (none.alternatives, none.covariance_au2, none.sudden_au, none.weighed_by) == ((), None, None, "")
    assert (back.weight, back.weighed_by) == (sudden.weight, sudden.weighed_by)
    np.testing.assert_array_equal(back.covariance_au2, sudden.covariance_au2)
    np.testing.assert_array_equal(back.sudden_au, sudden.sudden_au)
    (one,), (other,) = back.alternatives, sudden.alternatives
    assert (one.weight, one.misfit) == (other.weight, other.misfit)
    np.testing.assert_array_equal(one.positions_au, other.positions_au)


def test_columns_that_are_too_short_are_refused(found: Reconstruction) -> None:
    columns = to_columns([found])
    with pytest.raises(ResultError, match="'solution' ends after 10 numbers"):
        from_columns(columns | {"solution": columns["solution"][:10]})
    many = replace(found, alternatives=65 * found.alternatives)
    with pytest.raises(ResultError, match="65 alternatives"):
        from_columns(to_columns([many]))


def test_it_is_in_the_result_file(
    found: Reconstruction, water_text: str, water_batch: Batch, water: Setup, tmp_path: Path
) -> None:
    single = replace(found, centroids=replace(found.centroids, delay_bin=1), alternatives=(), solutions=1)
    third = Alternative(positions_au=WATER_AU, weight=0.1, misfit=0.3)
    double = replace(found, alternatives=(*found.alternatives, third), sudden_au=found.round_trip_au)
    state = State(total=analyse(water_batch, water))
    whole = Snapshot(run="x", setup_text=water_text, state=state, reconstructions=(double, single))
    write_result(tmp_path / "r.h5", whole)
    read, _ = read_result(tmp_path / "r.h5").reconstructions
    np.testing.assert_array_equal(read.covariance_au2, found.covariance_au2)
    with h5py.File(tmp_path / "r.h5") as file:
        group = file["entry/Op_Hp_Hp"]
        np.testing.assert_array_equal(group["sudden_au"][0], found.round_trip_au)
        assert np.isnan(group["sudden_au"][1]).all()
        np.testing.assert_array_equal(group["weight"][()], [found.weight, found.weight])
        others = group["alternatives"]
        assert others["positions_au"].shape == (2, 2, 3, 3)
        np.testing.assert_array_equal(others["positions_au"][0, 1], WATER_AU)
        np.testing.assert_array_equal(others["weight"][1], [np.nan, np.nan])
        assert others["weighed_by"].asstr()[0] == found.weighed_by

"""Answers of a network refined: frame, order and batch change nothing, and reconstruction and evaluation share it."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from onlinecei.errors import CEIError
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.evaluation.calibration import quantiles, write
from onlinecei.molexa.network import Config, OnlineCEI, Sample
from onlinecei.molexa.refine import Classical, refine, refine_answers
from onlinecei.molexa.refine.answer import beginnings
from onlinecei.molexa.refine.checks import UNSURE
from onlinecei.molexa.refine.intervals import factors, half_widths

MODEL = Classical(error=0.1)


def network() -> OnlineCEI:
    torch.manual_seed(3)
    return OnlineCEI(Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1))


def sample(numbers: list[int], seed: int) -> Sample:
    number = np.array(numbers)
    charge = np.where(number == 1, 1, 2)[None]
    position = 3.0 * np.random.default_rng(seed).normal(size=(number.size, 3))
    return Sample(
        atomic_number=number,
        mass_au=neutral_masses_au()[number],
        charge=charge,
        momentum_au=MODEL.momenta(number, charge.astype(float), position),
    )


def covariance(each: Sample) -> np.ndarray:
    return np.tile(np.eye(3), (*each.charge.shape, 1, 1))


def test_samples_of_different_sizes_begin_as_if_alone() -> None:
    both = [sample([8, 1, 1], 1), sample([6, 8, 1, 1], 2)]
    for each, found in zip(both, beginnings(network(), both), strict=True):
        (alone,) = beginnings(network(), [each])
        np.testing.assert_allclose(found.starts_au, alone.starts_au, atol=1e-4)
        np.testing.assert_allclose(found.prior.covariance_au2, alone.prior.covariance_au2, rtol=1e-3, atol=1e-5)


def test_frame_and_order_of_the_atoms_change_nothing() -> None:
    own, turn, order = sample([8, 6, 1], 1), Rotation.random(random_state=2).as_matrix(), np.array([2, 0, 1])
    other = Sample(
        atomic_number=own.atomic_number[order],
        mass_au=own.mass_au[order],
        charge=own.charge[:, order],
        momentum_au=own.momentum_au[:, order] @ turn.T,
    )
    one, two = (beginnings(network(), [each])[0] for each in (own, other))
    np.testing.assert_allclose(one.starts_au[:, order] @ turn.T, two.starts_au, atol=1e-4)
    turned = turn @ one.prior.covariance_au2[order] @ turn.T
    np.testing.assert_allclose(turned, two.prior.covariance_au2, rtol=1e-3, atol=1e-5)


def test_each_sample_gets_its_solutions() -> None:
    both = [sample([8, 1, 1], 1), sample([6, 8, 1, 1], 2)]
    found = refine_answers(network(), MODEL, both, [covariance(each) for each in both])
    assert [each[0].positions_au.shape for each in found] == [(3, 3), (4, 3)]
    assert sum(each.weight for each in found[1]) == pytest.approx(1)
    assert refine_answers(network(), MODEL, [], []) == []


def test_the_prior_is_the_answer_with_the_covariance_that_the_network_states() -> None:
    own = sample([8, 6, 1], 1)
    (begun,) = beginnings(network(), [own], draws=2)
    assert begun.starts_au.shape == (3, 3, 3)
    np.testing.assert_array_equal(begun.starts_au[0], begun.prior.mean_au)
    eigenvalues = np.linalg.eigvalsh(begun.prior.covariance_au2)
    assert (eigenvalues[:, 2] > 1.01 * eigenvalues[:, 0]).any()


def test_draws_that_lie_far_apart_are_said() -> None:
    own = sample([8, 1, 1], 1)
    (found, *_) = refine_answers(network(), MODEL, [own], [covariance(own)])[0]
    assert UNSURE in found.flags
    begun = beginnings(network(), [own])[0]
    near = begun.prior.mean_au + 0.01 * (begun.starts_au - begun.prior.mean_au)
    assert UNSURE not in refine(own, covariance(own), MODEL, begun.prior, near)[0].flags


def test_intervals_are_as_wide_as_their_factors_say() -> None:
    widths = half_widths(np.full((2, 3), 2.0))
    assert widths.shape == (2, 2, 3)
    np.testing.assert_allclose(widths[:, 0, 0], 2 * np.array(factors()))
    assert factors()[0] < factors()[1]


def test_factors_are_quantiles_in_which_molecules_count_alike(tmp_path: Path) -> None:
    ratios = [np.linspace(0, 1, 1001), np.linspace(0, 1, 1001), np.full(3, 5.0)]
    assert quantiles(ratios, ["a", "b", "a"])[0] == pytest.approx(0.6827 / 0.75, abs=2e-3)
    path = tmp_path / "f.json"
    write(path, (0.8, 2.5), "simulated")
    assert factors(path) == (0.8, 2.5)
    (tmp_path / "bad.json").write_text("{}")
    with pytest.raises(CEIError, match=r"bad\.json"):
        factors(tmp_path / "bad.json")

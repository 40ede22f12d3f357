"""Geometries refined through a model that is exact, so that the truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from onlinecei.errors import CEIError
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.molecules import molecules
from onlinecei.molexa.network import Sample
from onlinecei.molexa.refine import Classical, Prior, refine

EXACT = Classical(error=0.0)
METHANOL = next(each for each in molecules() if sorted(each.numbers) == [1, 1, 1, 1, 6, 8])
NUMBERS = METHANOL.numbers.astype(np.int64)
MASSES = neutral_masses_au()[NUMBERS]
CHARGES = np.where(NUMBERS == 1, 1, 2)


def centred(positions: np.ndarray, masses: np.ndarray = MASSES) -> np.ndarray:
    return positions - np.average(positions, axis=0, weights=masses)


RANDOM = np.random.default_rng(8)
TRUTH = centred(METHANOL.positions_au + RANDOM.normal(0, 0.1, METHANOL.positions_au.shape))
START = centred(TRUTH + RANDOM.normal(0, 0.2, TRUTH.shape))


def exploded(charges: np.ndarray, truth: np.ndarray = TRUTH, numbers: np.ndarray = NUMBERS) -> Sample:
    charges = np.atleast_2d(charges)
    return Sample(
        atomic_number=numbers,
        mass_au=neutral_masses_au()[numbers],
        charge=charges,
        momentum_au=EXACT.momenta(numbers, charges.astype(float), truth),
    )


def without_errors(sample: Sample) -> np.ndarray:
    return np.zeros((*sample.charge.shape, 3, 3))


WIDE = Prior.round(START, 0.5)


def test_exact_momenta_give_the_exact_geometry() -> None:
    sample = exploded(CHARGES)
    (found,) = refine(sample, without_errors(sample), EXACT, WIDE, START[None])
    np.testing.assert_allclose(found.positions_au, TRUTH, atol=1e-4)
    np.testing.assert_allclose(found.round_trip_au, sample.momentum_au, atol=1e-3)
    assert found.misfit.shape == (1,)
    assert found.misfit[0] < 1e-5
    assert found.sigma_au.max() < 1e-3
    assert (found.weight, found.starts, found.flags) == (1.0, 1, ())


def test_an_ion_that_was_not_detected_costs_some_certainty_only() -> None:
    whole = exploded(CHARGES)
    momentum = whole.momentum_au.copy()
    momentum[0, 3] = np.nan
    sample = replace(whole, momentum_au=momentum)
    (found,) = refine(sample, without_errors(sample), EXACT, WIDE, START[None])
    np.testing.assert_allclose(found.positions_au, TRUTH, atol=1e-3)
    np.testing.assert_allclose(found.round_trip_au, whole.momentum_au, atol=1e-2)


def test_an_ion_too_few_leaves_the_prior_where_momenta_are_silent() -> None:
    momentum = exploded(CHARGES).momentum_au.copy()
    momentum[0, 2:] = np.nan
    sample = replace(exploded(CHARGES), momentum_au=momentum)
    (found,) = refine(sample, without_errors(sample), EXACT, Prior.round(START, 0.3), START[None])
    assert found.misfit[0] < 1e-4
    assert np.abs(found.positions_au - START).max() < 1.0
    assert 0.1 < found.sigma_au.max() < 0.35


def test_channels_in_frames_of_their_own_are_turned_together() -> None:
    charges = np.stack([CHARGES, np.where(NUMBERS == 6, 3, CHARGES), np.where(NUMBERS == 8, 1, CHARGES)])
    aligned = exploded(charges)
    frames = Rotation.random(3, random_state=3).as_matrix()
    frames[0] = np.eye(3)
    sample = replace(aligned, momentum_au=aligned.momentum_au @ frames.transpose(0, 2, 1))
    (found,) = refine(sample, without_errors(sample), EXACT, WIDE, START[None])
    np.testing.assert_allclose(found.positions_au, TRUTH, atol=1e-4)
    np.testing.assert_allclose(found.round_trip_au, sample.momentum_au, atol=1e-3)


def test_channels_of_a_linear_molecule_turn_about_it_as_they_like() -> None:
    numbers = np.array([6, 8])
    truth = centred(np.array([[0.0, 0, 0], [0, 0, 2.2]]), neutral_masses_au()[numbers])
    aligned = exploded(np.array([[1, 1], [2, 1], [2, 3]]), truth, numbers)
    frames = Rotation.random(3, random_state=4).as_matrix()
    frames[0] = np.eye(3)
    sample = replace(aligned, momentum_au=aligned.momentum_au @ frames.transpose(0, 2, 1))
    start = truth * 1.1 + 0.05 * RANDOM.standard_normal((2, 3))
    prior = Prior.round(start, 0.3)
    (found,) = refine(sample, without_errors(sample), EXACT, prior, start[None])
    np.testing.assert_allclose(found.positions_au, truth, atol=1e-3)
    np.testing.assert_allclose(found.round_trip_au, sample.momentum_au, atol=1e-2)


def test_a_second_channel_tells_where_the_first_lost_two_ions() -> None:
    charges = np.stack([CHARGES, np.where(NUMBERS == 6, 3, CHARGES)])
    aligned = exploded(charges)
    momentum = aligned.momentum_au.copy()
    momentum[0, 2:4], momentum[1, 4:] = np.nan, np.nan
    momentum[1] = momentum[1] @ Rotation.from_rotvec([0.4, -1.1, 2.0]).as_matrix()
    sample = replace(aligned, momentum_au=momentum)
    (found,) = refine(sample, without_errors(sample), EXACT, WIDE, START[None])
    np.testing.assert_allclose(found.positions_au, TRUTH, atol=2e-3)


def test_order_of_atoms_and_rotation_change_nothing() -> None:
    sample = exploded(CHARGES)
    error = Classical(error=0.05)
    noisy = replace(sample, momentum_au=sample.momentum_au * (1 + 0.03 * RANDOM.standard_normal((1, 6, 3))))
    covariance = RANDOM.normal(size=(1, 6, 3, 3))
    covariance = covariance @ covariance.transpose(0, 1, 3, 2)
    starts = START + RANDOM.normal(0, 0.1, (4, 6, 3))
    found = refine(noisy, covariance, error, WIDE, starts)
    turn, order = Rotation.random(random_state=1).as_matrix(), np.array([3, 0, 5, 1, 4, 2])
    other = Sample(
        atomic_number=NUMBERS[order],
        mass_au=MASSES[order],
        charge=CHARGES[None, order],
        momentum_au=noisy.momentum_au[:, order] @ turn.T,
    )
    again = refine(
        other,
        turn @ covariance[:, order] @ turn.T,
        error,
        Prior.round(START[order] @ turn.T, 0.5),
        starts[::-1, order] @ turn.T,
    )
    assert len(found) == len(again)
    for one, two in zip(found, again, strict=True):
        np.testing.assert_allclose(one.positions_au[order] @ turn.T, two.positions_au, atol=5e-3)
        assert one.chi2 == pytest.approx(two.chi2, rel=1e-3)
        assert one.weight == pytest.approx(two.weight, abs=1e-2)


def test_error_bars_hold_the_truth_as_often_as_they_say() -> None:
    """Truths drawn from the prior, momenta from their errors: 68 and 95 % of the coordinates lie inside."""
    random = np.random.default_rng(5)
    clean, inside = exploded(CHARGES), []
    rms = np.sqrt(np.mean(clean.momentum_au**2))
    shape = random.normal(size=(18, 18))
    covariance = (0.03 * rms) ** 2 * (shape @ shape.T / 18 + 0.2 * np.eye(18))
    factor = np.linalg.cholesky(covariance)
    for _ in range(150):
        prior = centred(TRUTH + random.normal(0, 0.15, TRUTH.shape))
        momentum = clean.momentum_au + (factor @ random.standard_normal(18)).reshape(1, 6, 3)
        sample = replace(clean, momentum_au=momentum)
        best = refine(sample, covariance[None], EXACT, Prior.round(prior, 0.15), prior[None])[0]
        inside.append(np.abs(best.positions_au - TRUTH) / best.sigma_au)
    assert np.mean(np.array(inside) < 1) == pytest.approx(0.683, abs=0.04)
    assert np.mean(np.array(inside) < 1.96) == pytest.approx(0.95, abs=0.025)


def test_the_covariance_is_that_of_answers_to_noisy_momenta() -> None:
    random = np.random.default_rng(6)
    clean = exploded(CHARGES)
    sigma = 0.01 * np.sqrt(np.mean(clean.momentum_au**2))
    covariance = np.tile(np.eye(3) * sigma**2, (1, 6, 1, 1))
    prior = Prior.round(TRUTH, 5.0)
    answers = []
    for _ in range(100):
        sample = replace(clean, momentum_au=clean.momentum_au + random.normal(0, sigma, (1, 6, 3)))
        answers.append(refine(sample, covariance, EXACT, prior, TRUTH[None])[0])
    spread = np.std([each.positions_au for each in answers], axis=0)
    stated = np.mean([each.sigma_au for each in answers], axis=0)
    assert np.mean(spread / stated) == pytest.approx(1, abs=0.1)


def test_an_error_of_the_model_counts_once_for_all_channels() -> None:
    one, same = exploded(CHARGES), exploded(np.tile(CHARGES, (4, 1)))
    model = Classical(error=0.05)
    single = refine(one, without_errors(one), model, WIDE, TRUTH[None])[0]
    fourfold = refine(same, without_errors(same), model, WIDE, TRUTH[None])[0]
    assert np.mean(fourfold.sigma_au / single.sigma_au) == pytest.approx(1, abs=0.1)


def test_where_prior_and_momenta_contradict_each_other_the_prior_stays_and_it_is_said() -> None:
    sample = exploded(CHARGES)
    wrong = Prior.round(2.0 * TRUTH, 0.05)
    best = refine(sample, without_errors(sample), Classical(error=0.05), wrong, wrong.mean_au[None])[0]
    assert best.chi2 > 3
    assert "the momenta lie outside what the model knows" in best.flags


def test_two_geometries_that_explain_the_momenta_are_both_given() -> None:
    """Two shapes of N2O 6+ that end with the same momenta, found by inverting from many starts."""
    numbers = np.array([7, 7, 8])
    first = centred(np.array([[1.954, 0.551, 0], [-3.219, 1.127, 0], [1.107, -1.470, 0]]), neutral_masses_au()[numbers])
    second = np.array([[1.323, 2.978, 0], [-0.643, 0.340, 0], [-0.595, -2.905, 0]])
    sample = exploded(np.array([2, 2, 2]), first, numbers)
    middle = Prior.round((first + second) / 2, 1.5)
    found = refine(sample, without_errors(sample), Classical(error=0.02), middle, np.stack([first, first, second]))
    assert len(found) == 2
    assert sorted(each.starts for each in found) == [1, 2]
    assert sum(each.weight for each in found) == pytest.approx(1)
    assert all("two geometries explain the momenta equally well" in each.flags for each in found)
    (alone,) = refine(sample, without_errors(sample), Classical(error=0.02), middle, first[None])
    assert not alone.flags


def test_no_start_that_explodes_gives_no_answer() -> None:
    sample = exploded(CHARGES)
    start = START.copy()
    start[1] = start[0]
    assert refine(sample, without_errors(sample), EXACT, WIDE, start[None]) == []


def test_a_covariance_that_is_none_is_said() -> None:
    sample = exploded(CHARGES)
    covariance = np.tile(np.array([[1.0, 2, 0], [2, 1, 0], [0, 0, 1]]) * 1e3, (1, 6, 1, 1))
    with pytest.raises(CEIError, match="channel 1 has a negative variance in some direction"):
        refine(sample, covariance, EXACT, WIDE, START[None])

"""Momenta that no geometry explains: an error or a word with the answer."""

from dataclasses import replace

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.network import Sample
from onlinecei.molexa.refine import Classical, Prior, check_molecule, refine

WATER = np.array([[0.0, 0, 0], [1.1, 1.43, 0], [1.1, -1.43, 0]])
NUMBERS = np.array([8, 1, 1])
CHARGES = np.array([[2, 1, 1]])
MODEL = Classical(error=0.05)
SAMPLE = Sample(
    atomic_number=NUMBERS,
    mass_au=neutral_masses_au()[NUMBERS],
    charge=CHARGES,
    momentum_au=MODEL.momenta(NUMBERS, CHARGES.astype(float), WATER),
)
RMS = np.sqrt(np.mean(SAMPLE.momentum_au**2))
COVARIANCE = np.tile(np.eye(3) * (0.01 * RMS) ** 2, (1, 3, 1, 1))
PRIOR = Prior.round(WATER, 0.3)


def flags_of(sample: Sample, covariance: np.ndarray = COVARIANCE) -> tuple[str, ...]:
    return refine(sample, covariance, MODEL, PRIOR, WATER[None])[0].flags


def test_good_momenta_raise_no_doubt() -> None:
    assert flags_of(SAMPLE) == ()


@pytest.mark.parametrize("ion", [0, 2])
def test_momenta_that_do_not_sum_to_zero(ion: int) -> None:
    momentum = SAMPLE.momentum_au.copy()
    momentum[0, ion, 2] += 0.5 * RMS
    (words,) = [each for each in flags_of(replace(SAMPLE, momentum_au=momentum)) if "sum" in each]
    value, most = 0.5 * RMS, 4 * np.sqrt(9) * 0.01 * RMS
    expected = f"momenta do not sum to zero within their errors: {value:.3g} a.u., expected < {most:.3g} a.u."
    assert words == expected


def test_a_sum_within_the_errors_is_no_doubt() -> None:
    momentum = SAMPLE.momentum_au.copy()
    momentum[0, 0, 2] += 0.05 * RMS
    assert flags_of(replace(SAMPLE, momentum_au=momentum)) == ()
    (words,) = flags_of(replace(SAMPLE, momentum_au=momentum), 1e-4 * COVARIANCE)
    assert "do not sum to zero" in words


def test_correlated_errors_may_cancel_in_the_sum() -> None:
    joint = np.kron(np.eye(3) - 1 / 3, np.eye(3))[None] * (0.2 * RMS) ** 2
    momentum = SAMPLE.momentum_au.copy()
    momentum[0, 0, 2] += 0.05 * RMS
    (words,) = flags_of(replace(SAMPLE, momentum_au=momentum), joint)
    assert "do not sum to zero" in words


def test_incomplete_channels_have_no_sum() -> None:
    momentum = SAMPLE.momentum_au.copy()
    momentum[0, 1] = np.nan
    assert not [each for each in flags_of(replace(SAMPLE, momentum_au=momentum)) if "sum" in each]


def test_two_ions_with_one_momentum() -> None:
    momentum = SAMPLE.momentum_au.copy()
    momentum[0, 1:] = momentum[0, 1:].mean(axis=0)
    words = flags_of(replace(SAMPLE, momentum_au=momentum))
    assert "ions with the same momentum: atom 2 (H) and atom 3 (H)" in words


def test_a_doubt_names_its_channel() -> None:
    momentum = np.repeat(SAMPLE.momentum_au, 2, axis=0)
    momentum[1, 0, 2] += 0.5 * RMS
    sample = replace(SAMPLE, charge=np.repeat(CHARGES, 2, axis=0), momentum_au=momentum)
    words = flags_of(sample, np.repeat(COVARIANCE, 2, axis=0))
    assert [each for each in words if "sum" in each and each.endswith("(channel 2)")]
    assert not [each for each in words if each.endswith("(channel 1)")]


def test_momenta_of_no_molecule_lie_outside() -> None:
    sample = replace(SAMPLE, momentum_au=2.0 * SAMPLE.momentum_au)
    (best,) = refine(sample, COVARIANCE, MODEL, PRIOR, WATER[None])
    assert best.flags == ("the momenta lie outside what the model knows",)


def test_an_element_without_training_data() -> None:
    numbers = np.array([8, 1, 35])
    with pytest.raises(CEIError, match=r"no model was trained on Br, expected elements of H, C, N, O, F, Si, P, S, Cl"):
        check_molecule(replace(SAMPLE, atomic_number=numbers))
    with pytest.raises(CEIError, match="Br"):
        refine(replace(SAMPLE, atomic_number=numbers), COVARIANCE, MODEL, PRIOR, WATER[None])


def test_more_charge_than_electrons() -> None:
    with pytest.raises(CEIError, match=r"atom 3 \(H\) has the charge 2, expected 1 at most"):
        check_molecule(replace(SAMPLE, charge=np.array([[2, 1, 2]])))


def test_more_charge_than_in_any_training_data() -> None:
    numbers, charge = np.array([16, 1, 1]), np.array([[9, 1, 1]])
    momentum = MODEL.momenta(numbers, charge.astype(float), WATER)
    sample = Sample(atomic_number=numbers, mass_au=neutral_masses_au()[numbers], charge=charge, momentum_au=momentum)
    assert flags_of(sample) == ("atom 1 (S) has the charge 9, more than the 8 that the models know",)


def test_momenta_that_are_all_zero() -> None:
    with pytest.raises(CEIError, match="momenta of channel 1 are all zero"):
        flags_of(replace(SAMPLE, momentum_au=np.zeros((1, 3, 3))))


def test_charges_of_zero_are_no_sample() -> None:
    with pytest.raises(CEIError, match="least charge is 0"):
        replace(SAMPLE, charge=np.array([[2, 1, 0]]))


def test_more_atoms_than_networks_take_are_no_sample() -> None:
    with pytest.raises(CEIError, match="15 atoms"):
        Sample(
            atomic_number=np.ones(15, int),
            mass_au=np.ones(15),
            charge=np.ones((1, 15), int),
            momentum_au=np.ones((1, 15, 3)),
        )


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_covariances_that_are_no_numbers(value: float) -> None:
    covariance = COVARIANCE.copy()
    covariance[0, 1, 0, 0] = value
    with pytest.raises(CEIError, match="covariance of the momenta of channel 1"):
        flags_of(SAMPLE, covariance)


def test_the_covariance_of_an_ion_not_detected_may_be_anything() -> None:
    covariance, momentum = COVARIANCE.copy(), SAMPLE.momentum_au.copy()
    covariance[0, 1], momentum[0, 1] = np.nan, np.nan
    (best,) = refine(replace(SAMPLE, momentum_au=momentum), covariance, MODEL, PRIOR, WATER[None])
    assert np.isfinite(best.positions_au).all()
    assert np.isfinite(best.covariance_au2).all()


def test_starts_and_priors_that_do_not_fit() -> None:
    with pytest.raises(CEIError, match=r"covariance has the shape \(3, 3\)"):
        flags_of(SAMPLE, np.eye(3))
    with pytest.raises(CEIError, match="starts of shape"):
        refine(SAMPLE, COVARIANCE, MODEL, PRIOR, np.full((1, 3, 3), np.nan))
    with pytest.raises(CEIError, match="prior's geometry has 2 atoms"):
        refine(SAMPLE, COVARIANCE, MODEL, Prior.round(WATER[:2], 0.3), WATER[None])
    with pytest.raises(CEIError, match="variance that is not above zero"):
        Prior.round(WATER, 0.0)
    with pytest.raises(CEIError, match="finite positions"):
        Prior.round(WATER * np.nan, 0.3)

"""The weights that come with the program: what users rely on, on simulated explosions of molecules not trained on."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from onlinecei.molexa.data import SHIPPED, Dataset, open_dataset
from onlinecei.molexa.network import OnlineCEI, Sample, load_network
from onlinecei.molexa.network.noise import own_noise
from onlinecei.molexa.network.reconstruct import answers
from onlinecei.molexa.shipped import shipped
from onlinecei.molexa.training.augment import Augmentation
from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.monte_carlo import MonteCarlo
from onlinecei.molexa.training.validate import validation_error

MILLIBOHR = 1e-3
ALL_IONS = Augmentation(missing_share=0.0, noisy_share=0.0)


@pytest.fixture(scope="module")
def network() -> OnlineCEI:
    found = load_network(shipped("onlinecei"))
    assert isinstance(found, OnlineCEI)
    return found


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset(SHIPPED)


def drawn(dataset: Dataset, split: str, channels: tuple[float, ...] = (1.0,), size: int = 160) -> Explosions:
    source = MonteCarlo(dataset=dataset, split=split, size=size, channels=channels, augmentation=ALL_IONS)
    return source.block(0)[0]


@pytest.mark.parametrize(("split", "bar_au"), [("test", 0.26), ("test-8-9", 0.33), ("large", 0.66)])
def test_errors_of_molecules_that_were_not_trained_on(
    network: OnlineCEI, dataset: Dataset, split: str, bar_au: float
) -> None:
    assert validation_error(network, drawn(dataset, split)) < bar_au


def test_one_missing_ion_costs_little(network: OnlineCEI, dataset: Dataset) -> None:
    whole = drawn(dataset, "test")
    known = whole.known.copy()
    lost = np.random.default_rng(1).integers(0, (whole.atomic_number > 0).sum(axis=1))
    known[np.arange(len(lost)), :, lost] = False
    lacking = validation_error(network, replace(whole, known=known))
    assert lacking < 1.2 * validation_error(network, whole)


def test_order_and_frame_change_nothing(network: OnlineCEI, dataset: Dataset) -> None:
    numbers, charge, _, momentum, _ = dataset.entry(int(dataset.entries("test-8-9")[7]))
    sample = Sample(
        atomic_number=numbers.astype(np.int64), mass_au=2000.0 * numbers, charge=charge[None].astype(np.int64),
        momentum_au=momentum[None],
    )  # fmt: skip
    order = np.random.default_rng(2).permutation(numbers.size)
    turn = Rotation.random(random_state=3).as_matrix()
    other = Sample(
        atomic_number=sample.atomic_number[order], mass_au=sample.mass_au[order], charge=sample.charge[:, order],
        momentum_au=sample.momentum_au[:, order] @ turn.T,
    )  # fmt: skip
    one, two = answers(network, [sample, other])
    np.testing.assert_allclose(two, one[order] @ turn.T, atol=MILLIBOHR)
    first, second = own_noise([sample, other], 2).numpy()
    np.testing.assert_allclose(second, first[:, order] @ turn.T, atol=1e-5)


def test_draws_are_different_geometries_around_the_answer(network: OnlineCEI, dataset: Dataset) -> None:
    inputs = drawn(dataset, "test", size=8).inputs()
    answer = network.answer(inputs)
    noise = np.random.default_rng(4).standard_normal((8, 16, *answer.shape[1:])).astype(np.float32)
    draws = network.draw(inputs, torch.from_numpy(noise))
    spread = draws.std(dim=1)[inputs.atoms]
    assert float(spread.min()) > 0
    off = (draws.median(dim=1).values - answer)[inputs.atoms].abs().mean()
    assert float(off) < 2 * float(spread.mean())

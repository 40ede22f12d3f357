"""Intervals set on data: they hold what they say of the molecules that they were set on, each with the same weight."""

import numpy as np
import pytest
import torch

from onlinecei.molexa.data import SHIPPED, Dataset, open_dataset
from onlinecei.molexa.network import Config, OnlineCEI
from onlinecei.molexa.network.base import LEVELS
from onlinecei.molexa.training.calibration import calibrate, ratios

SMALL = Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1)


@pytest.fixture(scope="module")
def shipped() -> Dataset:
    return open_dataset(SHIPPED)


@pytest.fixture(scope="module")
def network(shipped: Dataset) -> OnlineCEI:
    """With random weights: its intervals have nothing to do with its errors."""
    torch.manual_seed(2)
    made = OnlineCEI(SMALL).eval()
    calibrate(made, shipped)
    return made


def held(network: OnlineCEI, dataset: Dataset, split: str) -> list[float]:
    """Share of the coordinates inside, of each molecule first."""
    ratio, molecule = ratios(network, dataset, split)
    shares = [(ratio[molecule == each] <= 1).mean(axis=0) for each in np.unique(molecule)]
    return np.mean(shares, axis=0).tolist()


def test_intervals_hold_what_they_say(network: OnlineCEI, shipped: Dataset) -> None:
    assert held(network, shipped, "validation") == pytest.approx(LEVELS, abs=1e-3)


def test_before_that_they_do_not(shipped: Dataset) -> None:
    torch.manual_seed(2)
    assert abs(held(OnlineCEI(SMALL).eval(), shipped, "validation")[0] - LEVELS[0]) > 0.05


def test_calibrating_again_changes_nothing(network: OnlineCEI, shipped: Dataset) -> None:
    before = network.widths.clone()
    calibrate(network, shipped)
    torch.testing.assert_close(network.widths, before, rtol=1e-4, atol=0)


def test_they_come_along_with_the_weights(network: OnlineCEI) -> None:
    other = OnlineCEI(SMALL)
    other.load_state_dict(network.state_dict())
    assert torch.equal(other.widths, network.widths)
    assert not torch.equal(OnlineCEI(SMALL).widths, network.widths)

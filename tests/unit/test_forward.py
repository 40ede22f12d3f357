"""The forward model: what no turn may change, its derivatives, and how near it is to the Monte Carlo."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.molexa.data import SHIPPED, open_dataset
from onlinecei.molexa.forward import Config, Correction, Emulator
from onlinecei.molexa.forward.means import shipped_means
from onlinecei.molexa.molecules import molecules
from onlinecei.molexa.network.weights import write_tensors
from onlinecei.molexa.training.forward import misfits

TURN = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
MIRROR = np.diag([1.0, 1.0, -1.0])


@pytest.fixture(scope="module")
def emulator() -> Emulator:
    """Of random weights, in double precision; the correction is about as large as the momenta."""
    torch.manual_seed(3)
    correction = Correction(Config(width=32, pair_width=16, blocks=2))
    with torch.no_grad():
        for each in correction.parameters():
            each.add_(0.1 * torch.randn_like(each))
    return Emulator(correction.double())


def distorted(formula: str, seed: int = 0) -> tuple[I8, F8, F8]:
    """Atomic numbers, charges in two channels, and positions."""
    rng = np.random.default_rng(seed)
    molecule = next(each for each in molecules() if each.formula == formula)
    highest = np.where(molecule.numbers == 1, 1, 3)
    charge = rng.integers(1, highest, (2, highest.size), endpoint=True).astype(np.float64)
    return molecule.numbers, charge, molecule.positions_au + rng.normal(0, 0.2, molecule.positions_au.shape)


@pytest.mark.parametrize("matrix", [TURN, MIRROR], ids=["turn", "mirror"])
@pytest.mark.parametrize("formula", ["H2O", "C2H6O", "CO2"])
def test_momenta_turn_with_the_geometry(emulator: Emulator, formula: str, matrix: F8) -> None:
    number, charge, position = distorted(formula)
    momenta = emulator.momenta(number, charge, position)
    turned = emulator.momenta(number, charge, position @ matrix + 5.0)
    np.testing.assert_allclose(turned, momenta @ matrix, atol=1e-5 * np.abs(momenta).max())
    assert np.abs(momenta - emulator.base.momenta(number, charge, position)).max() > 0.1 * np.abs(momenta).max()


def test_momenta_follow_the_order_of_the_atoms(emulator: Emulator) -> None:
    number, charge, position = distorted("C2H6O")
    order = np.random.default_rng(1).permutation(number.size)
    reordered = emulator.momenta(number[order], charge[:, order], position[order])
    momenta = emulator.momenta(number, charge, position)
    np.testing.assert_allclose(reordered, momenta[:, order], atol=1e-5 * np.abs(momenta).max())


def test_momenta_sum_to_zero(emulator: Emulator) -> None:
    momenta = emulator.momenta(*distorted("C2H6O"))
    np.testing.assert_allclose(momenta.sum(axis=1), 0, atol=1e-9 * np.abs(momenta).max())


def test_many_are_as_each_alone(emulator: Emulator) -> None:
    number, charge, position = np.zeros((2, 9), np.int64), np.zeros((2, 9)), np.zeros((2, 9, 3))
    for row, formula in enumerate(("H2O", "C2H6O")):
        z, q, x = distorted(formula)
        number[row, : z.size], charge[row, : z.size], position[row, : z.size] = z, q[1], x
    together = emulator.momenta_many(number, charge, position)
    assert not together[0, 3:].any()
    for row, formula in enumerate(("H2O", "C2H6O")):
        alone = emulator.momenta(*distorted(formula))[1]
        np.testing.assert_allclose(together[row, : len(alone)], alone, atol=1e-9 * np.abs(alone).max())


@pytest.mark.parametrize("formula", ["CO2", "CH4"])
def test_jacobian_against_differences(emulator: Emulator, formula: str) -> None:
    number, charge, position = distorted(formula)
    slopes, step = emulator.jacobian(number, charge, position), 1e-4
    for column in range(3 * number.size):
        shift = step * np.eye(3 * number.size)[column].reshape(-1, 3)
        ahead, behind = (emulator.momenta(number, charge, position + sign * shift) for sign in (1, -1))
        expected = ((ahead - behind) / (2 * step)).reshape(2, -1)
        np.testing.assert_allclose(slopes[:, :, column], expected, atol=3e-5 * np.abs(slopes).max())
    assert np.abs(slopes - emulator.base.jacobian(number, charge, position)).max() > 0.1 * np.abs(slopes).max()


def test_two_atoms_in_one_place_give_no_momenta(emulator: Emulator) -> None:
    number, charge, position = distorted("H2O")
    position[1] = position[2]
    assert np.isnan(emulator.momenta(number, charge, position)).any(axis=(1, 2)).all()


def test_unknown_elements_and_neutral_atoms_are_refused(emulator: Emulator) -> None:
    number, charge, position = distorted("H2O")
    with pytest.raises(CEIError, match="Br"):
        emulator.momenta(np.array([35, 1, 1]), charge, position)
    with pytest.raises(CEIError, match="charge"):
        emulator.momenta(number, 0 * charge, position)


def test_weights_come_back(emulator: Emulator, tmp_path: Path) -> None:
    emulator.save(tmp_path / "w.safetensors")
    again = Emulator.load(tmp_path / "w.safetensors")
    expected = Emulator(emulator.correction.float()).momenta(*distorted("CO2"))
    emulator.correction.double()
    np.testing.assert_array_equal(again.momenta(*distorted("CO2")), expected)
    write_tensors(tmp_path / "other.safetensors", {"a": torch.zeros(1)}, {"format": "else"})
    with pytest.raises(CEIError, match="expected 'onlinecei-forward'"):
        Emulator.load(tmp_path / "other.safetensors")


@pytest.mark.parametrize(
    ("split", "most"), [("validation", 0.035), ("test", 0.035), ("test-8-9", 0.06), ("large", 0.065)]
)
def test_shipped_weights_are_near_the_monte_carlo(split: str, most: float) -> None:
    means = shipped_means(open_dataset(SHIPPED), split)
    means = means.rows(np.random.default_rng(0).permutation(means.error.size)[:240])
    found = misfits(Emulator.load(), means)
    classical = np.sqrt(np.square(means.effective_au - means.momentum_au).sum(axis=(1, 2))) / means.size_au
    assert np.median(found) < most
    assert np.median(found) < 0.65 * np.median(classical)
    assert found.mean() < 0.65 * classical.mean()

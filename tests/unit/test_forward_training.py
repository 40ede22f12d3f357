"""Training of the forward model, at its smallest."""

from pathlib import Path

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.explosion.monte_carlo import Trajectories
from onlinecei.molexa.data import SHIPPED, open_dataset
from onlinecei.molexa.forward import Correction, Emulator
from onlinecei.molexa.forward.means import Means, _groups, shipped_means, together
from onlinecei.molexa.training.forward import Options, misfits, train_forward


@pytest.fixture(scope="module")
def means() -> Means:
    """Of eight entries of the shipped set."""
    return _large().rows(np.arange(8))


def _large() -> Means:
    return shipped_means(open_dataset(SHIPPED), "large")


def test_simulated_means_are_of_whole_explosions() -> None:
    charges = np.array([[1, 1], [2, 1], [1, 1], [0, 2], [1, 1], [2, 1]], dtype=np.int8)
    along = np.array([10.0, 15.0, 11.0, 9.0, 12.0, np.nan])
    momenta = along[:, None, None] * np.array([[1.0, 0, 0], [-1, 0, 0]])
    groups = _groups(Trajectories(charges=charges, momenta_au=momenta), 5)
    assert [charge.tolist() for charge, _, _ in groups] == [[1, 1], [2, 1]]
    assert [mean[0, 0] for _, mean, _ in groups] == [11.0, 15.0]
    # three trajectories with a standard deviation of 1, seen on two atoms of 11; one of which nothing is known
    assert [error for _, _, error in groups] == pytest.approx([1 / 11 / np.sqrt(3), 0.12])
    assert len(_groups(Trajectories(charges=charges, momenta_au=momenta), 1)) == 1
    assert not _groups(Trajectories(charges=charges[3:4], momenta_au=momenta[3:4]), 5)


def test_rows_are_no_wider_than_they_need(means: Means) -> None:
    whole = _large()
    assert whole.position_au.shape[1] == 14
    both = together([whole, whole]).rows(np.arange(whole.error.size - 2, whole.error.size + 8))
    np.testing.assert_array_equal(both.rows(np.arange(2, 10)).momentum_au, means.momentum_au)
    np.testing.assert_array_equal(both.size_au[2:], means.size_au)


def test_training_lowers_the_misfit(tmp_path: Path) -> None:
    small = shipped_means(open_dataset(SHIPPED), "validation")
    means = small.rows(np.flatnonzero(small.atoms == 3)[:8])
    before = misfits(Emulator(Correction()), means)  # begins with no correction at all
    path = tmp_path / "w.safetensors"
    trained = train_forward(means, Options(steps=60, learning_rate=5e-3, batch=8, average=0.8, warm_up=5), path)
    assert misfits(trained, means).mean() < 0.7 * before.mean()
    again = Emulator.load(path)
    assert again.error == trained.error
    np.testing.assert_array_equal(misfits(again, means), misfits(trained, means))


def test_training_goes_on_from_weights(means: Means, tmp_path: Path) -> None:
    first = train_forward(means, Options(steps=5, batch=8, average=0.8, warm_up=5), tmp_path / "w.safetensors")
    more = train_forward(means, Options(steps=1, batch=8), tmp_path / "more.safetensors", start=first)
    assert np.median(misfits(more, means)) == pytest.approx(np.median(misfits(first, means)), rel=0.1)


def test_options_that_end_before_they_begin() -> None:
    with pytest.raises(CEIError, match="end"):
        Options()

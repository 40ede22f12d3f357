"""Noise that belongs to an explosion: the same draws however it is turned and its atoms are listed."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from onlinecei.arrays import F8
from onlinecei.molexa.network.sample import MOST_ATOMS, Sample


def own_noise(samples: Sequence[Sample], draws: int, seed: int = 0) -> Tensor:
    """Give noise (B, D, N, 3) of variance 1, zero where there is no atom.

    The same numbers for every sample, but in an order and in a frame of its own: atoms by element, charge and size of
    the momentum; axes by the two ions whose momenta are greatest, and greatest across. Where two ions tie, turning the
    explosion may exchange draws for others that are as good.
    """
    plain = np.random.default_rng(seed).standard_normal((draws, MOST_ATOMS, 3))
    noise = np.zeros((len(samples), draws, max(each.atomic_number.size for each in samples), 3))
    for row, sample in enumerate(samples):
        atoms = sample.atomic_number.size
        noise[row, :, _order(sample)] = (plain[:, :atoms] @ _frame(sample)).transpose(1, 0, 2)
    return torch.from_numpy(noise).float()


def _momenta(sample: Sample) -> F8:
    return np.where(sample.known[0, :, None], sample.momentum_au[0], 0.0)


def _order(sample: Sample) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    sizes = np.linalg.norm(_momenta(sample), axis=1)
    return np.lexsort((sizes, sample.charge[0], sample.atomic_number))


def _frame(sample: Sample) -> F8:
    """Axes as rows (3, 3)."""
    momenta = _momenta(sample)
    sizes = np.linalg.norm(momenta, axis=1)
    first = momenta[np.argmax(sizes)] / max(sizes.max(), 1e-12)
    across = momenta - (momenta @ first)[:, None] * first
    sizes = np.linalg.norm(across, axis=1)
    second = across[np.argmax(sizes)] / sizes.max() if sizes.max() > 1e-6 * np.abs(momenta).max() else any_across(first)
    return np.stack([first, second, np.cross(first, second)])


def any_across(first: F8) -> F8:
    """Any direction across another, for explosions along one line."""
    other = np.eye(3)[np.argmin(np.abs(first))]
    across = other - (other @ first) * first
    return np.asarray(across / np.linalg.norm(across))

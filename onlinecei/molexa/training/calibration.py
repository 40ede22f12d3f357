"""Intervals set on data: so wide that they hold as many true coordinates as they say."""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.network.base import LEVELS, IntervalNetwork
from onlinecei.molexa.training.augment import turned
from onlinecei.molexa.training.monte_carlo import explosions_of

_AT_ONCE = 128
_SEED = 20260217


def calibrate(network: IntervalNetwork, dataset: Dataset, split: str = "validation") -> None:
    """Widen or narrow a network's intervals, so that they hold what they say of a split that nothing was trained on.

    One factor for each level, a quantile of errors over stated widths in which every molecule has the same weight. How
    widths depend on molecule, atom and direction is the head's to say: the split is too small to correct that.
    """
    ratio, molecule = ratios(network, dataset, split)
    weights = 1 / np.bincount(molecule)[molecule]
    factors = [weighted_quantile(own, weights, level) for own, level in zip(ratio.T, LEVELS, strict=True)]
    network.scale_widths(factors)


def ratios(network: IntervalNetwork, dataset: Dataset, split: str) -> tuple[F8, I8]:
    """Errors of coordinates over the half-widths (K, 2) stated for them, and the number of the molecule (K,).

    Explosions are turned at random: in a frame of their own, coordinates may be zero by symmetry.
    """
    rng = np.random.default_rng(_SEED)
    entries = dataset.entries(split)
    entries = entries[np.argsort(np.diff(dataset.first_atom)[entries], kind="stable")]
    found = []
    for first in range(0, entries.size, _AT_ONCE):
        part = entries[first : first + _AT_ONCE]
        explosions = turned(explosions_of(dataset, list(part[:, None]))[0], rng)
        inputs = explosions.inputs()
        answer = network.answer(inputs)
        widths = network.half_widths(inputs, answer).double().numpy()
        error = np.abs(answer.double().numpy() - explosions.position_au)
        there = explosions.atomic_number > 0
        names = dataset.molecule[dataset.geometry[part]]
        of_molecule = np.broadcast_to(names[:, None], there.shape)[there]
        ratio = (error[..., None] / np.maximum(widths, 1e-12))[there].reshape(-1, 2)
        found.append((ratio, np.repeat(of_molecule, 3)))
    ratio, molecule = (np.concatenate(column) for column in zip(*found, strict=True))
    return ratio, molecule


def weighted_quantile(values: F8, weights: F8, level: float) -> float:
    """Value below which this share of the weight lies."""
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(below, level * below[-1])])

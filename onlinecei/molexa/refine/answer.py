"""Answers of a network refined: the one way that reconstruction and evaluation share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from onlinecei.arrays import F8
from onlinecei.molexa.network import Network, Sample, collate
from onlinecei.molexa.network.base import IntervalNetwork
from onlinecei.molexa.network.noise import own_noise
from onlinecei.molexa.refine.forward import Forward
from onlinecei.molexa.refine.records import Prior, Solution
from onlinecei.molexa.refine.refinement import refine

DRAWS: Final = 4
"""Geometries that refinement starts from, beside the answer."""
_SIGMA_AU = 0.3
"""Of each coordinate of an answer whose network states none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beginning:
    """What refinement takes from a network: nothing in it is random, and it turns with the momenta."""

    prior: Prior
    starts_au: F8
    """(1 + draws, N, 3) the answer, then draws."""


def beginnings(network: Network, samples: Sequence[Sample], draws: int = DRAWS) -> list[Beginning]:
    """Ask a network about samples, all of them in one batch."""
    inputs = collate(samples).to(next(network.parameters()).device)
    answer = network.answer(inputs)
    drawn = network.draw(inputs, own_noise(samples, draws).to(answer.device))
    starts = torch.cat([answer[:, None], drawn], dim=1).double().cpu().numpy()
    if isinstance(network, IntervalNetwork):
        covariance = network.covariance(inputs, answer).double().cpu().numpy()
    else:
        covariance = np.broadcast_to(_SIGMA_AU**2 * np.eye(3), (*answer.shape, 3))
    rows = zip(samples, starts, covariance, strict=True)
    return [
        _beginning(own[:, : each.atomic_number.size], spread[: each.atomic_number.size]) for each, own, spread in rows
    ]


def _beginning(starts: F8, covariance: F8) -> Beginning:
    return Beginning(prior=Prior(mean_au=starts[0], covariance_au2=covariance), starts_au=starts)


def refine_answers(
    network: Network, forward: Forward, samples: Sequence[Sample], covariances_au2: Sequence[F8], draws: int = DRAWS
) -> list[list[Solution]]:
    """Refine the answers of a network through a model of the explosion.

    Parameters
    ----------
    network
        Its answer is the prior and the first start, its stated covariance that of the prior; its draws are starts too.
    forward
        The model.
    samples
        Molecules of any sizes.
    covariances_au2
        Of the mean momenta of each, as for `refine`.
    draws
        Starts beside the answer.

    Returns
    -------
    list of list of Solution
        Of each sample, as of `refine`.

    Raises
    ------
    CEIError
        Something is wrong with the input, see `onlinecei.molexa.refine.checks.check`.
    """
    begun = beginnings(network, samples, draws) if samples else []
    return [
        refine(sample, covariance, forward, each.prior, each.starts_au)
        for sample, covariance, each in zip(samples, covariances_au2, begun, strict=True)
    ]

"""Refinement as one more way to a geometry."""

from collections.abc import Callable

import numpy as np
import torch

from onlinecei.arrays import F8
from onlinecei.molexa.evaluation.cases import Case
from onlinecei.molexa.evaluation.methods import Found, answering, gaussian
from onlinecei.molexa.network import Network, reconstruct
from onlinecei.molexa.refine import Forward, Prior, refine

_PRIOR_AU = 0.3
"""Standard deviation about the answer of a network that states none."""
_DRAWS = 3
"""Starts beside the answer itself."""


def refining(network: Network, forward: Forward) -> Callable[[Case], Found]:
    """The answer of a network refined through a model of the explosion, from the answer itself and some draws."""
    answer = answering(network)

    def single(case: Case) -> Found:
        first = answer([case])[0]
        drawn = reconstruct(network, [case.sample], _DRAWS, generator=torch.Generator().manual_seed(0))[0]
        starts = np.concatenate([first.position_au[None], drawn])
        prior = Prior(mean_au=first.position_au, sigma_au=_sigma(first))
        solutions = refine(case.sample, case.covariance_au2, forward, prior, starts)
        if not solutions:
            return Found(position_au=first.position_au, half_width_au=first.half_width_au, flagged=True)
        best = solutions[0]
        return Found(position_au=best.positions_au, half_width_au=gaussian(best.sigma_au), flagged=bool(best.flags))

    return single


def _sigma(found: Found) -> F8 | float:
    """Standard deviation of each atom, from the first interval that is stated."""
    if found.half_width_au is None:
        return _PRIOR_AU
    return np.asarray(np.sqrt(np.square(found.half_width_au[0]).mean(axis=1)))

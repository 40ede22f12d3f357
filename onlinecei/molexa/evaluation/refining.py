"""Refinement as one more way to a geometry: the one that reconstruction takes."""

from collections.abc import Sequence

import numpy as np

from onlinecei.molexa.evaluation.cases import Case
from onlinecei.molexa.evaluation.methods import Found, Way
from onlinecei.molexa.network import Network
from onlinecei.molexa.refine import Forward, Solution, refine_answers


def refining(network: Network, forward: Forward) -> Way:
    """The answer of a network refined through a model of the explosion."""

    def way(cases: Sequence[Case]) -> list[Found]:
        covariances = [case.covariance_au2 for case in cases]
        solutions = refine_answers(network, forward, [case.sample for case in cases], covariances)
        return [_found(case, own) for case, own in zip(cases, solutions, strict=True)]

    return way


def _found(case: Case, solutions: list[Solution]) -> Found:
    if not solutions:
        return Found(position_au=np.full_like(case.position_au, np.nan), flagged=True)
    best = solutions[0]
    return Found(position_au=best.positions_au, half_width_au=best.half_widths_au, flagged=bool(best.flags))

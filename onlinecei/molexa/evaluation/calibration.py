"""How wide the intervals of refined geometries have to be."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from onlinecei.arrays import F8
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation.cases import cases_of
from onlinecei.molexa.network import Network
from onlinecei.molexa.network.base import LEVELS
from onlinecei.molexa.refine import Forward, refine_answers
from onlinecei.molexa.training.calibration import weighted_quantile

_AT_ONCE = 8


def calibrate(
    network: Network,
    forward: Forward,
    dataset: Dataset,
    limit: int | None = None,
    tell: Callable[[int], object] = lambda _: None,
) -> tuple[float, ...]:
    """Errors over standard errors that so many true coordinates of the split `validation` stay below as `LEVELS` says.

    Every molecule counts once. One pair of factors is for all sizes: those of single sizes differ by less than they
    scatter.
    """
    cases = sorted(cases_of(dataset, "validation", limit), key=lambda case: case.atoms)
    ratios, names = [], []
    for first in range(0, len(cases), _AT_ONCE):
        part = cases[first : first + _AT_ONCE]
        found = refine_answers(network, forward, [each.sample for each in part], [each.covariance_au2 for each in part])
        for case, solutions in zip(part, found, strict=True):
            if solutions:
                best = solutions[0]
                ratios.append((np.abs(best.positions_au - case.position_au) / best.sigma_au).ravel())
                names.append(case.molecule)
        tell(len(part))
    return quantiles(ratios, names)


def quantiles(ratios: list[F8], names: list[str]) -> tuple[float, ...]:
    """Quantiles at the `LEVELS`; every molecule has the same weight, and so has every entry of one."""
    count = {name: names.count(name) for name in set(names)}
    weight = np.concatenate(
        [np.full(own.size, 1 / (own.size * count[name])) for own, name in zip(ratios, names, strict=True)]
    )
    values = np.concatenate(ratios)
    return tuple(weighted_quantile(values, weight, level) for level in LEVELS)


def write(path: Path, found: tuple[float, ...], about: str) -> None:
    """Keep the factors where refinement looks for them."""
    content = {"factors": [round(each, 3) for each in found], "about": about}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

"""Ways from momenta to geometries, all alike to the one who counts their errors."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import NormalDist
from typing import TypeVar

import numpy as np

from onlinecei.arrays import F8
from onlinecei.molexa.evaluation.cases import Case
from onlinecei.molexa.network import Network, reconstruct
from onlinecei.molexa.network.base import LEVELS, IntervalNetwork
from onlinecei.molexa.network.reconstruct import Intervals, answers, half_widths

_WIDTHS = np.array([NormalDist().inv_cdf((1 + level) / 2) for level in LEVELS])
AT_ONCE = 128
"""Cases of one pass through a network."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """A geometry that some way found."""

    position_au: F8
    """(N, 3); NaN where there is none."""
    half_width_au: F8 | None = None
    """(2, N, 3) half of the widths of the intervals of the `LEVELS`; None: none are stated."""
    flagged: bool = False
    """Whether the way itself says that this is not to be trusted."""

    @property
    def missing(self) -> bool:
        """Whether there is no geometry."""
        return not bool(np.isfinite(self.position_au).all())


Way = Callable[[Sequence[Case]], list[Found]]
"""From cases of one size to what was found; must not look at the truth."""


def gaussian(sigma_au: F8) -> F8:
    """Half-widths (2, N, 3) of the intervals of normal distributions of standard deviations (N, 3)."""
    return np.asarray(_WIDTHS[:, None, None] * sigma_au)


def answering(network: Network, intervals: Intervals | None = None) -> Way:
    """The answer of a network, with the intervals given, or with those that it states itself, if any."""
    stated = intervals or (network.half_widths if isinstance(network, IntervalNetwork) else None)

    def way(cases: Sequence[Case]) -> list[Found]:
        samples = [case.sample for case in cases]
        geometries = answers(network, samples)
        if stated is None:
            return [Found(position_au=each) for each in geometries]
        widths = half_widths(network, samples, geometries, stated)
        return [Found(position_au=each, half_width_au=width) for each, width in zip(geometries, widths, strict=True)]

    return way


def drawing(network: Network, draws: int) -> Callable[[Sequence[Case]], list[F8]]:
    """Draws (draws, N, 3) of a network for each case."""

    def way(cases: Sequence[Case]) -> list[F8]:
        return reconstruct(network, [case.sample for case in cases], draws)

    return way


def one_of(draws: F8) -> Found:
    """The first of the draws (D, N, 3)."""
    return Found(position_au=draws[0])


def median_of(draws: F8) -> Found:
    """The median of each coordinate of draws (D, N, 3); the intervals are those of their spread."""
    return Found(position_au=np.median(draws, axis=0), half_width_au=gaussian(draws.std(axis=0, ddof=1)))


def one_by_one(single: Callable[[Case], Found]) -> Way:
    """A way that knows one case at a time, on all processors; for what is compiled and lets others run meanwhile."""

    def way(cases: Sequence[Case]) -> list[Found]:
        pool = ThreadPoolExecutor(os.cpu_count())
        try:
            return list(pool.map(single, cases))
        finally:
            pool.shutdown(cancel_futures=True)

    return way


def by_size(
    way: Callable[[Sequence[Case]], list[T]],
    cases: Sequence[Case],
    note: Callable[[int], object] = lambda _: None,
    at_once: int = AT_ONCE,
) -> list[T]:
    """Go through the cases by size, so many at a time, so that none is filled up in vain; in the order given."""
    order = sorted(range(len(cases)), key=lambda number: (cases[number].atoms, len(cases[number].sample.charge)))
    found: dict[int, T] = {}
    for first in range(0, len(order), at_once):
        part = order[first : first + at_once]
        found |= zip(part, way([cases[number] for number in part]), strict=True)
        note(len(part))
    return [found[number] for number in range(len(cases))]

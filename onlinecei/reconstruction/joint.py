"""Several charge channels of one molecule at one delay, put into one sample."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.geometry.matching import MOST_ORDERS, best_order, number_of_orders
from onlinecei.molexa.network import Sample
from onlinecei.reconstruction.answer import Answer
from onlinecei.records import JointGeometry, Reconstruction

Solve = Callable[[list[Sample], list[F8]], list[Answer | None]]
"""From samples and the covariances (C, 3 N, 3 N) of their mean momenta to answers."""


def with_joint(found: list[Reconstruction], method: str, solve: Solve) -> list[Reconstruction]:
    """Add to the first channel of each delay and state what all its channels say together.

    Only where two or more have a geometry.
    """
    groups = [rows for rows in _by_state(found) if len(rows) > 1 and _can_be_ordered(found[rows[0]])]
    seen = [_Seen.of([found[row] for row in rows]) for rows in groups]
    answers = solve([each.sample for each in seen], [each.covariance_au2 for each in seen]) if seen else []
    joined = list(found)
    for rows, each, answer in zip(groups, seen, answers, strict=True):
        if answer is not None:
            joined[rows[0]] = replace(found[rows[0]], joint=each.geometry(method, answer))
    return joined


def _by_state(found: Sequence[Reconstruction]) -> list[list[int]]:
    rows: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for row, each in enumerate(found):
        if each.found:
            rows[each.centroids.delay_bin, each.centroids.state].append(row)
    return list(rows.values())


def _can_be_ordered(found: Reconstruction) -> bool:
    """Whether all orders of like atoms can be gone through: always but for nine of one element."""
    return number_of_orders([ion.symbol for ion in found.centroids.channel.ions]) <= MOST_ORDERS


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What C channels saw of a molecule, with the ions of all in the order of the atoms of the first."""

    found: list[Reconstruction]
    order: list[I8]
    """Which of two like atoms is which is told by the geometries that the channels give by themselves."""

    @classmethod
    def of(cls, found: list[Reconstruction]) -> "_Seen":
        first = found[0]
        names = [ion.symbol for ion in first.centroids.channel.ions]
        masses = first.centroids.channel.masses_au
        order = [best_order(first.positions_au, each.positions_au, names, masses) for each in found[1:]]
        return cls(found=found, order=[np.arange(len(names)), *order])

    @property
    def sample(self) -> Sample:
        channel = self.found[0].centroids.channel
        return Sample(
            atomic_number=channel.atomic_numbers,
            mass_au=channel.masses_au,
            charge=self._ordered([each.centroids.channel.charges for each in self.found]).astype(np.int64),
            momentum_au=self._ordered([each.centroids.momentum_au for each in self.found]),
        )

    @property
    def covariance_au2(self) -> F8:
        """(C, 3 N, 3 N) of the means."""
        made = []
        for each, order in zip(self.found, self.order, strict=True):
            rows = (3 * order[:, None] + np.arange(3)).ravel()
            made.append(each.centroids.covariance_au2[np.ix_(rows, rows)] / each.centroids.events)
        return np.stack(made)

    def geometry(self, method: str, answer: Answer) -> JointGeometry:
        flags = (f"{each.centroids.name}: {flag}" for each in self.found for flag in each.centroids.flags)
        return JointGeometry(
            method=method,
            channels=tuple(each.centroids.channel for each in self.found),
            charge=self.sample.charge,
            momentum_au=self.sample.momentum_au,
            positions_au=answer.positions_au,
            uncertainty_au=answer.uncertainty_au,
            round_trip_au=answer.round_trip_au,
            misfit=answer.misfit,
            doubts=(*flags, *answer.doubts),
            state=self.found[0].centroids.state,
        )

    def _ordered(self, columns: list[F8]) -> F8:
        return np.stack([column[order] for column, order in zip(columns, self.order, strict=True)])

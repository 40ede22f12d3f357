"""The steps of the EM: sums to the next estimate, and passes until nothing changes."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_anchors import anchor_rank
from onlinecei.centroids._site_model import MODES, Columns, Model, Room, Sums, new_room, new_sums
from onlinecei.centroids._site_pass import collect
from onlinecei.centroids._site_symmetry import symmetrised

PRIOR = 4.0
"""Ions of average spread, even in all directions, that are added to a site's covariance: few ions give a poor one."""
FLOOR = 1e-8
"""Smallest variance of a site over the mean square of its species."""
NARROWER = 0.4
"""Width of sites that are tried anew, over that which they had: narrow ones grow in few passes, wide ones shrink in
many."""
LOOKS = (0, 2, 6)
"""Passes in which all ways of an event to lie are looked for; later ones follow those that were found, but every"""
LOOK_EVERY = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What is known before the events are seen."""

    conserved_au: float | None
    """Standard deviation of the sum of all mean momenta per component; None: sites are missing, no sum is known."""
    mirror: bool
    """Events may be mirror images."""
    group: I8 | None = None
    """(G, S) permutations of sites that the molecule is taken to be symmetric under; None: no symmetry."""


def model_of(first_site: I8, mean: F8, covariance: F8, spread: F8, stray: F8, false: F8) -> Model:
    """Give a model with everything that follows from its sites."""
    precision = np.linalg.inv(covariance)
    log_norm = 0.5 * np.linalg.slogdet(precision)[1] - 1.5 * np.log(2 * np.pi)
    rank = anchor_rank(first_site, np.linalg.norm(mean, axis=1))
    return Model(
        first_site=first_site, mean=mean, covariance=covariance, precision=np.ascontiguousarray(precision),
        log_norm=log_norm, rank=rank, spread=spread, stray=stray, false=false,
    )  # fmt: skip


def narrowed(model: Model) -> Model:
    """Give the same sites, narrower."""
    return model_of(
        model.first_site, model.mean, NARROWER**2 * model.covariance, model.spread, model.stray, model.false
    )


def improve(model: Model, sums: Sums, rules: Rules) -> Model:
    """Give the sites that follow from the sums."""
    count = np.maximum(sums.seen, 1e-6)
    mean = sums.first / count[:, None]
    covariance = sums.second / count[:, None, None] - _outer(mean)
    tied = _tied(mean, model.covariance, count, rules.conserved_au)
    covariance = _steadied(model, covariance + _outer(mean - tied), count)
    if rules.group is not None:
        tied, covariance = symmetrised(tied, covariance, rules.group, mirror=rules.mirror)
    stray = (sums.stray[:, 0] + 0.05) / (sums.stray[:, 1] + 1.0)
    false = (sums.false[:, 0] + 0.05) / (sums.false[:, 1] + 1.0)
    return model_of(
        model.first_site, tied, covariance, model.spread, np.clip(stray, 1e-6, 0.9), np.clip(false, 1e-6, 0.99)
    )


def _outer(vectors: F8) -> F8:
    return np.asarray(np.einsum("si,sj->sij", vectors, vectors))


def _tied(mean: F8, covariance: F8, count: F8, sigma: float | None) -> F8:
    """Means nearest to those measured, by their errors, whose sum is zero within `sigma`."""
    if sigma is None:
        return mean
    errors = covariance / count[:, None, None]
    total = errors.sum(axis=0) + sigma**2 * np.eye(3)
    return np.asarray(mean - errors @ np.linalg.solve(total, mean.sum(axis=0)))


def _steadied(model: Model, covariance: F8, count: F8) -> F8:
    steady = np.empty_like(covariance)
    for species, (a, b) in enumerate(pairwise(model.first_site)):
        if a == b:
            continue
        weight = count[a:b, None, None]
        variance = np.trace((weight * covariance[a:b]).sum(axis=0)) / (3 * count[a:b].sum())
        least = FLOOR * model.spread[species]
        steady[a:b] = (weight * covariance[a:b] + PRIOR * variance * np.eye(3)) / (weight + PRIOR) + least * np.eye(3)
    return steady


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """Where the passes over some events ended."""

    model: Model
    sums: Sums
    log_likelihood: float
    passes: int
    moved: float
    """Largest change of a mean or a width in the last pass, over the rms momentum."""


def iterate(columns: Columns, model: Model, rules: Rules, passes: int, tolerance: float) -> Estimate:
    """Pass over the events until means and widths change by less than `tolerance`, over the rms momentum.

    At most `passes` times.
    """
    model = _with_kinds(model, int(columns.kind.max(initial=0)) + 1)
    events = columns.first_ion.size - 1
    rotations, ways = np.empty((events, MODES, 3, 3)), np.zeros(events, dtype=np.int64)
    room, moved, done = new_room(len(model.mean)), np.inf, 0
    while done < passes and not moved < tolerance:
        sums, _ = _pass(columns, model, room, rotations, ways, rules, afresh=done in LOOKS or done % LOOK_EVERY == 0)
        better = improve(model, sums, rules)
        moved = _moved(model, better)
        model, done = better, done + 1
    sums, value = _pass(columns, model, room, rotations, ways, rules, afresh=True)
    return Estimate(model=model, sums=sums, log_likelihood=value, passes=done, moved=moved)


def _with_kinds(model: Model, kinds: int) -> Model:
    """Give every kind of event a share of false ones: a model from some of the events may not know all of them."""
    missing = kinds - model.false.size
    return model._replace(false=np.append(model.false, np.full(missing, model.false.mean()))) if missing > 0 else model


def _moved(before: Model, after: Model) -> float:
    """Largest change of a mean or a width, over the rms momentum."""
    unit = np.sqrt(np.mean(np.sum(after.mean**2, axis=1)))
    widths = [np.sqrt(np.trace(each.covariance, axis1=1, axis2=2)) for each in (before, after)]
    return float(
        max(np.linalg.norm(after.mean - before.mean, axis=1).max(), np.abs(widths[1] - widths[0]).max()) / unit
    )


def _pass(
    columns: Columns, model: Model, room: Room, rotations: F8, ways: I8, rules: Rules, *, afresh: bool
) -> tuple[Sums, float]:
    sums = new_sums(model, columns)
    return sums, collect(columns, model, room, rotations, ways, afresh, rules.mirror, sums)

"""Geometries laid onto another: turned, with like atoms in the order that fits."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations, product

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError

MOST_ORDERS = 50_000
"""Orders of like atoms that are gone through: eight of one element have 40 320, more than ever fly apart at once."""
_AT_ONCE = 50_000
"""Geometries in all their orders that are turned in one go: 10 MB at nine atoms."""
_LEAST_SHARE = 1e-3
"""Share of an order below which it is left aside."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """E geometries in R orders: a row for each order that fits one of them about as well as the best."""

    event: I8
    """(R,) which geometry."""
    share: F8
    """(R,) of the order in it; they sum to one for each geometry."""
    positions_au: F8
    """(R, N, 3)"""
    distance2: F8
    """(E,) least mean square distance from the reference, weighted as asked, in bohr squared."""


def orders_of(names: Sequence[str]) -> I8:
    """List the orders (P, N) that exchange atoms of one name only, the given one first.

    Raises
    ------
    CEIError
        There are too many.
    """
    places = [[place for place, name in enumerate(names) if name == each] for each in dict.fromkeys(names)]
    if (number := number_of_orders(names)) > MOST_ORDERS:
        raise CEIError(f"{number} orders of like atoms in {'/'.join(names)}, at most {MOST_ORDERS} are gone through")
    orders = np.empty((number, len(names)), np.int64)
    for row, chosen in enumerate(product(*(permutations(own) for own in places))):
        for own, order in zip(places, chosen, strict=True):
            orders[row, own] = order
    return orders


def number_of_orders(names: Sequence[str]) -> int:
    """Count the orders that `orders_of` lists."""
    return math.prod(math.factorial(number) for number in Counter(names).values())


def lay(reference: F8, positions: F8, names: Sequence[str], weights: F8) -> Laid:
    """Turn geometries onto a reference, least squares after Kabsch (1976), never a reflection.

    Where the reference is (nearly) symmetric, several orders of like atoms fit (nearly) as well. Taking the best would
    sort what differs by chance, and make equal bonds unequal. Instead an order counts with the likelihood of its
    distance, for a normal spread whose width is that of the median geometry.

    Parameters
    ----------
    reference
        (N, 3) about its centre, in bohr.
    positions
        (E, N, 3) about theirs.
    names
        (N,) atoms of one name may be exchanged.
    weights
        (N,) of the squared distances, such as the masses.
    """
    orders, share_of = orders_of(names), weights / weights.sum()
    costs = np.concatenate([np.empty((0, len(orders))), *_costs(reference, positions, orders, share_of)])
    least = costs.min(axis=1, initial=np.inf)
    event, order, share = _likely(costs, least, max(3 * len(names) - 6, 1))
    laid = _turned(reference, positions[event[:, None], orders[order]], share_of)
    return Laid(event=event, share=share, positions_au=laid, distance2=least)


def best_order(reference: F8, positions: F8, names: Sequence[str], weights: F8) -> I8:
    """Give the order (N,) of the atoms in which a geometry (N, 3) fits a reference best after a turn."""
    orders = orders_of(names)
    costs = np.concatenate(list(_costs(reference, positions[None], orders, weights / weights.sum())))
    return np.asarray(orders[int(np.argmin(costs[0]))])


def best_fit(reference: F8, positions: F8, names: Sequence[str], weights: F8) -> tuple[F8, I8]:
    """Lay a geometry (N, 3) onto a reference in the order that fits best; gives positions (N, 3) and order (N,)."""
    order = best_order(reference, positions, names, weights)
    return _turned(reference, positions[order], weights / weights.sum()), order


def _likely(costs: F8, least: F8, freedom: int) -> tuple[I8, I8, F8]:
    """Give event, order and share (R,) of the orders that count."""
    if not least.size:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    width2 = max(float(np.median(least)) / freedom, np.finfo(np.float64).tiny)
    share = np.exp(-(costs - least[:, None]) / (2 * width2))
    share[share < _LEAST_SHARE * share.sum(axis=1, keepdims=True)] = 0.0
    share /= share.sum(axis=1, keepdims=True)
    event, order = np.nonzero(share)
    return event.astype(np.int64), order.astype(np.int64), share[event, order]


def _costs(reference: F8, positions: F8, orders: I8, weights: F8) -> Iterator[F8]:
    """Weighted mean square distances (e, P) after the best turn, of some events at a time."""
    size = max(_AT_ONCE // len(orders), 1)
    own = np.sum(weights[:, None] * reference**2)
    for first in range(0, len(positions), size):
        some = positions[first : first + size]
        left, extents, right = np.linalg.svd(_moments(reference, some[:, orders], weights))
        extents[..., 2] *= _handedness(left, right)
        squares = np.sum(weights[:, None] * some**2, axis=(1, 2))
        yield np.maximum(own + squares[:, None] - 2 * extents.sum(axis=2), 0.0)


def _turned(reference: F8, positions: F8, weights: F8) -> F8:
    left, _, right = np.linalg.svd(_moments(reference, positions, weights))
    left[..., 2] *= _handedness(left, right)[..., None]
    return np.asarray(positions @ (left @ right))


def _moments(reference: F8, positions: F8, weights: F8) -> F8:
    return np.asarray(np.swapaxes(positions * weights[:, None], -1, -2) @ reference)


def _handedness(left: F8, right: F8) -> F8:
    return np.asarray(np.sign(np.linalg.det(left) * np.linalg.det(right)))

"""The ways to plug cables that leave given wires: combinatorics only."""

from collections.abc import Iterator
from itertools import permutations, product

from onlinecei.detector.calibration._peaks import Peak
from onlinecei.detector.calibration._signals import CHANNELS
from onlinecei.records import MCP
from onlinecei.setup import DelayLinesSection

Pair = tuple[int, int]
Order = tuple[int, ...]
"""(7,) the channel that carries u1, u2, v1, v2, w1, w2, mcp."""


def matchings(ends: tuple[int, ...]) -> Iterator[tuple[Pair, ...]]:
    """All ways to pair channels; of an odd number one is left out."""
    if len(ends) < 2:
        yield ()
        return
    if len(ends) % 2:
        for left_out in ends:
            yield from matchings(tuple(end for end in ends if end != left_out))
        return
    for other in ends[1:]:
        for rest in matchings(tuple(end for end in ends[1:] if end != other)):
            yield ((ends[0], other), *rest)


def orders(
    plate: int, wires: list[Peak], signs: tuple[float, ...] | None, lines: DelayLinesSection
) -> list[tuple[Order, tuple[int, ...]]]:
    """Give the ways to plug the cables that fit, with the layer of each wire; fewest misplaced cables first.

    Of equally many, the way whose time sums differ most alike from those of the setup.
    """
    ways = [
        (_order(plate, wires, places, turned), places)
        for places in permutations(range(lines.layers), len(wires))
        for turned in product((False, True), repeat=len(wires))
        if signs is None or _adds_up(signs, places, turned)
    ]
    return sorted(ways, key=lambda way: (misplaced(way[0]), _surprise(wires, way[1], lines), way[0]))


def _surprise(wires: list[Peak], places: tuple[int, ...], lines: DelayLinesSection) -> float:
    """Spread of the differences between time sums found and those of the setup, in ns."""
    off = [peak.centre_ns - lines.time_sum_ns[layer] for peak, layer in zip(wires, places, strict=True)]
    return round(max(off) - min(off), 1) if off else 0.0


def _adds_up(signs: tuple[float, ...], places: tuple[int, ...], turned: tuple[bool, ...]) -> bool:
    """Whether u = v + w: the first layer has the sign that the others have not."""
    layer = dict(zip(places, (-sign if turn else sign for sign, turn in zip(signs, turned, strict=True)), strict=True))
    return layer[0] == -layer[1] == -layer[2]


def _order(plate: int, wires: list[Peak], places: tuple[int, ...], turned: tuple[bool, ...]) -> Order:
    order = {MCP: plate}
    for peak, layer, turn in zip(wires, places, turned, strict=True):
        order[2 * layer + turn], order[2 * layer + (not turn)] = peak.pair
    left = [channel for channel in range(CHANNELS) if channel not in order.values()]
    empty = [place for place in range(CHANNELS) if place not in order]
    order |= {place: place for place in empty if place in left}
    rest = [channel for channel in left if channel not in empty]
    order |= dict(zip((place for place in empty if place not in left), rest, strict=True))
    return tuple(order[place] for place in range(CHANNELS))


def misplaced(order: Order) -> int:
    return sum(place != channel for place, channel in enumerate(order))


def in_pairs(order: Order) -> bool:
    """Whether two cables each are exchanged."""
    return all(order[channel] == place for place, channel in enumerate(order))

"""Which channels belong together: wires by their time sums, layers and ends by u = v + w.

Two ends of one wire have a sharp time sum, ends of two wires a smeared one. Of three wires the plane in which their
differences lie tells the signs. Together they leave a few ways to plug the cables; the one with the fewest cables in
the wrong place is taken.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from onlinecei.arrays import F8
from onlinecei.detector.calibration._agreement import rough_plane
from onlinecei.detector.calibration._orders import Order, Pair, in_pairs, matchings, misplaced, orders
from onlinecei.detector.calibration._pairs import closest_pairs
from onlinecei.detector.calibration._peaks import Peak, reach_ns, time_sums
from onlinecei.detector.calibration._signals import Signals
from onlinecei.records import MCP
from onlinecei.setup import DelayLinesSection, Setup

BETTER, MUCH_BETTER = 1.3, 3.0
"""Another wiring is believed when its peaks hold so much more than those of the setup's; the MCP elsewhere: even more,
since more ways were tried. Three wires instead of two hold half as much again."""
COMPARABLE = 0.3
"""A wire that was not expected must have a peak of at least this share of the largest."""
ROUGH_NS = 6.0
"""Gate about a rough time sum: covers how it may change across the wires."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """How the channels are plugged, and where the time sums roughly are."""

    order: Order
    """(7,) the channel that carries u1, u2, v1, v2, w1, w2, mcp."""
    peaks: tuple[Peak | None, ...]
    """(L,) of each layer; None where it has none."""
    others: tuple[Order, ...]
    """Other ways that explain the edges: cables exchanged in pairs, and few more of them; empty with no cable
    in the wrong place."""


def find_wiring(signals: Signals, alive: tuple[int, ...], setup: Setup, lines: DelayLinesSection) -> Wiring:
    """Find the wires among the live channels, and how they make up the layers."""
    plate, wires = _wires(signals, alive, setup, lines)
    signs = _signs(signals, plate, wires, setup, lines)
    (order, places), *rest = orders(plate, wires, signs, lines)
    wrong = misplaced(order)
    similar = [other for other, _ in rest if in_pairs(other) and misplaced(other) <= wrong + 2]
    peaks: list[Peak | None] = [None] * lines.layers
    for peak, layer in zip(wires, places, strict=True):
        peaks[layer] = peak
    return Wiring(order=order, peaks=tuple(peaks), others=tuple(similar) if wrong else ())


def _wires(signals: Signals, alive: tuple[int, ...], setup: Setup, lines: DelayLinesSection) -> tuple[int, list[Peak]]:
    """Find the channel of the plate and the peaks of the wires."""
    usual, best = _matched(signals, MCP, alive, setup, lines)
    if len(usual) == lines.layers:
        return MCP, best
    for plate in alive:
        _, wires = _matched(signals, plate, alive, setup, lines)
        if plate != MCP and len(wires) > 1 and _total(wires) > MUCH_BETTER * _total(best):
            return plate, wires
    return MCP, best


def _matched(
    signals: Signals, plate: int, alive: tuple[int, ...], setup: Setup, lines: DelayLinesSection
) -> tuple[list[Peak], list[Peak]]:
    """Peaks of the wires as they should be, and as the peaks are largest."""
    ends = tuple(channel for channel in alive if channel != plate)
    if len(ends) < 2 or plate not in alive:
        return [], []
    peaks = {peak.pair: peak for peak in time_sums(signals, plate, list(combinations(ends, 2)), setup, lines)}
    usual = [peaks[pair] for pair in _nominal(lines.layers) if pair in peaks and peaks[pair].found]
    ways = [[peaks[pair] for pair in way if peaks[pair].found] for way in matchings(ends)]
    best = max(ways, key=_total)
    largest = max((peak.excess for peak in best), default=0.0)
    new = [peak for peak in best if peak not in usual]
    believed = _total(best) > BETTER * _total(usual) and all(peak.excess > COMPARABLE * largest for peak in new)
    return usual, best if believed else usual


def _nominal(layers: int) -> list[Pair]:
    return [(2 * layer, 2 * layer + 1) for layer in range(layers)]


def _total(peaks: list[Peak]) -> float:
    return sum(peak.excess for peak in peaks)


def _signs(
    signals: Signals, plate: int, wires: list[Peak], setup: Setup, lines: DelayLinesSection
) -> tuple[float, ...] | None:
    """Signs with which the half differences of three wires add up to a constant; None where they do not."""
    if len(wires) < 3:
        return None
    one, two = np.array([peak.pair for peak in wires]).T.copy()
    sums = np.array([[peak.centre_ns for peak in wires], [0.0] * 3, [0.0] * 3])
    halves: F8 = closest_pairs(
        signals.first, signals.t_ns, plate, one, two, sums, np.full(3, ROUGH_NS), reach_ns(setup, lines)
    )
    plane = rough_plane(halves[:, np.isfinite(halves).all(axis=0)].T)
    return None if plane is None else tuple(float(sign) for sign in np.sign(plane[0]))

"""What the combinations of one channel add: gates, the molecular frame, sums, histograms and maps.

Events of one delay bin are taken `BLOCK` at a time, component by component: the processor then works on several of them
at once, and what a sum grows by is the sum of a row.
"""

import math

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8, I8, Bool
from onlinecei.centroids.frame import to_molecular_frames
from onlinecei.centroids.layout import ENERGY_QUANTUM_EV, MOMENTUM_QUANTUM_AU
from onlinecei.compiled import compiled

BLOCK = 128
"""Events at a time: many for the processor, and few enough that all of them stay in the first cache."""
_EV = 1.0 / units.ELECTRONVOLT
_PER_MOMENTUM_QUANTUM, _PER_ENERGY_QUANTUM = 1.0 / MOMENTUM_QUANTUM_AU, 1.0 / ENERGY_QUANTUM_EV


@compiled
def fill_channel(
    pulse: I8, row: I8, ion_momentum: F8, delay_bin: I8, masses: F8, gate: float, ker_low: float, ker_high: float,
    ker_top: float, map_max: float, sum_view: I8, sum_max: float, events: I8, sums: I8, products: I8, ker_sums: I8,
    ker_view: I8, maps: I8, newton: I8, newton_reach: float, counted: Bool,
) -> None:  # fmt: skip
    """Gate each combination, rotate it into the molecular frame, and add it; marks those that count."""
    inside = _fill_sum_view(row, ion_momentum, gate, sum_view, sum_max)
    first, by_delay = _by_delay(inside, delay_bin[pulse[inside]], events.size)
    block, good = np.empty((masses.size, 3, BLOCK)), np.empty(BLOCK, np.bool_)
    ker, whole, ev = np.empty(BLOCK), np.empty((3 * masses.size, BLOCK), np.int64), 0.5 * _EV / masses
    for delay in range(events.size):
        for start in range(first[delay], first[delay + 1], BLOCK):
            chosen = by_delay[start : min(start + BLOCK, first[delay + 1])]
            _gather(chosen, row, ion_momentum, block)
            to_molecular_frames(block, chosen.size, good)
            _fill_ker(block, chosen, ev, ker_low, ker_high, ker_top, ker_view[delay], ker, good, counted)
            events[delay] += np.count_nonzero(good[: chosen.size])
            ker_sums[delay] += _sum_of_energies(ker, good, chosen.size)
            _add_momenta(block, good, chosen.size, whole, sums[delay], products[delay])
            for ion in range(1, masses.size):  # the first ion is x by definition
                _fill_maps(block[ion], good, chosen.size, map_max, maps[delay])
                if newton.shape[0]:
                    _fill_newton(block[ion], block[0, 0], good, chosen.size, newton_reach, newton[delay])


@compiled
def _fill_sum_view(row: I8, momentum: F8, gate: float, sum_view: I8, sum_max: float) -> I8:
    """Histogram the momentum sum of each combination; gives the rows where every component is inside the gate."""
    inside, count = np.empty(row.shape[0] + 1, np.int64), 0
    for m in range(row.shape[0]):
        x = y = z = 0.0
        for ion in range(row.shape[1]):
            px, py, pz = momentum[row[m, ion], 0], momentum[row[m, ion], 1], momentum[row[m, ion], 2]
            x, y, z = x + px, y + py, z + pz
        if sum_max > 0.0:
            _fill_sum(x, sum_max, sum_view[0])
            _fill_sum(y, sum_max, sum_view[1])
            _fill_sum(z, sum_max, sum_view[2])
        inside[count] = m  # written whether or not it stays: cheaper than to ask
        count += (abs(x) <= gate) & (abs(y) <= gate) & (abs(z) <= gate)
    return inside[:count]


@compiled
def _fill_sum(total: float, sum_max: float, view: I8) -> None:
    if -sum_max <= total < sum_max:
        view[min(int((total + sum_max) * view.size / (2 * sum_max)), view.size - 1)] += 1


@compiled
def _by_delay(rows: I8, delay: I8, delays: int) -> tuple[I8, I8]:
    """Where the rows of each delay bin begin and end (D + 1,), and the rows by bin; those of none come first."""
    begin = np.zeros(delays + 2, np.int64)
    for k in range(rows.size):
        begin[delay[k] + 2] += 1
    begin = np.cumsum(begin)
    place, ordered = begin.copy(), np.empty_like(rows)
    for k in range(rows.size):
        ordered[place[delay[k] + 1]] = rows[k]
        place[delay[k] + 1] += 1
    return begin[1:], ordered


@compiled
def _gather(chosen: I8, row: I8, ion_momentum: F8, block: F8) -> None:
    """Momenta of the chosen events, to be added up component by component."""
    for ion in range(row.shape[1]):
        for k in range(chosen.size):
            source = row[chosen[k], ion]
            for axis in range(3):
                block[ion, axis, k] = ion_momentum[source, axis]


@compiled
def _fill_ker(
    block: F8, chosen: I8, ev: F8, low: float, high: float, top: float, view: I8, ker: F8, good: Bool, counted: Bool
) -> None:  # fmt: skip
    """Histogram the kinetic energy release, and mark the events that it lets pass."""
    ker[: chosen.size] = 0.0
    for ion in range(ev.size):
        for k in range(chosen.size):
            ker[k] += (block[ion, 0, k] ** 2 + block[ion, 1, k] ** 2 + block[ion, 2, k] ** 2) * ev[ion]
    per_ev = view.size / top
    for k in range(chosen.size):
        if good[k] and ker[k] < top:
            view[min(int(ker[k] * per_ev), view.size - 1)] += 1
        good[k] &= low <= ker[k] <= high
        counted[chosen[k]] = good[k]


@compiled
def _sum_of_energies(ker: F8, good: Bool, events: int) -> int:
    total = 0
    for k in range(events):
        total += math.floor(ker[k] * _PER_ENERGY_QUANTUM + 0.5) if good[k] else 0
    return total


@compiled
def _add_momenta(block: F8, good: Bool, events: int, whole: I8, sums: I8, products: I8) -> None:
    """Sums of the components (3 N,), in quanta, and of their products, row by row of a triangle."""
    place = 0
    for i in range(sums.size):
        total = 0
        for k in range(events):
            whole[i, k] = math.floor(block[i // 3, i % 3, k] * _PER_MOMENTUM_QUANTUM + 0.5) if good[k] else 0
            total += whole[i, k]
        sums[i] += total
        for j in range(i + 1):
            total = 0
            for k in range(events):
                total += whole[i, k] * whole[j, k]
            products[place] += total
            place += 1


@compiled
def _fill_maps(p: F8, good: Bool, events: int, reach: float, maps: I8) -> None:
    """The three projections of the momenta (3, B) of one ion."""
    side = maps.shape[2]
    scale = side / (2 * reach)
    flat, cell = maps.reshape(-1), np.empty((3, events), np.int32)
    for k in range(events):
        x, y, z = p[0, k], p[1, k], p[2, k]
        inside = (-reach <= x) & (x < reach) & (-reach <= y) & (y < reach) & (-reach <= z) & (z < reach)
        shown = good[k] & inside
        cell[0, k] = min(int((x + reach) * scale), side - 1) if shown else -1
        cell[1, k] = min(int((y + reach) * scale), side - 1) if shown else -1
        cell[2, k] = min(int((z + reach) * scale), side - 1) if shown else -1
    for k in range(events):
        x, y, z = cell[0, k], cell[1, k], cell[2, k]
        if x >= 0:
            flat[np.uint32(x * side + y)] += 1  # without sign: no question whether it counts from the end
            flat[np.uint32((side + x) * side + z)] += 1
            flat[np.uint32((2 * side + y) * side + z)] += 1


@compiled
def _fill_newton(p: F8, length: F8, good: Bool, events: int, reach: float, plot: I8) -> None:
    """The momenta (3, B) of one ion over those of the first ion, which lie along x, in the plane of the second."""
    scale, last = plot.shape[0] / (2 * reach), plot.shape[0] - 1
    cell = np.empty(events, np.int32)
    for k in range(events):
        x, y = p[0, k] / length[k], p[1, k] / length[k]
        shown = good[k] & (-reach <= x) & (x < reach) & (-reach <= y) & (y < reach)
        row, column = min(int((x + reach) * scale), last), min(int((y + reach) * scale), last)
        cell[k] = row * plot.shape[1] + column if shown else -1
    flat = plot.reshape(-1)
    for k in range(events):
        if cell[k] >= 0:
            flat[np.uint32(cell[k])] += 1

"""The loops over pairs of wire signals about each signal of the plate (MCP).

A pair belongs to a plate signal when half its difference is within ``reach``, the end of the wire, and its time sum
``s1 + s2 - 2 mcp`` within a range. `first` and `t` are those of `Signals`.
"""

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.compiled import compiled

CHANNELS = 7
MOST = 1 << 22
"""Pairs about one time sum; more are found only where all edges come at once."""


@compiled
def sum_counts(
    first: I8, t: F8, plate: int, one: I8, two: I8, low: float, bins: int, bins_per_ns: float, reach: float
) -> I8:
    """Count time sums (K, bins) of K pairs of channels, in equal bins from `low` on."""
    counts = np.zeros((one.size, bins), np.int64)
    earliest, latest = low / 2 - reach, (low + bins / bins_per_ns) / 2 + reach
    for pulse in range((first.size - 1) // CHANNELS):
        row = CHANNELS * pulse
        for k in range(first[row + plate], first[row + plate + 1]):
            for pair in range(one.size):
                a, b = row + one[pair], row + two[pair]
                start = first_from(t, first[b], first[b + 1], t[k] + earliest)
                for i in range(first_from(t, first[a], first[a + 1], t[k] + earliest), first[a + 1]):
                    if t[i] > t[k] + latest:
                        break
                    for j in range(start, first[b + 1]):
                        if t[j] > t[k] + latest:
                            break
                        place = (t[i] + t[j] - 2 * t[k] - low) * bins_per_ns
                        if abs(t[i] - t[j]) <= 2 * reach and 0 <= place < bins:
                            counts[pair, int(place)] += 1
    return counts


@compiled
def pairs_near(first: I8, t: F8, plate: int, a: int, b: int, centre: float, gate: float, reach: float) -> F8:
    """Find pairs with time sums within `gate` of `centre`: rows of pulse, half difference and time sum (3, N)."""
    found = np.empty((3, 1024))
    n = 0
    earliest, latest = (centre - gate) / 2 - reach, (centre + gate) / 2 + reach
    for pulse in range((first.size - 1) // CHANNELS):
        row = CHANNELS * pulse
        for k in range(first[row + plate], first[row + plate + 1]):
            for i in range(first_from(t, first[row + a], first[row + a + 1], t[k] + earliest), first[row + a + 1]):
                if t[i] > t[k] + latest:
                    break
                wanted = centre + 2 * t[k] - t[i]
                for j in range(first_from(t, first[row + b], first[row + b + 1], wanted - gate), first[row + b + 1]):
                    if t[j] > wanted + gate:
                        break
                    if abs(t[i] - t[j]) > 2 * reach:
                        continue
                    if n == MOST:
                        return found
                    if n == found.shape[1]:
                        larger = np.empty((3, 2 * n))
                        larger[:, :n] = found
                        found = larger
                    found[0, n], found[1, n], found[2, n] = pulse, (t[i] - t[j]) / 2, t[i] + t[j] - 2 * t[k]
                    n += 1
    return found[:, :n].copy()


@compiled
def closest_pairs(first: I8, t: F8, plate: int, one: I8, two: I8, sums: F8, gate: F8, reach: float) -> F8:
    """Take, for each plate signal, the pair of each layer that is closest to its time sum.

    Returns half differences (K, N) of K layers and N plate signals, NaN where a layer has no pair within `gate`.
    `sums` (3, K) are the time sums in the middle, their slope and their curvature against half the difference.
    """
    n = 0
    for row in range(plate, first.size - 1, CHANNELS):
        n += first[row + 1] - first[row]
    found = np.full((one.size, n), np.nan)
    n = 0
    for pulse in range((first.size - 1) // CHANNELS):
        row = CHANNELS * pulse
        for k in range(first[row + plate], first[row + plate + 1]):
            for layer in range(one.size):
                a, b = row + one[layer], row + two[layer]
                best = gate[layer]
                widest = gate[layer] + abs(sums[1, layer]) * reach + abs(sums[2, layer]) * reach**2
                earliest, latest = (sums[0, layer] - widest) / 2 - reach, (sums[0, layer] + widest) / 2 + reach
                for i in range(first_from(t, first[a], first[a + 1], t[k] + earliest), first[a + 1]):
                    if t[i] > t[k] + latest:
                        break
                    wanted = sums[0, layer] + 2 * t[k] - t[i]
                    for j in range(first_from(t, first[b], first[b + 1], wanted - widest), first[b + 1]):
                        if t[j] > wanted + widest:
                            break
                        half = (t[i] - t[j]) / 2
                        expected = (sums[2, layer] * half + sums[1, layer]) * half
                        distance = abs(t[j] - wanted - expected)
                        if abs(half) <= reach and distance <= best:
                            best, found[layer, n] = distance, half
            n += 1
    return found


@compiled
def first_from(t: F8, low: int, high: int, time: float) -> int:
    """First row from `low` on whose time is not before a time; `high` where there is none."""
    while low < high:
        middle = (low + high) // 2
        if t[middle] < time:
            low = middle + 1
        else:
            high = middle
    return low

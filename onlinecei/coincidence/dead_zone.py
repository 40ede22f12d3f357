"""Hits that a detector loses behind an earlier one nearby: how far that reaches, and what it takes from mixed pulses.

Pulses that are laid on top of each other did not cover each other's hits, while molecules of one pulse did.
"""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.coincidence.mixing import laid_over
from onlinecei.compiled import compiled
from onlinecei.records import Hits, Ions

REACH_NS, REACH_MM, BINS = 50.0, 50.0, 100
"""Pairs of hits are looked at up to these distances, in so many bins each."""
SURE = 5.0
"""Standard deviations of the number of missing pairs below which there is no dead zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadZone:
    """The later of two hits is lost where they are nearer than both; (0, 0): none is."""

    time_ns: float = 0.0
    distance_mm: float = 0.0

    def __bool__(self) -> bool:
        return self.time_ns > 0.0


def dead_zone(hits: Hits, ions: Ions, members: I8) -> DeadZone:
    """Find the dead zone from the pairs of ions that single pulses lack beside pairs of pulses (M, 2) that are mixed.

    It is taken to be as wide as makes `mixed - 2 single` largest: less than half of the pairs are seen at its edge.
    """
    none = np.empty(0, np.int64)
    alone = _pairs(ions.first_ion, ions.hit, none, hits.x_mm, hits.y_mm, hits.t_ns, REACH_NS, REACH_MM, BINS)
    merged, source = laid_over(ions, hits, members)
    both = _pairs(merged.first_ion, merged.hit, source, hits.x_mm, hits.y_mm, hits.t_ns, REACH_NS, REACH_MM, BINS)
    scale = (ions.first_ion.size - 1) / max(2 * len(members), 1)
    expected, seen = (each.cumsum(axis=0).cumsum(axis=1) for each in (both * scale, alone))
    missing = expected - 2.0 * seen
    time, distance = np.unravel_index(int(missing.argmax()), missing.shape)
    if missing.max() < SURE * np.sqrt(expected[time, distance] * max(scale, 1.0) + 4.0 * seen[time, distance] + 1.0):
        return DeadZone()
    return DeadZone(time_ns=float(time + 1) * REACH_NS / BINS, distance_mm=float(distance + 1) * REACH_MM / BINS)


def uncovered(ions: Ions, source: I8, hits: Hits, zone: DeadZone, *, shift: int = 0) -> Bool:
    """Say of each ion (I,) of mixed pulses whether no hit of another of its sources covers it.

    With `shift` not of its own mixed pulse, but of the one so much farther on, which has nothing to do with it.
    """
    x, y, t = hits.x_mm[ions.hit], hits.y_mm[ions.hit], hits.t_ns[ions.hit]
    return np.asarray(_uncovered(ions.first_ion, source, x, y, t, zone.time_ns, zone.distance_mm, shift), np.bool_)


def compile_mixing() -> None:
    """Compile what mixing needs, so that the processes that follow find the machine code in the cache."""
    none = np.empty(0)
    hits = Hits(
        first_hit=np.zeros(2, np.int64), x_mm=none, y_mm=none, t_ns=none, not_finite=0, before_trigger=0, outside=0
    )
    rows = np.empty(0, np.int64)
    ions = Ions(first_ion=np.zeros(2, np.int64), hit=rows, species=rows, momentum_au=np.empty((0, 3)), at_node=0)
    dead_zone(hits, ions, np.zeros((1, 2), np.int64))
    uncovered(ions, rows, hits, DeadZone(time_ns=1.0, distance_mm=1.0))


@compiled
def _pairs(first: I8, hit: I8, source: I8, x: F8, y: F8, t: F8, time: float, distance: float, bins: int) -> I8:
    """Pairs of ions of one pulse by their distance in time and space (bins, bins); of other sources, if there are."""
    counts = np.zeros((bins, bins), np.int64)
    for pulse in range(first.size - 1):
        for i in range(first[pulse], first[pulse + 1]):
            for j in range(i - 1, first[pulse] - 1, -1):
                apart = t[hit[i]] - t[hit[j]]
                if apart >= time:
                    break
                if hit[i] == hit[j] or (source.size > 0 and source[i] == source[j]):
                    continue
                across = np.hypot(x[hit[i]] - x[hit[j]], y[hit[i]] - y[hit[j]])
                if across < distance:
                    counts[int(apart * bins / time), int(across * bins / distance)] += 1
    return counts


@compiled
def _uncovered(first: I8, source: I8, x: F8, y: F8, t: F8, time: float, distance: float, shift: int) -> Bool:
    clear, pulses = np.ones(t.size, np.bool_), first.size - 1
    for pulse in range(pulses):
        other = (pulse + shift) % pulses
        start = first[other]
        for i in range(first[pulse], first[pulse + 1]):
            while start < first[other + 1] and t[start] <= t[i] - time:
                start += 1
            for j in range(start, first[other + 1]):
                if t[j] >= t[i]:
                    break
                if source[j] != source[i] and (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 < distance * distance:
                    clear[i] = False
                    break
    return clear

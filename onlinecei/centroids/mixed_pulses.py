"""Pulses of the sample laid on top of each other, as a detector with a dead zone would have seen them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F4, I8, U8, Bool
from onlinecei.coincidence.dead_zone import DeadZone, uncovered
from onlinecei.coincidence.mixing import laid_over, partners
from onlinecei.records import Hits, Ions

_FIRST, _GROWTH, _LARGEST = 4, 8, 32_768
"""Merged pulses in the first step, how much larger the next ones are, and the largest step."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Kept pulses, in the order of their hash, read as ions."""

    hits: Hits
    ions: Ions
    energy_uj: F4
    hash: U8
    zone: DeadZone


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Laid:
    """Merged pulses, and which of their ions would have been seen.

    A real pulse loses hits of one molecule behind those of another that takes part in a false coincidence, and behind
    those of others. What the others take is in both sources already, and here again: pulses that have nothing to do
    with these take as much, so that the share of combinations that they leave puts it right.
    """

    sources: int
    ions: Ions
    source: I8
    seen: Bool
    """(I,) whether the other sources cover an ion."""
    seen_elsewhere: Bool
    """(I,) whether those of another merged pulse would."""

    @classmethod
    def of(cls, sample: Sample, members: I8) -> "Laid":
        """Lay pulses (M, b) of a sample on top of each other."""
        ions, source = laid_over(sample.ions, sample.hits, members)
        if not sample.zone:
            everything = np.ones(source.size, np.bool_)
            return cls(sources=members.shape[1], ions=ions, source=source, seen=everything, seen_elsewhere=everything)
        return cls(
            sources=members.shape[1], ions=ions, source=source,
            seen=uncovered(ions, source, sample.hits, sample.zone),
            seen_elsewhere=uncovered(ions, source, sample.hits, sample.zone, shift=1),
        )  # fmt: skip


def steps(group: I8, energy_uj: F4, sources: int, rounds: int) -> Iterator[tuple[I8, I8]]:
    """Merged pulses in growing steps: the pulse that each starts with (m,) and all of its sources (m, b).

    Pulses stand in the order of their hash, so those of any step are a fair choice.
    """
    size = _FIRST
    for offset in range(1, rounds + 1):
        members = partners(group, energy_uj, sources, offset)
        starts, done = np.flatnonzero(members[:, 0] >= 0), 0
        while done < starts.size:
            now = starts[done : done + size]
            yield now, members[now]
            done, size = done + size, min(size * _GROWTH, _LARGEST)

"""Coincidence events of several channels of one molecule, brought into one order."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_model import WIDEST, Columns
from onlinecei.errors import ResultError
from onlinecei.ions import Channel, Ion

BROAD = 0.25
"""Least variance of an ion from elsewhere over that of the fastest species: one at rest by symmetry is no broad one."""

_Ion: TypeAlias = tuple[int, float, float, float]
"""Species and momentum."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """Ions detected together, in columns; events may hold different ions."""

    ions: tuple[Ion, ...]
    """Names of the species."""
    first_ion: I8
    """(E + 1,) event e owns the ions first_ion[e] to first_ion[e + 1]."""
    species: I8
    """(I,) index into `ions`."""
    momentum_au: F8
    """(I, 3) in any frame that is right-handed; each event may have its own."""

    @property
    def number(self) -> int:
        """How many events."""
        return self.first_ion.size - 1

    @classmethod
    def of(cls, parts: Iterable[tuple[Channel, F8]]) -> "Events":
        """Lay the events (M, N, 3) of several channels end to end, each as an event of its own."""
        taken = list(parts)
        ions = tuple(dict.fromkeys(ion for channel, _ in taken for ion in channel.ions))
        counts = [np.full(len(momenta), len(channel.ions)) for channel, momenta in taken]
        species = [np.tile([ions.index(ion) for ion in channel.ions], len(momenta)) for channel, momenta in taken]
        return cls(
            ions=ions,
            first_ion=np.cumsum([0, *np.concatenate([np.empty(0, np.int64), *counts])], dtype=np.int64),
            species=np.concatenate([np.empty(0, np.int64), *species]).astype(np.int64),
            momentum_au=np.concatenate([np.empty((0, 3)), *(np.reshape(m, (-1, 3)) for _, m in taken)]),
        )

    @classmethod
    def joined(cls, parts: Iterable[tuple[Channel, I8, F8]], whole: Channel) -> "Events":
        """Make one event of all combinations of a pulse that are read from the same ions.

        A molecule of which four protons were seen is found four times in a channel of three, and once more in each
        smaller one. Such combinations share the ions of the species that they hold all of; together they are one event,
        whose ions from elsewhere are told by their momenta. Complete combinations, which the momentum sum has sifted,
        stay as they are, and those read from the same ions are left out.

        Parameters
        ----------
        parts
            Of each channel its name, the pulse (M,) of each combination and its momenta (M, N, 3).
        whole
            All ions of the molecule.
        """
        complete: list[list[_Ion]] = []
        groups: dict[tuple[object, ...], dict[_Ion, None]] = {}
        taken: set[tuple[int, _Ion]] = set()
        names = whole.species
        for channel, pulses, momenta in sorted(parts, key=lambda part: -len(part[0].ions)):
            held = [channel.ions.count(ion) == whole.ions.count(ion) for ion in channel.ions]
            rows = [names.index(ion) for ion in channel.ions]
            for pulse, event in zip(pulses.tolist(), momenta.tolist(), strict=True):
                ions: list[_Ion] = [(row, *momentum) for row, momentum in zip(rows, event, strict=True)]
                anchors = [ion for ion, all_of in zip(ions, held, strict=True) if all_of] or ions
                if channel == whole:
                    complete.append(sorted(ions))
                    taken.update((pulse, ion) for ion in ions)
                elif not all((pulse, ion) in taken for ion in anchors):
                    groups.setdefault((pulse, *sorted(anchors)), {}).update(dict.fromkeys(ions))
        events = complete + [sorted(group) for group in groups.values() if len(group) <= WIDEST]
        table = np.array([ion for event in events for ion in event], dtype=np.float64).reshape(-1, 4)
        return cls(
            ions=names,
            first_ion=np.cumsum([0, *map(len, events)], dtype=np.int64),
            species=table[:, 0].astype(np.int64),
            momentum_au=np.ascontiguousarray(table[:, 1:]),
        )


def ordered(events: Events, whole: Channel) -> tuple[Columns, I8]:
    """Columns in an order that neither the order of events nor their rotations change, and counts (kinds, A) of ions.

    Raises
    ------
    ResultError
        If an event holds an ion that the molecule has not, too many ions, or a momentum that is not finite.
    """
    _check(events, whole)
    names = whole.species
    species = np.array([names.index(ion) for ion in events.ions], dtype=np.int64)[events.species]
    event = np.repeat(np.arange(events.number), np.diff(events.first_ion))
    square = np.sum(events.momentum_au**2, axis=1)
    counts = np.zeros((events.number, len(names)), dtype=np.int64)
    np.add.at(counts, (event, species), 1)
    kinds, kind = np.unique(counts, axis=0, return_inverse=True)
    total = np.bincount(event, square, events.number)
    largest = np.zeros(events.number)
    np.maximum.at(largest, event, square)
    order = np.lexsort((largest, total, kind.reshape(-1)))
    place = np.argsort(order)
    rows = np.lexsort((-square, species, place[event]))
    return Columns(
        first_ion=np.append(0, np.cumsum(np.diff(events.first_ion)[order])).astype(np.int64),
        momentum=np.ascontiguousarray(events.momentum_au[rows]),
        species=species[rows],
        broad=log_broad(square[rows], species[rows], len(names)),
        kind=kind.reshape(-1)[order].astype(np.int64),
    ), kinds


def part_of(columns: Columns, chosen: I8) -> Columns:
    """Some of the events, in the order of `chosen`."""
    sizes = np.diff(columns.first_ion)[chosen]
    first = np.append(0, np.cumsum(sizes)).astype(np.int64)
    rows = np.repeat(columns.first_ion[chosen] - first[:-1], sizes) + np.arange(first[-1])
    return Columns(
        first_ion=first, momentum=columns.momentum[rows], species=columns.species[rows], broad=columns.broad[rows],
        kind=columns.kind[chosen],
    )  # fmt: skip


def spreads(square: F8, species: I8, number: int) -> F8:
    """Variance (A,) per component of the momenta, of squares (I,), of each species; of all where one was not seen."""
    count, total = np.bincount(species, minlength=number), np.bincount(species, square, number)
    everything = total.sum() / max(count.sum(), 1)
    return np.maximum(np.where(count > 0, total / np.maximum(count, 1), everything) / 3, np.finfo(np.float64).tiny)


def log_broad(square: F8, species: I8, number: int) -> F8:
    """Log density (I,) of ions from elsewhere: even in all directions, as wide as their species or somewhat wider."""
    spread = spreads(square, species, number)
    variance = np.maximum(spread, BROAD * spread.max())[species]
    return np.asarray(-1.5 * np.log(2 * np.pi * variance) - 0.5 * square / variance)


def _check(events: Events, whole: Channel) -> None:
    for ion in events.ions:
        if ion not in whole.ions:
            raise ResultError(f"an event holds {ion}, the molecule was said to end as {whole}")
    if events.number and np.diff(events.first_ion).max() > WIDEST:
        raise ResultError(f"an event holds {np.diff(events.first_ion).max()} ions, at most {WIDEST} are matched")
    if not np.all(np.isfinite(events.momentum_au)):
        raise ResultError("a momentum is not finite")

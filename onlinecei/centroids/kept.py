"""Single events that are kept beside the sums, for channels whose identical ions have to be told apart.

Which events stay is decided by a hash of train and pulse: the sample is fair, all events of a pulse stay together, and
the union of two samples, cut again, is the sample of both, in any order and grouping.
"""

from collections import Counter
from functools import lru_cache
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F4, F8, I8, U4, U8, Bool
from onlinecei.centroids.pulse_hash import by_hash, pulse_hash
from onlinecei.errors import ResultError
from onlinecei.ions import Channel
from onlinecei.records import Batch, Coincidences, KeptEvents
from onlinecei.setup import ChannelSection, Setup

LEAST_IONS = 3
"""Momenta of two ions say nothing about how an event lies around them."""


@lru_cache(maxsize=8)
def kept_channels(setup: Setup) -> tuple[ChannelSection, ...]:
    """Name the channels whose events are kept.

    They are complete ones whose identical ions may sit in different places, and those of three ions or more that hold a
    part of the ions of such a one; with ``reconstruction.per_event`` all complete ones.
    """
    if not setup.limits.kept_events:
        return ()
    whole, per_event = tellable_channels(setup), setup.reconstruction.per_event
    return tuple(
        each
        for each in setup.channels
        if any(is_part(each.channel, one) for one in whole) or (per_event and setup.complete(each))
    )


def tellable_channels(setup: Setup) -> tuple[Channel, ...]:
    """Name the complete channels whose identical ions may sit in different places, and can be told apart."""
    return tuple(each.channel for each in setup.channels if setup.complete(each) and _may_differ(each.channel))


def _may_differ(whole: Channel) -> bool:
    """Whether identical ions may sit in different places: in all molecules but H-X-H, such as water."""
    pairs = [a for a, b in pairwise(whole.ions) if a == b]
    return len(whole.ions) >= LEAST_IONS and bool(pairs) and (len(whole.ions) > 3 or pairs[0].symbol != "H")


def is_part(channel: Channel, whole: Channel) -> bool:
    """Whether all ions of a channel are ions of another, and enough to know how an event lies."""
    return len(channel.ions) >= LEAST_IONS and Counter(channel.ions) <= Counter(whole.ions)


def nothing_kept(setup: Setup) -> tuple[KeptEvents, ...]:
    """Give what no events leave: an empty record for each channel that is kept."""
    none, limit = np.empty(0, np.uint32), setup.limits.kept_events
    return tuple(
        KeptEvents(
            limit=limit, train_id=none.astype(np.uint64), pulse=none, position=none, delay_fs=none.astype(np.float64),
            momentum_au=np.empty((0, len(section.channel.ions), 3), np.float32),
        )
        for section in kept_channels(setup)
    )  # fmt: skip


def keep(
    batch: Batch, found: list[Coincidences], counted: list[Bool], setup: Setup, start: int = 0
) -> tuple[KeptEvents, ...]:
    """Keep the events of a piece of a batch from pulse `start` on: what was counted, of the channels that need it."""
    wanted, limit = kept_channels(setup), setup.limits.kept_events
    rows = zip(setup.channels, found, counted, strict=True)
    return tuple(_events(batch, start, each, chosen, limit) for section, each, chosen in rows if section in wanted)


def _events(batch: Batch, first: int, found: Coincidences, counted: Bool, limit: int) -> KeptEvents:
    """Choose pulses first, and gather only the events of these: a crowded batch holds far more than are kept."""
    rows = np.flatnonzero(counted)
    start = np.flatnonzero(np.diff(found.pulse[rows], prepend=-1))
    pulse, number = first + found.pulse[rows[start]], np.diff(np.append(start, rows.size))
    first_pulse = batch.first_pulse.astype(np.int64)
    train = np.searchsorted(first_pulse, pulse, side="right") - 1
    train_id, place = batch.train_id[train], (pulse - first_pulse[train]).astype(np.uint32)
    order = by_hash(pulse_hash(train_id, place), train_id, place)
    order = order[: np.searchsorted(np.cumsum(number[order]), limit) + 1]
    position = (np.arange(number[order].sum()) - np.repeat(np.cumsum(number[order]) - number[order], number[order]))[
        :limit
    ]
    of_event = np.repeat(order, number[order])[:limit]
    chosen = rows[start[of_event] + position]
    return KeptEvents(
        limit=limit, train_id=train_id[of_event], pulse=place[of_event], position=position.astype(np.uint32),
        delay_fs=batch.delay_fs[pulse[of_event]],
        momentum_au=found.ion_momentum_au[found.ion[chosen]].astype(np.float32),
    )  # fmt: skip


def merge_kept(a: tuple[KeptEvents, ...], b: tuple[KeptEvents, ...]) -> tuple[KeptEvents, ...]:
    """Unite two samples of each channel, and cut them again.

    Raises
    ------
    ResultError
        If the samples are of other channels or have other limits.
    """
    if [_kind(each) for each in a] != [_kind(each) for each in b]:
        raise ResultError("cannot merge results that keep events of different channels, or different numbers of them")
    return tuple(_united(*pair) for pair in zip(a, b, strict=True))


def _kind(kept: KeptEvents) -> tuple[int, int]:
    return kept.limit, kept.momentum_au.shape[1]


def _united(a: KeptEvents, b: KeptEvents) -> KeptEvents:
    """Most of a run's later batches change nothing: their hashes are above all that are kept."""
    if a.events < b.events:
        a, b = b, a
    new = np.arange(b.events)
    if a.events == a.limit:
        new = np.flatnonzero(pulse_hash(b.train_id, b.pulse) <= pulse_hash(a.train_id[-1:], a.pulse[-1:]))
    if not new.size:
        return a
    return _sifted(
        a.limit,
        np.append(a.train_id, b.train_id[new]),
        np.append(a.pulse, b.pulse[new]),
        np.append(a.position, b.position[new]),
        np.append(a.delay_fs, b.delay_fs[new]),
        np.concatenate([a.momentum_au, b.momentum_au[new]]),
    )


def _sifted(limit: int, train_id: U8, pulse: U4, position: U4, delay_fs: F8, momentum_au: F4) -> KeptEvents:
    """Order and cut events; those of one pulse must come in order."""
    order = _order(train_id, pulse, position)[:limit]
    return KeptEvents(
        limit=limit, train_id=train_id[order], pulse=pulse[order], position=position[order], delay_fs=delay_fs[order],
        momentum_au=momentum_au[order],
    )  # fmt: skip


def _order(train_id: U8, pulse: U4, position: U4) -> I8:
    return by_hash(pulse_hash(train_id, pulse), train_id, pulse, position)


def pulse_numbers(kept: list[KeptEvents]) -> list[I8]:
    """Number the pulses of several channels, alike in all of them."""
    sizes = np.cumsum([each.events for each in kept])[:-1]
    names = np.zeros(sum(each.events for each in kept), dtype=[("train", "<u8"), ("pulse", "<u4")])
    names["train"] = np.concatenate([each.train_id for each in kept])
    names["pulse"] = np.concatenate([each.pulse for each in kept])
    return np.split(np.unique(names, return_inverse=True)[1].astype(np.int64), sizes)

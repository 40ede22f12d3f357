"""Whole pulses that are kept beside the sums, for everything that is no sum: event mixing, other bins, other gates.

A pulse counts for one and for each of its hits, pulses without hits included. Kept are all pulses whose hash lies below
a ceiling: the smallest hash at which those up to it, itself included, would go over the limit. The ceiling of a union
is at most that of its parts, and below those nothing is missing from them, so the union, cut again, is the sample of
both, in any order and grouping. The ceiling has to be remembered: without it a later, smaller pulse could slip in
behind one that did not fit.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from onlinecei.arrays import I8, U8
from onlinecei.centroids.chosen_pulses import ChosenPulses, joined_offsets, laid
from onlinecei.centroids.pulse_hash import by_hash, pulse_hash
from onlinecei.errors import ResultError
from onlinecei.records import Batch, Delta, KeptPulses
from onlinecei.setup import Setup

NO_CEILING = 2**64 - 1
MOST_WAITING = 64
"""Samples that wait to be united: each merge looks at all of them."""


def no_pulses(limit: int) -> KeptPulses | None:
    """Give what no pulses leave; None where none are to be kept."""
    if not limit:
        return None
    none = np.empty(0, np.float32)
    return KeptPulses(
        limit=limit, ceiling=NO_CEILING, train_id=none.astype(np.uint64), pulse=none.astype(np.uint32),
        delay_fs=none.astype(np.float64), energy_uj=none, first_hit=np.zeros(1, np.uint64), x_mm=none, y_mm=none,
        t_ns=none,
    )  # fmt: skip


def ceiling(pulses: KeptPulses | None) -> int:
    """Give the hash from which on no pulse can enter any more; 0 where none are kept."""
    return min(each.ceiling for each in _parts(pulses)) if pulses is not None else 0


def keep_pulses(
    batch: Batch, hashes: U8, chosen: Sequence[ChosenPulses], limit: int, ceiling: int = NO_CEILING
) -> KeptPulses | None:
    """Keep the pulses of a batch that were chosen below the ceiling, as many as fit."""
    if not limit:
        return None
    rows = np.concatenate([each.row for each in chosen])
    first = joined_offsets([each.first_hit for each in chosen])
    train = np.searchsorted(batch.first_pulse, rows.astype(np.uint64), side="right") - 1
    train_id, place = batch.train_id[train], (rows - batch.first_pulse[train].astype(np.int64)).astype(np.uint32)
    order = by_hash(hashes[rows], train_id, place)
    fitting, reached = _cut(hashes[rows[order]], np.diff(first)[order], limit, ceiling)
    order = order[:fitting]
    columns = (np.concatenate([getattr(each, name) for each in chosen]) for name in ("x_mm", "y_mm", "t_ns"))
    first, x, y, t = laid(order, first, *columns)
    rows = rows[order]
    return KeptPulses(
        limit=limit, ceiling=reached, train_id=train_id[order], pulse=place[order], delay_fs=batch.delay_fs[rows],
        energy_uj=batch.energy_uj[rows], first_hit=first, x_mm=x, y_mm=y, t_ns=t,
    )  # fmt: skip


def merge_pulses(a: KeptPulses | None, b: KeptPulses | None) -> KeptPulses | None:
    """Unite two samples; the columns of the union are made when what is new is half of the limit.

    Small samples that wait are united with each other, so that their number does not grow with that of the batches.

    Raises
    ------
    ResultError
        If the samples have other limits.
    """
    if a is None or b is None or a.limit != b.limit:
        if a is b:
            return None
        raise ResultError("cannot merge results that keep different numbers of pulses")
    parts = [*_parts(a), *_parts(b)]
    main = max(parts, key=_size)
    others = [each for each in parts if each is not main and (each.pulses or each.ceiling < main.ceiling)]
    if len(others) > MOST_WAITING:
        others = [_united(others)]
    joined = replace(main, later=tuple(others))
    return joined if sum(map(_size, others)) <= a.limit // 2 else settled(joined)


def settled(pulses: KeptPulses) -> KeptPulses:
    """Give a sample with nothing left to unite: the same columns whatever it was merged from, and in which order."""
    parts = list(_parts(pulses))
    return parts[0] if len(parts) == 1 else _united(parts)


def _parts(pulses: KeptPulses) -> Iterator[KeptPulses]:
    yield replace(pulses, later=()) if pulses.later else pulses
    yield from pulses.later


def _united(parts: Sequence[KeptPulses]) -> KeptPulses:
    def column(name: str) -> Any:  # noqa: ANN401 - of the type of the column
        return np.concatenate([getattr(each, name) for each in parts])

    train_id, pulse, top = column("train_id"), column("pulse"), min(each.ceiling for each in parts)
    first = joined_offsets([each.first_hit for each in parts])
    found = pulse_hash(train_id, pulse)
    order = by_hash(found, train_id, pulse, runs=True)
    order = order[: np.searchsorted(found[order], np.uint64(top))]
    fitting, reached = _cut(found[order], np.diff(first)[order], parts[0].limit, top)
    order = order[:fitting]
    first, x, y, t = laid(order, first, column("x_mm"), column("y_mm"), column("t_ns"))
    return KeptPulses(
        limit=parts[0].limit, ceiling=reached, train_id=train_id[order], pulse=pulse[order],
        delay_fs=column("delay_fs")[order], energy_uj=column("energy_uj")[order], first_hit=first, x_mm=x, y_mm=y,
        t_ns=t,
    )  # fmt: skip


def _cut(found: U8, hits: I8, limit: int, top: int) -> tuple[int, int]:
    """Say how many pulses, in the order of their hashes, fit, and the ceiling that follows."""
    over = int(np.searchsorted(np.cumsum(1 + hits.astype(np.int64)), limit, side="right"))
    if over == found.size:
        return over, top
    return int(np.searchsorted(found, found[over])), int(found[over])


def as_batch(pulses: KeptPulses) -> Batch:
    """Give the sample as a batch of trains, each with those of its pulses that were kept, in their order."""
    pulses = settled(pulses)
    order = np.lexsort((pulses.pulse, pulses.train_id))
    train_id, first = np.unique(pulses.train_id[order], return_index=True)
    first_hit, x, y, t = laid(order, pulses.first_hit, pulses.x_mm, pulses.y_mm, pulses.t_ns)
    return Batch(
        train_id=train_id, first_pulse=np.append(first, order.size).astype(np.uint64), pulse_id=pulses.pulse[order],
        delay_fs=pulses.delay_fs[order], energy_uj=pulses.energy_uj[order], first_hit=first_hit, x_mm=x, y_mm=y, t_ns=t,
        timing_tool_fs=np.zeros(order.size),  # the delays that were kept are settled ones
    )  # fmt: skip


@dataclass(slots=True)
class SampleCeiling:
    """The ceiling of all that one process has analysed with a setup: where others share the work, theirs is lower."""

    setup_hash: str = ""
    _pulses: KeptPulses | None = None

    def of(self, setup: Setup) -> int:
        """Give the ceiling to analyse the next batch with."""
        return ceiling(self._pulses) if self.setup_hash == setup.hash and self._pulses is not None else NO_CEILING

    def add(self, delta: Delta) -> None:
        """Take note of what was kept."""
        known = self._pulses if delta.setup_hash == self.setup_hash else None
        self.setup_hash = delta.setup_hash
        self._pulses = delta.pulses if known is None else merge_pulses(known, delta.pulses)


def _size(pulses: KeptPulses) -> int:
    return pulses.pulses + pulses.t_ns.size

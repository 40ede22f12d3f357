"""How the hits or edges of a train are divided over its pulses, whatever way a facility says it."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, U8, AnyArray, Bool
from onlinecei.errors import WireError
from onlinecei.facility.values import MAX_PULSES, Properties, flat, numbers, whole
from onlinecei.setup import EdgesFrom, HitsFrom

Signals = HitsFrom | EdgesFrom


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Division:
    """Which entries of a source's arrays are meant, in the order of their pulses."""

    rows: I8
    """(H,) places in the flattened arrays."""
    first: U8
    """(P + 1,) pulse p owns the rows first[p] to first[p + 1]."""
    size: int
    """Entries that each of the flattened arrays has."""

    def take(self, column: F8, name: str) -> F8:
        """Give the (H,) entries of one of the arrays."""
        if column.size != self.size:
            raise WireError(f"'{name}' has {column.size} entries, the times have {self.size}")
        return column.reshape(-1)[self.rows]


def divide(signals: Signals, found: Properties, pulses: int | None) -> Division:
    """Divide the entries of a source over pulses.

    Parameters
    ----------
    signals
        How the setup says that it is done.
    found
        What the source has sent.
    pulses
        How many pulses the train has, where something else says it.

    Raises
    ------
    WireError
        It cannot be done, and why.
    """
    times = numbers(found.values.get(signals.t_key), signals.t_key)
    said = found.values.get(signals.division_key) if signals.division_key else None
    name = signals.division_key or ""
    match signals.divided:
        case "padded":
            division = _padded(signals, times, None if signals.division_key is None else whole(said, name, times.size))
        case "count":
            division = _counted(whole(said, name, times.size), _filled(signals, times), name)
        case "offset":
            division = _offsets(whole(said, name, times.size), _filled(signals, times), name)
        case "index":
            division = _indexed(signals, flat(said, name), _filled(signals, times), pulses or 0)
    return _of_pulses(division, pulses, name or signals.t_key)


def _filled(signals: Signals, times: F8) -> Bool:
    """Tell which entries are there, and which only fill arrays up that are as long for every train."""
    filled: Bool = ~np.isnan(times)
    return filled & (times != 0) if signals.padding == "zero" else filled


def _counted(counts: I8, filled: Bool, name: str) -> Division:
    size, number = filled.size, int(counts.sum())
    if number != size and (number > size or filled.reshape(-1)[number:].any()):
        raise WireError(f"'{name}' counts {number} entries, there are {size}")
    return Division(rows=np.arange(number), first=_ends(counts), size=size)


def _offsets(offsets: I8, filled: Bool, name: str) -> Division:
    size = filled.size
    rising = offsets.size and offsets[0] == 0 and not np.any(offsets[1:] < offsets[:-1])
    if not rising or offsets[-1] > size or filled.reshape(-1)[int(offsets[-1]) :].any():
        raise WireError(f"'{name}' does not rise from 0 to the number of entries, {size}")
    return Division(rows=np.arange(int(offsets[-1])), first=offsets.astype(np.uint64), size=size)


def _indexed(signals: Signals, pulse: F8, filled: Bool, pulses: int) -> Division:
    size, name, first = filled.size, signals.division_key, signals.division_first
    if pulse.size != size:
        raise WireError(f"'{name}' has {pulse.size} entries, the times have {size}")
    pulse = pulse[: int(np.flatnonzero(filled).max(initial=-1)) + 1]
    last = first + pulses - 1
    if pulse.size and not (np.all(pulse >= first) and np.all(pulse <= last) and np.all(pulse == np.floor(pulse))):
        found = f"'{name}' goes from {pulse.min():g} to {pulse.max():g}"
        raise WireError(f"{found}, expected whole numbers of pulses from {first} to {last}, see division_first")
    number = pulse.astype(np.int64) - first
    counts = np.bincount(number, minlength=pulses)
    return Division(rows=np.argsort(number, kind="stable"), first=_ends(counts), size=size)


def _padded(signals: Signals, times: F8, counts: I8 | None) -> Division:
    if times.ndim < 2:
        raise WireError(f"'{signals.t_key}' has shape {times.shape}, expected a row for each pulse")
    pulses = _possible(times.shape[0], signals.t_key)
    filled = _filled(signals, times)
    if counts is not None:
        if counts.size != pulses or times.ndim != 2:
            raise WireError(f"'{signals.division_key}' has {counts.size} counts, '{signals.t_key}' is {times.shape}")
        filled = np.arange(times.shape[1]) < counts[:, None]
    per_pulse = filled.reshape(pulses, -1).sum(axis=1) if times.size else np.zeros(pulses, np.int64)
    return Division(rows=np.flatnonzero(filled), first=_ends(per_pulse), size=times.size)


def _of_pulses(division: Division, pulses: int | None, name: str) -> Division:
    """Let go of rows that stand for no pulse, where the number of pulses is known from elsewhere."""
    here = _possible(division.first.size - 1, name)
    if pulses is None or pulses == here:
        return division
    if pulses > here:
        raise WireError(f"'{name}' has {here} pulses, the train has {pulses}")
    first = division.first[: pulses + 1]
    return Division(rows=division.rows[: int(first[-1])], first=first, size=division.size)


def _possible(pulses: int, name: str) -> int:
    if pulses > MAX_PULSES:
        raise WireError(f"'{name}' has {pulses} pulses, at most {MAX_PULSES} are taken")
    return pulses


def _ends(counts: AnyArray) -> U8:
    return np.cumsum(np.append(0, counts)).astype(np.uint64)

"""Where the time of a worker goes: nanoseconds per hit of each of its steps, and what the memory would allow."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial, reduce

from onlinecei.analysis import analyse, nothing
from onlinecei.arrays import Bool
from onlinecei.bench.bandwidth import copy_gb_per_s
from onlinecei.bench.cases import Case, analyse_messages, with_channels
from onlinecei.bench.timing import timed
from onlinecei.centroids import accumulate, ceiling, keep, keep_pulses, merge
from onlinecei.centroids.layout import searched
from onlinecei.coincidence import find_all, identify
from onlinecei.detector import accept
from onlinecei.ions import Channel
from onlinecei.memory import keep_freed_memory
from onlinecei.records import Batch, Coincidences, Delta, Hits, Ions
from onlinecei.setup import Setup
from onlinecei.stream.wire import decode_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Steps of one case."""

    name: str
    steps: tuple[tuple[str, float], ...]
    """Step and nanoseconds per hit of the run. Those of a channel count the work that it adds."""
    whole: float
    """The whole stage, measured by itself."""
    wire_bytes: float
    """Per hit: what comes in, and has to be read once."""
    column_bytes: float
    """Per hit: the columns between the steps, each written once and read once."""
    copy_gb_per_s: float

    @property
    def rest(self) -> float:
        """What the steps do not explain: further sums, and calls between the steps."""
        return self.whole - sum(nanoseconds for _, nanoseconds in self.steps)

    @property
    def bound_by_wire(self) -> float:
        """Hits per second if the bytes that come in were all that moves, at the speed of a copy."""
        return self.copy_gb_per_s * 1e9 / self.wire_bytes

    @property
    def bound_by_columns(self) -> float:
        """Hits per second if the columns between the steps went through the memory too; they stay in the caches."""
        return self.copy_gb_per_s * 1e9 / (self.wire_bytes + self.column_bytes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Work:
    """One batch with what every step of it takes."""

    message: Sequence[bytes]
    batch: Batch
    hits: Hits
    ions: Ions
    found: list[Coincidences]
    counted: list[Bool]
    ceiling: int
    """Of the pulses that earlier batches left to be kept."""
    delta: Delta

    @classmethod
    def of(cls, message: Sequence[bytes], setup: Setup, ceiling: int) -> "_Work":
        batch, _ = decode_batch(message)
        hits = accept(batch, setup)
        ions = identify(hits, setup)
        found = find_all(ions, _wanted(setup), setup)
        _, counted = accumulate(batch, hits, ions, found, setup)
        return cls(
            message=message, batch=batch, hits=hits, ions=ions, found=found, counted=counted, ceiling=ceiling,
            delta=analyse(batch, setup, ceiling),
        )  # fmt: skip


def _works(case: Case) -> list[_Work]:
    works, total = [], nothing(case.setup)
    for message in case.messages:
        works.append(_Work.of(message, case.setup, ceiling(total.pulses)))
        total = merge(total, works[-1].delta)
    return works


def profile(case: Case, repeats: int) -> Profile:
    """Measure every step of a case by itself, in one thread."""
    keep_freed_memory()
    setup = case.setup
    works = _works(case)

    def clock(step: Callable[[_Work], object]) -> float:
        best, _ = timed(lambda: [step(work) for work in works], repeats, time.thread_time)
        return 1e9 * best / case.hits

    merging, _ = timed(lambda: reduce(merge, (work.delta for work in works), nothing(setup)), repeats, time.thread_time)
    whole, _ = timed(lambda: analyse_messages(case.messages, setup), repeats, time.thread_time)
    steps = {
        "decode": clock(lambda work: decode_batch(work.message)),
        "accept": clock(lambda work: accept(work.batch, setup)),
        "identify": clock(lambda work: identify(work.hits, setup)),
        **_finding(setup, clock),
        **_filling(setup, clock),
        "keep events": clock(lambda work: keep(work.batch, work.found, work.counted, setup)),
        "keep pulses": clock(lambda work: keep_pulses(work.batch, work.hits, setup.limits.kept_hits, work.ceiling)),
        "merge": 1e9 * merging / case.hits,
    }
    return Profile(
        name=case.name, steps=tuple(steps.items()), whole=1e9 * whole / case.hits,
        wire_bytes=case.wire_bytes / case.hits, column_bytes=2.0 * sum(map(_column_bytes, works)) / case.hits,
        copy_gb_per_s=copy_gb_per_s(repeats),
    )  # fmt: skip


_Clock = Callable[[Callable[[_Work], object]], float]


def _wanted(setup: Setup) -> list[tuple[Channel, float | None, float]]:
    return [(section.channel, *searched(section)) for section in setup.channels]


def _finding(setup: Setup, clock: _Clock) -> dict[str, float]:
    """The order by species, made once, and the search of each channel."""
    order = clock(lambda work: find_all(work.ions, [], setup))
    return {"order by species": order} | {
        f"find {wanted[0]}": clock(partial(_find_one, wanted, setup)) - order for wanted in _wanted(setup)
    }


def _find_one(wanted: tuple[Channel, float | None, float], setup: Setup, work: _Work) -> None:
    find_all(work.ions, [wanted], setup)


def _filling(setup: Setup, clock: _Clock) -> dict[str, float]:
    """Spectra and images of hits, and the sums of each channel."""
    hits = clock(partial(_fill, slice(0), with_channels(setup, [])))
    return {"fill hits": hits} | {
        f"fill {section.channel}": clock(partial(_fill, slice(k, k + 1), with_channels(setup, [section]))) - hits
        for k, section in enumerate(setup.channels)
    }


def _fill(channels: slice, setup: Setup, work: _Work) -> None:
    accumulate(work.batch, work.hits, work.ions, work.found[channels], setup)


def _column_bytes(work: _Work) -> int:
    return _size(work.hits) + _size(work.ions) + sum(each.pulse.nbytes + each.ion.nbytes for each in work.found)


def _size(record: Hits | Ions) -> int:
    return sum(getattr(getattr(record, each.name), "nbytes", 0) for each in fields(record))

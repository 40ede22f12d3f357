"""Speed of the line with three channels, from wire bytes to the merged Delta: one thread, and several workers."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from onlinecei.analysis import analyse
from onlinecei.bench.bandwidth import copy_gb_per_s
from onlinecei.bench.cases import Case, analyse_messages, water_case
from onlinecei.bench.ethanol import crowded_case, nine_ions_case, one_pulse
from onlinecei.bench.timing import timed
from onlinecei.bench.workers import cores, parallel_seconds
from onlinecei.centroids import Layout
from onlinecei.memory import keep_freed_memory
from onlinecei.records import Delta
from onlinecei.setup import Setup

CROWDED_PULSE = 500
"""Hits of one pulse that must not hold up the line."""
WORKERS = (1, 2, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """One run through the stage of the workers."""

    name: str
    note: str
    hits_per_pulse: float
    events_per_pulse: float
    """Of all channels."""
    hits_per_second: float
    """Of processor time of one thread, best turn."""
    median: float
    gb_per_second: float
    """Wire bytes."""
    share_of_copy: float
    """Wire bytes over those that a copy reads and writes in the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkersRow:
    """One run through several workers at once."""

    name: str
    workers: int
    hits_per_second: float
    ratio: float
    """To one worker."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseRow:
    """One pulse of many hits."""

    name: str
    hits: int
    milliseconds: float
    found: int
    """Events of all channels."""
    cut: int
    """Channels whose limit it met."""


def cases(folder: Path) -> Iterator[Case]:
    """The runs of a folder that are there, and the one that is simulated in place."""
    for name, make in (("water.h5", water_case), ("ethanol.h5", crowded_case)):
        if (folder / name).is_file():
            yield make(folder / name)
    yield nine_ions_case()


def line_row(case: Case, repeats: int) -> LineRow:
    """Measure a run in one thread."""
    keep_freed_memory()  # as the workers do
    best, median = timed(lambda: analyse_messages(case.messages, case.setup), repeats, time.thread_time)
    speed = case.wire_bytes / 1e9 / best
    return LineRow(
        name=case.name,
        note=case.note,
        hits_per_pulse=case.hits / case.pulses,
        events_per_pulse=_events(analyse_messages(case.messages, case.setup), case.setup) / case.pulses,
        hits_per_second=case.hits / best,
        median=case.hits / median,
        gb_per_second=speed,
        share_of_copy=speed / copy_gb_per_s(repeats),
    )


def workers_rows(case: Case, repeats: int, most: int | None = None) -> list[WorkersRow]:
    """Measure a run in 1, 2 and 4 processes at once, as far as there are cores."""
    numbers = [number for number in WORKERS if number <= (most or cores())]
    speeds = [case.hits * number / parallel_seconds(case, number, repeats) for number in numbers]
    return [
        WorkersRow(name=case.name, workers=number, hits_per_second=speed, ratio=speed / speeds[0])
        for number, speed in zip(numbers, speeds, strict=True)
    ]


def pulse_row(case: Case, repeats: int, hits: int = CROWDED_PULSE) -> PulseRow:
    """Measure one pulse made of the first hits of a run."""
    batch = one_pulse(case, hits)
    best, _ = timed(lambda: analyse(batch, case.setup), repeats, time.thread_time)
    delta, layout = analyse(batch, case.setup), Layout.of(case.setup)
    cut = sum(int(layout.view(delta.values, f"{each.name}:pulses_cut")) for each in case.setup.channels)
    found = _events(delta, case.setup)
    return PulseRow(name=case.name, hits=hits, milliseconds=1e3 * best, found=found, cut=cut)


def _events(delta: Delta, setup: Setup) -> int:
    layout = Layout.of(setup)
    return sum(int(layout.view(delta.values, f"{each.name}:events").sum()) for each in setup.channels)

"""Measured speeds: how long something takes, and a row of the table of results."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One measured number."""

    name: str
    value: float
    unit: str
    note: str = ""
    """What was measured, and how far its median lies from its best."""


def timed(
    work: Callable[[], object], repeats: int, clock: Callable[[], float] = time.perf_counter
) -> tuple[float, float]:
    """Best and median seconds of some work, after one turn that is not counted (it compiles)."""
    work()
    seconds = []
    for _ in range(max(repeats, 1)):
        start = clock()
        work()
        seconds.append(clock() - start)
    return min(seconds), statistics.median(seconds)


def rate_row(name: str, amount: float, unit: str, seconds: tuple[float, float], note: str) -> Row:
    """Amount per second of the best turn; the note tells the median."""
    best, median = seconds
    return Row(name, amount / best, unit, f"{note}; median {amount / median:.4g}")

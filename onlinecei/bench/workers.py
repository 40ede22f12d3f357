"""Several processes that run the workers' stage at once: what they leave each other of memory and caches."""

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from threading import BrokenBarrierError
from typing import Protocol

import numpy as np

from onlinecei.bench.cases import Case, Messages, analyse_messages
from onlinecei.errors import CEIError
from onlinecei.memory import keep_freed_memory
from onlinecei.setup import Setup

WAIT_SECONDS = 300.0
"""For the slowest process to be ready or done."""


class _Barrier(Protocol):
    def wait(self, timeout: float) -> int: ...


class _Task:
    """What a process was started with."""

    messages: Messages
    setup: Setup
    barrier: _Barrier


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def parallel_seconds(case: Case, workers: int, repeats: int) -> float:
    """Seconds of the best turn in which every worker takes all batches of a case, from its wire bytes to its sums.

    By the clock on the wall, from the common start until the last one is done. Reading files and the line's sockets
    have no part in it.

    Raises
    ------
    CEIError
        A process did not get ready or did not come to its end.
    """
    context = get_context("spawn")
    arguments = case.messages, case.setup, context.Barrier(workers)
    with ProcessPoolExecutor(workers, context, _start, arguments) as processes:
        try:
            turns: list[list[float]] = list(processes.map(_turns, [repeats] * workers))
        except BrokenBarrierError as error:
            raise CEIError(f"one of {workers} workers was not ready in {WAIT_SECONDS:.0f} s") from error
    return float(np.max(turns, axis=0).min())


def _start(messages: Messages, setup: Setup, barrier: _Barrier) -> None:
    keep_freed_memory()
    _Task.messages, _Task.setup, _Task.barrier = messages, setup, barrier


def _turns(repeats: int) -> list[float]:
    """Seconds of each turn after one that is not counted; all processes begin each turn together."""
    seconds = []
    for _ in range(repeats + 1):
        _Task.barrier.wait(WAIT_SECONDS)
        start = time.perf_counter()
        analyse_messages(_Task.messages, _Task.setup)
        seconds.append(time.perf_counter() - start)
    return seconds[1:]

"""Tasks to all cores, or to a cluster."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

from onlinecei.cluster import connected, get_ready, width
from onlinecei.errors import CEIError
from onlinecei.molexa.data.schema import Key, Part

_LOOK_S = 0.5
"""How often a wish to stop is noticed."""


class Task(Protocol):
    """A block to be made; it is sent to other processes where there is a cluster."""

    @property
    def key(self) -> Key:
        """What the block is of."""

    def make(self) -> Part:
        """Make it."""


def made(tasks: Sequence[Task], workers: int, scheduler: str | None, stop: Callable[[], bool]) -> Iterator[Part]:
    """Give the parts as they come, with two tasks for each worker on their way; what cannot be made comes last."""
    rest = iter(tasks)
    running: dict[Future[Part], Task] = {}
    with _executor(workers, scheduler, stop) as (pool, at_once):
        try:
            while True:
                while len(running) < 2 * at_once() and not stop() and (task := next(rest, None)) is not None:
                    running[pool.submit(_make, task)] = task
                if stop():
                    running = {future: task for future, task in running.items() if not future.cancel()}
                if not running:
                    return
                done = wait(running, timeout=_LOOK_S, return_when=FIRST_COMPLETED).done
                for future in sorted(done, key=_failed):
                    yield _result(future, running.pop(future))
        finally:
            for future in running:
                future.cancel()


def _make(task: Task) -> Part:
    """Make the block of a task, wherever the task has been sent."""
    return task.make()


def _failed(future: Future[Part]) -> bool:
    return future.exception() is not None


def _result(future: Future[Part], task: Task) -> Part:
    try:
        return future.result()
    except CEIError as error:
        raise CEIError(f"block {task.key[1]} of '{task.key[0]}' cannot be made: {error}") from error


@contextmanager
def _executor(
    workers: int, scheduler: str | None, stop: Callable[[], bool]
) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """Open threads or, with a scheduler, a Dask cluster; say how many tasks they take at once."""
    if scheduler is None:
        with ThreadPoolExecutor(workers) as pool:
            yield pool, lambda: workers
        return
    with connected(scheduler, workers) as client, client.get_executor(pure=False) as pool:
        get_ready(client, scheduler, stop)
        yield pool, lambda: max(width(client), 1)

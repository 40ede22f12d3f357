"""Tasks to all cores, or to a cluster."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol

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
    with _executor(workers, scheduler) as (pool, width):
        try:
            while True:
                while len(running) < 2 * width and not stop() and (task := next(rest, None)) is not None:
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
def _executor(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    """Open threads or, with the address of a scheduler, a Dask cluster; say how many tasks they take at once."""
    if scheduler is None:
        with ThreadPoolExecutor(workers) as pool:
            yield pool, workers
        return
    try:
        from distributed import Client  # noqa: PLC0415 - only where there is a cluster
    except ImportError as error:
        raise CEIError("a scheduler needs Dask, which is not installed: pip install 'onlinecei[cluster]'") from error
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise CEIError(f"there is no Dask scheduler at '{scheduler}': {error}") from error
    with client, client.get_executor(pure=False) as pool:
        yield pool, max(sum(client.nthreads().values()), 1)

"""Training data without end: block b depends on b alone, so that training can begin again anywhere."""

from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Protocol

from onlinecei.errors import CEIError
from onlinecei.molexa.training.explosions import Explosions


def check_shares(of: str, shares: Sequence[float]) -> None:
    """Make sure that shares are the parts of a whole.

    Raises
    ------
    CEIError
        They are not.
    """
    if not (shares and min(shares) >= 0 and abs(sum(shares) - 1) < 1e-9):
        raise CEIError(f"shares of {of} are {shares}, expected numbers that add up to 1")


class Stream(Protocol):
    """A source of explosions."""

    @property
    def steps_per_block(self) -> int:
        """How many steps of training a block serves."""

    def block(self, number: int) -> list[Explosions]:
        """Make block `number`: explosions for each of its steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """The blocks of a stream that one of several processes takes: together they take all, each another."""

    stream: Stream
    rank: int
    size: int

    @property
    def steps_per_block(self) -> int:
        """As of the stream."""
        return self.stream.steps_per_block

    def block(self, number: int) -> list[Explosions]:
        """Make the block of this process; those of the others come between."""
        return self.stream.block(number * self.size + self.rank)


def steps_from(stream: Stream, first: int, workers: int) -> Generator[Explosions]:
    """Give the explosions of each step, from step `first` on, made by so many threads ahead of their use."""
    block, skip = divmod(first, stream.steps_per_block)
    for made in _blocks(stream, block, workers):
        yield from made[skip:]
        skip = 0


def _blocks(stream: Stream, first: int, workers: int) -> Generator[list[Explosions]]:
    if not workers:
        yield from map(stream.block, count(first))
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[Future[list[Explosions]]] = []
        try:
            for number in count(first):
                waiting.append(pool.submit(stream.block, number))
                if len(waiting) > workers:
                    yield waiting.pop(0).result()
        finally:
            pool.shutdown(cancel_futures=True)

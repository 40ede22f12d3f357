"""Several streams of training data in one."""

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from onlinecei.arrays import I8
from onlinecei.errors import CEIError
from onlinecei.molexa.training.explosions import Explosions, side_by_side
from onlinecei.molexa.training.stream import Stream, check_shares


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mixture:
    """A `Stream` whose every step has samples of each of several streams."""

    streams: tuple[Stream, ...]
    shares: tuple[float, ...]
    """Of the samples of a step, for each stream."""
    size: int = 256
    """Samples of a step."""
    seed: int = 1

    def __post_init__(self) -> None:
        check_shares("streams", self.shares)
        if len(self.shares) != len(self.streams):
            raise CEIError(f"there are {len(self.shares)} shares, expected one for each of {len(self.streams)} streams")
        if self.size < 1:
            raise CEIError(f"size is {self.size}, expected 1 or more samples")

    @property
    def steps_per_block(self) -> int:
        """A block takes whole blocks of every stream."""
        return math.lcm(*(each.steps_per_block for each in self.streams))

    @property
    def counts(self) -> list[int]:
        """Samples of a step, of each stream: whole numbers as near to the shares as can be."""
        ends = [round(self.size * each) for each in accumulate(self.shares, initial=0.0)]
        return [after - before for before, after in pairwise(ends)]

    def block(self, number: int) -> list[Explosions]:
        """Draw from the steps of the streams; a step with fewer samples than its share gives some again."""
        rng = np.random.default_rng([self.seed, number])
        pairs = zip(self.counts, self.streams, strict=True)
        used = [(count, self._steps(each, number)) for count, each in pairs if count]
        return [
            side_by_side([_drawn(own[step % len(own)], count, rng) for count, own in used])
            for step in range(self.steps_per_block)
        ]

    def _steps(self, stream: Stream, number: int) -> list[Explosions]:
        blocks = self.steps_per_block // stream.steps_per_block
        return [step for each in range(blocks) for step in stream.block(number * blocks + each)]


def _drawn(step: Explosions, count: int, rng: np.random.Generator) -> Explosions:
    rows: I8 = np.resize(rng.permutation(len(step.mass_au)), count)
    return step.rows(rows)

"""A training that torchrun starts in two processes, and the same one alone; no test itself, but used by one."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from onlinecei.molexa.network import Inputs, LossOptions, Network
from onlinecei.molexa.training import Options, read_log, train
from onlinecei.molexa.training.explosions import Explosions, side_by_side

OPTIONS = Options(steps=8, learning_rate=0.05, warm_up=2, log_every=1, workers=0, threads=1, device="cpu")


@dataclass(frozen=True)
class NoSizes:
    """A network of one size."""


class Linear(Network):
    """Positions that are linear in the momenta; its loss has no noise."""

    NAME, VERSION, CONFIG = "linear", 1, NoSizes

    def __init__(self) -> None:
        super().__init__()
        self.config = NoSizes()
        self.layer, self.idle = nn.Linear(3, 3), nn.Linear(2, 2)

    def loss(self, inputs: Inputs, position_au: Tensor, *_: torch.Generator | LossOptions) -> Tensor:
        return (self.answer(inputs) - position_au).square().sum((1, 2))

    def answer(self, inputs: Inputs) -> Tensor:
        found: Tensor = self.layer(inputs.momentum_au[:, 0]) * inputs.atoms[..., None]
        return found

    def draw(self, inputs: Inputs, noise: Tensor, steps: int = 5) -> Tensor:
        raise NotImplementedError


@dataclass(frozen=True)
class Blocks:
    """Two steps each, all different, of 5 or 8 samples."""

    steps_per_block: int = 2

    def block(self, number: int) -> list[Explosions]:
        return [self._step(np.random.default_rng([number, step])) for step in range(2)]

    def _step(self, rng: np.random.Generator) -> Explosions:
        count = int(rng.choice([5, 8]))
        numbers = np.tile([8, 1, 1], (count, 1))
        numbers[::2, 2] = 0
        charge = (numbers > 0)[:, None].astype(float)
        momentum = rng.normal(size=(count, 1, 3, 3)) * charge[..., None]
        return Explosions(
            atomic_number=numbers,
            mass_au=numbers.astype(float),
            charge=charge,
            momentum_au=momentum,
            known=charge > 0,
            position_au=momentum[:, 0] @ np.diag([1.0, -2.0, 0.5]),
        )


@dataclass(frozen=True)
class Joined:
    """Blocks 2 b and 2 b + 1 as one."""

    steps_per_block: int = 2

    def block(self, number: int) -> list[Explosions]:
        pairs = zip(Blocks().block(2 * number), Blocks().block(2 * number + 1), strict=True)
        return [side_by_side(pair) for pair in pairs]


def main(directory: Path, rank: int) -> None:
    """Train until the second process alone wishes to stop, after step 5, then go on; it has weights of its own."""
    torch.manual_seed(rank)
    asked = iter([False] * 5 + [rank == 1] + [False] * 5)
    train(Linear(), Blocks(), directory, OPTIONS, stop=lambda: next(asked))
    (directory / f"process-{rank}").write_text(f"stopped after step {read_log(directory)[-1]['step']}")
    train(Linear(), Blocks(), directory, OPTIONS)


if __name__ == "__main__":
    import os

    main(Path(sys.argv[1]), int(os.environ["RANK"]))

"""The state of one training, and its steps."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import torch

from onlinecei.errors import CEIError
from onlinecei.molexa.network import OnlineCEI, save_network
from onlinecei.molexa.training import checkpoint
from onlinecei.molexa.training.checkpoint import Progress
from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.loss import loss
from onlinecei.molexa.training.options import Options
from onlinecei.molexa.training.schedule import learning_rate, update_average

CHECKPOINT, WEIGHTS = "checkpoint.safetensors", "weights.safetensors"
_BETAS = (0.9, 0.99)
_MOST_SKIPPED = 10
"""Steps that may have a gradient that is not finite, beside one in a hundred."""


class Trainer:
    """A network, the average over its weights and its optimizer; continued where the directory has a checkpoint."""

    def __init__(self, directory: Path, options: Options, network: OnlineCEI) -> None:
        self.directory, self.options = directory, options
        self.device = _device(options.device)
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        self.network = network.to(self.device)
        self.average = deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, betas=_BETAS, weight_decay=options.weight_decay
        )
        self.progress = Progress()
        if (path := directory / CHECKPOINT).exists():
            self.progress = checkpoint.load(path, self.network, self.average, self.optimizer, options)

    @property
    def share_done(self) -> float:
        """How much of the training lies behind: 0 to 1."""
        of_steps = self.progress.step / self.options.steps if self.options.steps else 0.0
        of_time = self.progress.seconds / (3600 * self.options.hours) if self.options.hours else 0.0
        return max(of_steps, of_time)

    def step(self, explosions: Explosions) -> float:
        """Learn from explosions once; give the loss.

        Raises
        ------
        CEIError
            Too many gradients were not finite.
        """
        options, progress = self.options, self.progress
        rate = learning_rate(options.learning_rate, progress.step, options.warm_up, self.share_done)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        value = self._gradients(explosions)
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), options.clip)
        if bool(norm.isfinite()):
            self.optimizer.step()
            update_average(self.average, self.network, progress.step, options.average)
        else:
            self._skip()
        progress.step += 1
        progress.samples += len(explosions.mass_au)
        return value

    def _gradients(self, explosions: Explosions) -> float:
        generator = torch.Generator(self.device).manual_seed(self._seed())
        total = 0.0
        for piece in explosions.pieces(self.options.pieces):
            each = loss(
                self.network,
                piece.inputs().to(self.device),
                piece.positions().to(self.device),
                generator,
                draws=self.options.draws,
                distance_weight=self.options.distance_weight,
            )
            part = each.sum() / len(explosions.mass_au)
            part.backward()
            total += float(part.detach())
        return total

    def _seed(self) -> int:
        """Seed of the noise: of each step another, so that no state of a random source need be kept."""
        words = np.random.SeedSequence([self.options.seed, self.progress.step]).generate_state(1, np.uint64)
        return int(words[0] >> 1)

    def _skip(self) -> None:
        progress = self.progress
        progress.skipped += 1
        if progress.skipped > _MOST_SKIPPED + progress.step / 100:
            raise CEIError(f"{progress.skipped} of {progress.step + 1} steps had a gradient that is not finite")

    def save(self) -> None:
        """Write the checkpoint and the averaged weights."""
        path = self.directory / CHECKPOINT
        checkpoint.save(path, self.network, self.average, self.optimizer, self.progress, self.options)
        note = f"{self.progress.samples} simulated explosions"
        save_network(self.directory / WEIGHTS, self.average, trained_on=note)


def _device(name: str) -> torch.device:
    there = torch.cuda.is_available()
    if name == "auto":
        return torch.device("cuda" if there else "cpu")
    if name == "cuda" and not there:
        raise CEIError("device is 'cuda', but PyTorch finds none, expected 'cpu' or 'auto'")
    return torch.device(name)

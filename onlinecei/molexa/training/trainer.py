"""The state of one training, and its steps."""

from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from torch import nn

from onlinecei.errors import CEIError
from onlinecei.molexa.network import Network, save_network
from onlinecei.molexa.network.base import headed
from onlinecei.molexa.network.device import find_device
from onlinecei.molexa.training import checkpoint
from onlinecei.molexa.training.checkpoint import Progress
from onlinecei.molexa.training.explosions import Explosions
from onlinecei.molexa.training.options import Options
from onlinecei.molexa.training.schedule import learning_rate, update_average
from onlinecei.molexa.training.team import Team

CHECKPOINT, WEIGHTS = "checkpoint.safetensors", "weights.safetensors"
_BETAS = (0.9, 0.99)
_MOST_SKIPPED = 10
"""Steps that may have a gradient that is not finite, beside one in a hundred."""


class Trainer:
    """A network, the average over its weights and its optimizer; continued where the directory has a checkpoint."""

    def __init__(self, directory: Path, options: Options, network: Network, team: Team | None = None) -> None:
        self.directory, self.options = directory, options
        self.team = team or Team(device=find_device(options.device))
        if options.threads is not None:
            torch.set_num_threads(options.threads)
        self.network = network.to(self.team.device).train(not options.head)
        self.trained = _to_train(self.network, options)
        self.loss = headed(self.network).head_loss if options.head else self.network.loss
        self.average = deepcopy(self.network).eval()
        self.optimizer = torch.optim.AdamW(
            self.trained, options.learning_rate, betas=_BETAS, weight_decay=options.weight_decay
        )
        self.progress = Progress(processes=self.team.size)
        self._continue()

    def _continue(self) -> None:
        path = self.directory / CHECKPOINT
        if path.exists():
            self.progress = checkpoint.load(path, self.network, self.average, self.optimizer, self.options)
        if self.progress.processes != self.team.size:
            raise CEIError(f"'{path}' is of {self.progress.processes} processes, expected {self.team.size}")
        self.team.same(self.network)
        self.team.same(self.average)

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
        samples = self.team.total(len(explosions.mass_au))
        value = self._gradients(explosions, samples)
        norm = torch.nn.utils.clip_grad_norm_(self.trained, options.clip)
        if bool(norm.isfinite()):
            self.optimizer.step()
            update_average(self.average, self.network, progress.step, options.average)
        else:
            self._skip()
        progress.step += 1
        progress.samples += int(samples)
        return value

    def _gradients(self, explosions: Explosions, samples: float) -> float:
        """Of the mean over the samples of all processes; give that mean."""
        device = self.team.device
        generator = torch.Generator(device).manual_seed(self._seed())
        total = torch.zeros((), device=device)
        for piece in explosions.pieces(self.options.pieces):
            each = self.loss(piece.inputs().to(device), piece.positions().to(device), generator, self.options.loss)
            part = each.sum() / samples
            part.backward()
            total += part.detach()
        self.team.add_gradients(self.trained)
        return self.team.total(total.item())

    def _seed(self) -> int:
        """Seed of the noise: of each step and process another, so that no state of a random source need be kept."""
        rank = [self.team.rank] if self.team.rank else []
        words = np.random.SeedSequence([self.options.seed, self.progress.step, *rank]).generate_state(1, np.uint64)
        return int(words[0] >> 1)

    def _skip(self) -> None:
        progress = self.progress
        progress.skipped += 1
        if progress.skipped > _MOST_SKIPPED + progress.step / 100:
            raise CEIError(f"{progress.skipped} of {progress.step + 1} steps had a gradient that is not finite")

    def save(self) -> None:
        """Write the checkpoint and the averaged weights, if this process is the one to."""
        if not self.team.leads:
            return
        path = self.directory / CHECKPOINT
        checkpoint.save(path, self.network, self.average, self.optimizer, self.progress, self.options)
        note = f"{self.progress.samples} simulated explosions"
        save_network(self.directory / WEIGHTS, self.average, trained_on=note)


def _to_train(network: Network, options: Options) -> list[nn.Parameter]:
    """Choose what is trained, and let the rest have no gradient."""
    chosen = headed(network).head_parameters() if options.head else list(network.parameters())
    network.requires_grad_(requires_grad=False)
    for each in chosen:
        each.requires_grad_()
    return chosen

"""Training of the correction."""

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.forward.correction import Correction
from onlinecei.molexa.forward.emulator import Emulator
from onlinecei.molexa.forward.means import Means
from onlinecei.molexa.training.schedule import learning_rate, update_average

_PIECES = 4
"""Of a step, by size: small molecules need not be filled up to large ones."""
_AT_ONCE = 256
_BETAS = (0.9, 0.99)
_SAVE_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What decides the course of training, beside the data."""

    minutes: float | None = None
    """End after so long; the learning rate falls to a hundredth until then."""
    steps: int | None = None
    """End after so many instead, or as well."""
    batch: int = 128
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    clip: float = 1.0
    """Largest norm of a gradient."""
    average: float = 0.998
    """Share of the averaged weights that stays from one step to the next."""
    floor: float = 0.02
    """Misfit that is good enough, beside the statistical error: smaller ones gain little."""
    warm_up: int = 200
    """Steps over which the learning rate rises."""
    seed: int = 1

    def __post_init__(self) -> None:
        if not (self.minutes or self.steps):
            raise CEIError("training has no end: give minutes, steps or both")

    def progress(self, step: int, seconds: float) -> float:
        """How much lies behind: 0 to 1."""
        of_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(of_time, step / self.steps if self.steps else 0.0)


def misfits(emulator: Emulator, means: Means) -> F8:
    """Distance of the momenta from the means, of all atoms together, over the size of the momenta (E,)."""
    found = np.zeros(means.error.shape)
    by_size = np.argsort(means.atoms, kind="stable")
    for first in range(0, by_size.size, _AT_ONCE):
        own = by_size[first : first + _AT_ONCE]
        with torch.inference_mode():
            found[own] = _misfit_squares(emulator, emulator.correction, means.rows(own)).sqrt().double().numpy()
    return found


def _misfit_squares(emulator: Emulator, correction: Correction, means: Means) -> Tensor:
    seen = emulator.explosion(means.atomic_number, means.charge, means.position_au, means.effective_au)
    lacking = torch.from_numpy(means.momentum_au - means.effective_au).to(seen.charge)
    size = torch.from_numpy(means.size_au).to(seen.charge)
    squares: Tensor = (correction(seen) - lacking).square().sum((1, 2)) / size.square()
    return squares


def train_forward(
    means: Means,
    options: Options,
    path: Path,
    start: Emulator | None = None,
    report: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Emulator:
    """Learn the correction from means of the Monte Carlo.

    The loss of an explosion is ``sqrt(1 + d^2 / (e^2 + floor^2)) - 1`` with its relative misfit d and the statistical
    error e: linear in large misfits, of which there are many in molecules with silicon.

    Parameters
    ----------
    means
        To learn from.
    options
        How.
    path
        Where the averaged weights are written, every two minutes and at the end.
    start
        Weights to begin with; random ones if omitted.
    report
        Called with the number of steps and the mean loss whenever weights are written.

    Returns
    -------
    Emulator
        With the averaged weights. Its `error` is the median misfit beyond the statistical error, of all of `means`.
    """
    torch.manual_seed(options.seed)
    network = (deepcopy(start.correction) if start else Correction()).train().requires_grad_()
    emulator = Emulator(deepcopy(network), start.base if start else None)
    optimizer = torch.optim.AdamW(network.parameters(), betas=_BETAS, weight_decay=options.weight_decay)
    usable = np.flatnonzero(np.isfinite(means.effective_au).all(axis=(1, 2)))
    rng, began, saved, losses = np.random.default_rng(options.seed), time.monotonic(), 0.0, list[float]()
    for step in count():
        elapsed = time.monotonic() - began
        if (progress := options.progress(step, elapsed)) >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(options.learning_rate, step, options.warm_up, progress)
        losses.append(_step(emulator, network, means.rows(rng.choice(usable, options.batch)), optimizer, options))
        update_average(emulator.correction, network, step, options.average)
        if elapsed - saved > _SAVE_S:
            emulator.save(path)
            report(step, float(np.mean(losses)))
            saved, losses = elapsed, []
    emulator.error = _beyond(emulator, means.rows(usable))
    emulator.save(path)
    return emulator


def _beyond(emulator: Emulator, means: Means) -> float:
    """Median misfit beyond the statistical error."""
    squares = np.square(misfits(emulator, means)) - np.square(means.error)
    return float(np.median(np.sqrt(np.maximum(squares, 0.0))))


def _step(
    emulator: Emulator, network: Correction, means: Means, optimizer: torch.optim.Optimizer, options: Options
) -> float:
    optimizer.zero_grad()
    total = 0.0
    for own in np.array_split(np.argsort(means.atoms, kind="stable"), _PIECES):
        if own.size:
            piece = means.rows(own)
            scale = torch.from_numpy(np.square(piece.error) + options.floor**2)
            squares = _misfit_squares(emulator, network, piece)
            loss = ((1 + squares / scale.to(squares)).sqrt() - 1).sum() / len(means.error)
            loss.backward()
            total += float(loss.detach())
    torch.nn.utils.clip_grad_norm_(network.parameters(), options.clip)
    optimizer.step()
    return total

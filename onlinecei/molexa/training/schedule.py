"""The learning rate over time, and the average over weights."""

import math

import torch
from torch import nn

_LAST = 0.01


def learning_rate(peak: float, step: int, warm_up: int, progress: float) -> float:
    """Rise over the first steps, then fall as a cosine to a hundredth when `progress` comes to 1."""
    cosine = (1 + math.cos(math.pi * min(progress, 1.0))) / 2
    return peak * min((step + 1) / max(warm_up, 1), 1.0) * (_LAST + (1 - _LAST) * cosine)


@torch.no_grad()
def update_average(average: nn.Module, network: nn.Module, step: int, share: float) -> None:
    """Move averaged weights towards those of now; faster at the beginning, to forget the random start."""
    kept = min(share, (1 + step) / (10 + step))
    pairs = zip(average.parameters(), network.parameters(), strict=True)
    for mean, now in pairs:
        mean.lerp_(now, 1 - kept)

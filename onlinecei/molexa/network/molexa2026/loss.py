"""What training makes small: equations 1 to 4 of the publication."""

from dataclasses import dataclass

import torch
from torch import Tensor

from onlinecei.molexa.network.edm import loss_weight
from onlinecei.molexa.network.molexa2026.config import Config

P_MEAN, P_STD = -1.2, 1.2
"""Of ln sigma in training, as Karras et al. 2022 have it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Noisy:
    """True geometries with noise."""

    position: Tensor
    """(B, N, 3)"""
    sigma: Tensor
    """(B,)"""


def with_noise(truth: Tensor, where: Tensor, generator: torch.Generator) -> Noisy:
    """Add noise of random levels to geometries (B, N, 3) of the atoms (B, N)."""
    sigma = torch.exp(P_MEAN + P_STD * torch.randn(len(truth), device=truth.device, generator=generator))
    noise = torch.randn(truth.shape, device=truth.device, generator=generator) * where[..., None]
    return Noisy(position=truth + sigma[:, None, None] * noise, sigma=sigma)


def position_loss(estimate: Tensor, truth: Tensor, sigma: Tensor, where: Tensor, config: Config) -> Tensor:
    """Weighted squared error of each geometry (B,), as a mean over its coordinates."""
    squared = ((estimate - truth).square().sum(-1) * where).sum(dim=1) / (3 * where.sum(dim=1))
    return loss_weight(sigma, config.sigma_data) * squared

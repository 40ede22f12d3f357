"""Diffusion as in T. Karras, M. Aittala, T. Aila and S. Laine, NeurIPS 2022, "EDM"; letters and numbers are theirs."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

STEPS = 5
SIGMA_MAX, SIGMA_MIN, RHO = 3.0, 0.01, 3.0
P_MEAN, P_STD = -0.8, 1.4
"""Of ln sigma in training: sampling stays inside of two standard deviations at either end."""


def preconditioning(sigma: Tensor, sigma_data: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give c_skip, c_out, c_in and c_noise of table 1: input and target of the network have variance 1."""
    total = sigma**2 + sigma_data**2
    return sigma_data**2 / total, sigma * sigma_data / total.sqrt(), 1 / total.sqrt(), sigma.log() / 4


def loss_weight(sigma: Tensor, sigma_data: float) -> Tensor:
    """Lambda of table 1: every level of noise counts alike at the start of training."""
    return (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2


def noise_levels(steps: int, sigma_max: float = SIGMA_MAX, sigma_min: float = SIGMA_MIN, rho: float = RHO) -> Tensor:
    """Give the levels (steps + 1,) of equation 5, the last of them zero."""
    ramp = torch.linspace(0, 1, steps, dtype=torch.float64)
    high, low = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return torch.cat([(high + ramp * (low - high)) ** rho, torch.zeros(1, dtype=torch.float64)])


def sample(denoise: Callable[[Tensor, Tensor], Tensor], noise: Tensor, levels: Tensor, *, heun: bool = False) -> Tensor:
    """Follow the probability flow from noise to a sample: algorithm 1, without churn.

    Parameters
    ----------
    denoise
        D(x; sigma) of x (B, ...) and sigma (B,).
    noise
        (B, ...) with variance 1.
    levels
        As of `noise_levels`.
    heun
        Second order, with two calls of `denoise` for each step but the last; else Euler's steps, with one.

    Returns
    -------
    Tensor
        (B, ...)
    """
    sigmas: list[float] = levels.tolist()
    x = sigmas[0] * noise
    for now, after in pairwise(sigmas):
        slope = (x - denoise(x, x.new_full(x.shape[:1], now))) / now  # dx/dsigma at the level we are at
        ahead = x + (after - now) * slope  # Euler's step to the next level
        if heun and after > 0:
            slope_there = (ahead - denoise(ahead, x.new_full(x.shape[:1], after))) / after
            ahead = x + (after - now) * (slope + slope_there) / 2  # the same step with the mean of both slopes
        x = ahead
    return x

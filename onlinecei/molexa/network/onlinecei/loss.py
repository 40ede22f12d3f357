"""What training makes small."""

from collections.abc import Callable

import torch
from torch import Tensor

from onlinecei.molexa.network.base import LossOptions
from onlinecei.molexa.network.edm import P_MEAN, P_STD, loss_weight
from onlinecei.molexa.network.onlinecei.encoder import Context
from onlinecei.molexa.network.onlinecei.geometry import centred

_SMALL = 1e-6


def loss_of(
    denoise: Callable[[Context, Tensor, Tensor], Tensor],
    context: Context,
    truth: Tensor,
    generator: torch.Generator,
    options: LossOptions,
    sigma_data: float,
) -> Tensor:
    """Errors of the guess, and weighted squared errors of denoised geometries at several levels of noise.

    Parameters
    ----------
    denoise
        D(context, x, sigma).
    context
        What was read of B samples.
    truth
        (B, N, 3) true geometries in units of L with mean zero.
    generator
        Random source on their device.
    options
        Draws and weights.
    sigma_data
        Root mean square of the coordinates of geometries, in units of L.

    Returns
    -------
    Tensor
        (B,) one number for each sample.
    """
    where, weight = context.where, options.distance_weight
    of_guess = _of_guess(context.guess, truth, where, weight) / sigma_data
    context, truth = context.repeated(options.draws), truth.repeat_interleave(options.draws, dim=0)
    sigma = torch.exp(P_MEAN + P_STD * torch.randn(len(truth), device=truth.device, generator=generator))
    noise = centred(torch.randn(truth.shape, device=truth.device, generator=generator), context.where)
    estimate = denoise(context, truth + sigma[:, None, None] * noise, sigma)
    error = _of_positions(estimate, truth, context.where) + weight * _of_distances(estimate, truth, context.where)
    return of_guess + (loss_weight(sigma, sigma_data) * error).view(-1, options.draws).mean(dim=1)


def _of_guess(guess: Tensor, truth: Tensor, where: Tensor, distance_weight: float) -> Tensor:
    """Errors themselves, not squared: the guess is to be a median."""
    positions = ((guess - truth).square().sum(-1) + _SMALL).sqrt()
    off = (distances(guess) - distances(truth)).abs() * _pairs(where)
    pairs = _pairs(where).sum((1, 2))
    return (positions * where).sum(1) / where.sum(1) + distance_weight * off.sum((1, 2)) / pairs


def _of_positions(estimate: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    return (estimate - truth).square().sum((1, 2)) / (3 * where.sum(dim=1))


def _of_distances(estimate: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    pairs = _pairs(where)
    error = (distances(estimate) - distances(truth)).square() * pairs
    return error.sum((1, 2)) / pairs.sum((1, 2))


def _pairs(where: Tensor) -> Tensor:
    apart = ~torch.eye(where.shape[1], dtype=torch.bool, device=where.device)
    return where[:, :, None] & where[:, None] & apart


def distances(positions: Tensor) -> Tensor:
    """Distances (B, N, N) with a gradient everywhere."""
    return ((positions[:, :, None] - positions[:, None]).square().sum(-1) + _SMALL).sqrt()

"""What training makes small."""

import torch
from torch import Tensor

from onlinecei.molexa.network import Inputs, OnlineCEI
from onlinecei.molexa.network.edm import P_MEAN, P_STD, loss_weight
from onlinecei.molexa.network.features import features
from onlinecei.molexa.network.geometry import centred

_SMALL = 1e-6


def loss(
    network: OnlineCEI,
    inputs: Inputs,
    position_au: Tensor,
    generator: torch.Generator,
    *,
    draws: int = 4,
    distance_weight: float = 0.2,
) -> Tensor:
    """Weighted squared errors of denoised positions and pair distances, each sample at several levels of noise.

    Parameters
    ----------
    network
        To train.
    inputs
        B samples.
    position_au
        (B, N, 3) true geometries.
    generator
        Random source on the device of the inputs.
    draws
        Levels of noise for each sample.
    distance_weight
        Of the pair distances.

    Returns
    -------
    Tensor
        (B,) one number for each sample.
    """
    device = position_au.device
    seen = features(inputs)
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
        context = network.read(seen).repeated(draws)
        truth = (position_au / seen.length_au[:, None, None]).repeat_interleave(draws, dim=0)
        truth = centred(truth, context.where)
        sigma = torch.exp(P_MEAN + P_STD * torch.randn(len(truth), device=device, generator=generator))
        noise = centred(torch.randn(truth.shape, device=device, generator=generator), context.where)
        estimate = network(context, truth + sigma[:, None, None] * noise, sigma)
        error = _of_positions(estimate, truth, context.where)
        error = error + distance_weight * _of_distances(estimate, truth, context.where)
        weight = loss_weight(sigma, network.config.sigma_data)
        return (weight * error).view(-1, draws).mean(dim=1)


def _of_positions(estimate: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    return (estimate - truth).square().sum((1, 2)) / (3 * where.sum(dim=1))


def _of_distances(estimate: Tensor, truth: Tensor, where: Tensor) -> Tensor:
    pairs = where[:, :, None] & where[:, None]
    pairs = pairs & ~torch.eye(where.shape[1], dtype=torch.bool, device=where.device)
    error = (distances(estimate) - distances(truth)).square() * pairs
    return error.sum((1, 2)) / pairs.sum((1, 2))


def distances(positions: Tensor) -> Tensor:
    """Distances (B, N, N) with a gradient everywhere."""
    return ((positions[:, :, None] - positions[:, None]).square().sum(-1) + _SMALL).sqrt()

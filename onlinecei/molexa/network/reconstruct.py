"""Geometries from momenta."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.network.edm import STEPS, noise_levels, sample
from onlinecei.molexa.network.features import features
from onlinecei.molexa.network.geometry import centred
from onlinecei.molexa.network.inputs import Inputs, collate
from onlinecei.molexa.network.model import OnlineCEI
from onlinecei.molexa.network.sample import Sample

_AT_ONCE = 256
"""Geometries of one pass through the network: more is no faster and takes memory."""


def reconstruct(
    network: OnlineCEI,
    samples: Sequence[Sample],
    n_draws: int = 1,
    *,
    generator: torch.Generator | None = None,
    steps: int = STEPS,
    heun: bool = False,
) -> list[F8]:
    """Draw geometries that explain the momenta.

    Parameters
    ----------
    network
        With its weights, on the device it shall run on.
    samples
        Molecules of any sizes. Their number and order change no geometry but by the noise that each gets.
    n_draws
        Geometries for each sample.
    generator
        Random source on the processor; seeded with 0 if omitted.
    steps, heun
        Of the sampler, see `onlinecei.molexa.network.edm.sample`.

    Returns
    -------
    list of F8
        For each sample (n_draws, N, 3) in bohr about the centre of mass, in the frame of its first channel.

    Raises
    ------
    CEIError
        If there is nothing to draw.
    """
    if n_draws < 1 or steps < 2:
        raise CEIError(f"n_draws {n_draws}, steps {steps}: expected 1 or more draws, 2 or more steps")
    source = generator or torch.Generator().manual_seed(0)
    return list(_all(network, samples, n_draws, source, noise_levels(steps), heun=heun))


def _all(
    network: OnlineCEI, samples: Sequence[Sample], draws: int, source: torch.Generator, levels: Tensor, *, heun: bool
) -> Iterator[F8]:
    device = next(network.parameters()).device
    at_once = max(_AT_ONCE // draws, 1)
    for first in range(0, len(samples), at_once):
        part = samples[first : first + at_once]
        noise = [torch.randn(draws, each.atomic_number.size, 3, generator=source) for each in part]
        padded = torch.nn.utils.rnn.pad_sequence([each.transpose(0, 1) for each in noise], batch_first=True)
        inputs = collate(part).to(device)
        geometries = draw(network, inputs, padded.transpose(1, 2).to(device), levels, heun=heun).double().cpu().numpy()
        for each, geometry in zip(part, geometries, strict=True):
            yield np.ascontiguousarray(geometry[:, : each.atomic_number.size])


@torch.inference_mode()
def draw(network: OnlineCEI, inputs: Inputs, noise: Tensor, levels: Tensor, *, heun: bool = False) -> Tensor:
    """Draw geometries (B, D, N, 3) in bohr about the centre of mass from noise (B, D, N, 3) of variance 1."""
    draws = noise.shape[1]
    seen = features(inputs)
    context = network.read(seen).repeated(draws)
    start = centred(noise.flatten(0, 1), context.where)
    drawn = sample(lambda x, sigma: network(context, x, sigma), start, levels, heun=heun).view_as(noise)
    mass = (inputs.mass_au / inputs.mass_au.sum(dim=1, keepdim=True))[:, None, :, None]
    about_centre = drawn - (mass * drawn).sum(dim=2, keepdim=True)
    in_bohr: Tensor = about_centre * inputs.atoms[:, None, :, None] * seen.length_au[:, None, None, None]
    return in_bohr

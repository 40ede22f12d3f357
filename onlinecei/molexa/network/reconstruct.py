"""Geometries from momenta."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.network.base import IntervalNetwork, Network
from onlinecei.molexa.network.edm import STEPS
from onlinecei.molexa.network.inputs import Inputs, collate
from onlinecei.molexa.network.sample import Sample

Intervals = Callable[[Inputs, Tensor], Tensor]
"""From inputs and geometries (B, N, 3) in bohr to half-widths (B, N, 3, 2) in bohr of intervals of the `LEVELS`."""
_AT_ONCE = 128
"""Geometries of one pass through the network: more is no faster and takes memory."""


def answers(network: Network, samples: Sequence[Sample]) -> list[F8]:
    """Give the one geometry to report for each sample.

    Parameters
    ----------
    network
        With its weights, on the device it shall run on.
    samples
        Molecules of any sizes.

    Returns
    -------
    list of F8
        For each sample (N, 3) in bohr about the centre of mass, in the frame of its first channel.
    """
    found: list[F8] = []
    for part in _parts(samples, _AT_ONCE):
        geometries = network.answer(_on_device(network, part))
        found += [_kept(each, sample) for each, sample in zip(geometries, part, strict=True)]
    return found


@torch.inference_mode()
def half_widths(
    network: Network, samples: Sequence[Sample], geometries: Sequence[F8], intervals: Intervals | None = None
) -> list[F8]:
    """Give the intervals that a network states about geometries.

    Parameters
    ----------
    network
        On the device it shall run on.
    samples
        Molecules of any sizes.
    geometries
        For each (N, 3) in bohr, such as of `answers`.
    intervals
        What states them; the network's own `IntervalNetwork.half_widths` if omitted.

    Returns
    -------
    list of F8
        For each sample (2, N, 3) in bohr: half-widths of the intervals of the two `LEVELS`.

    Raises
    ------
    CEIError
        The network has none of its own.
    """
    stated = intervals or _own_intervals(network)
    found: list[F8] = []
    for first in range(0, len(samples), _AT_ONCE):
        part, own = samples[first : first + _AT_ONCE], geometries[first : first + _AT_ONCE]
        inputs = _on_device(network, part)
        padded = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(each).float() for each in own], batch_first=True)
        widths = stated(inputs, padded.to(inputs.mass_au.device)).double().cpu().numpy()
        found += [np.moveaxis(each[: len(one)], -1, 0) for each, one in zip(widths, own, strict=True)]
    return found


def _own_intervals(network: Network) -> Intervals:
    if not isinstance(network, IntervalNetwork):
        raise CEIError(f"network '{network.NAME}' states no intervals")
    return network.half_widths


def reconstruct(
    network: Network,
    samples: Sequence[Sample],
    n_draws: int = 1,
    *,
    generator: torch.Generator | None = None,
    steps: int = STEPS,
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
    steps
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
    found: list[F8] = []
    for part in _parts(samples, max(_AT_ONCE // n_draws, 1)):
        noise = [torch.randn(n_draws, each.atomic_number.size, 3, generator=source) for each in part]
        padded = torch.nn.utils.rnn.pad_sequence([each.transpose(0, 1) for each in noise], batch_first=True)
        inputs = _on_device(network, part)
        geometries = network.draw(inputs, padded.transpose(1, 2).to(inputs.mass_au.device), steps)
        found += [_kept(each, sample) for each, sample in zip(geometries, part, strict=True)]
    return found


def _parts(samples: Sequence[Sample], size: int) -> Iterator[Sequence[Sample]]:
    return (samples[first : first + size] for first in range(0, len(samples), size))


def _on_device(network: Network, part: Sequence[Sample]) -> Inputs:
    return collate(part).to(next(network.parameters()).device)


def _kept(geometry: Tensor, sample: Sample) -> F8:
    """Cut a geometry (..., N, 3) to the atoms of its sample."""
    return np.ascontiguousarray(geometry.double().cpu().numpy()[..., : sample.atomic_number.size, :])

"""Samples of different sizes as tensors of one size."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import torch
from torch import Tensor

from onlinecei.molexa.network.sample import Sample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """B samples, filled up to the same N atoms and C channels."""

    atomic_number: Tensor
    """(B, N) integers; 0: no atom."""
    mass_au: Tensor
    """(B, N)"""
    charge: Tensor
    """(B, C, N); 0: no atom, or no such channel."""
    momentum_au: Tensor
    """(B, C, N, 3); 0 where it is not known."""
    known: Tensor
    """(B, C, N) true where the momentum was measured."""

    @property
    def atoms(self) -> Tensor:
        """Where atoms are (B, N)."""
        return self.atomic_number > 0

    @property
    def channels(self) -> Tensor:
        """Where channels are (B, C)."""
        return self.charge.sum(dim=2) > 0

    def to(self, device: torch.device) -> Self:
        """Give the same on another device."""
        moved: dict[str, Any] = {each.name: getattr(self, each.name).to(device) for each in fields(self)}
        return type(self)(**moved)


def collate(samples: Sequence[Sample]) -> Inputs:
    """Put samples side by side.

    Returns
    -------
    Inputs
        On the processor, in single precision.
    """
    size = len(samples), max(len(each.charge) for each in samples), max(each.atomic_number.size for each in samples)
    batch, channels, atoms = size
    inputs = Inputs(
        atomic_number=torch.zeros(batch, atoms, dtype=torch.long),
        mass_au=torch.zeros(batch, atoms),
        charge=torch.zeros(size),
        momentum_au=torch.zeros(batch, channels, atoms, 3),
        known=torch.zeros(size, dtype=torch.bool),
    )
    for row, sample in enumerate(samples):
        _fill(inputs, row, sample)
    return inputs


def _fill(inputs: Inputs, row: int, sample: Sample) -> None:
    channels, atoms = sample.charge.shape
    known = torch.from_numpy(sample.known)
    momentum = torch.from_numpy(sample.momentum_au).where(known[..., None], 0.0)
    inputs.atomic_number[row, :atoms] = torch.from_numpy(sample.atomic_number)
    inputs.mass_au[row, :atoms] = torch.from_numpy(sample.mass_au)
    inputs.charge[row, :channels, :atoms] = torch.from_numpy(sample.charge)
    inputs.momentum_au[row, :channels, :atoms] = momentum
    inputs.known[row, :channels, :atoms] = known

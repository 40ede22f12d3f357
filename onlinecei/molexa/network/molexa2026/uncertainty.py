"""The part of the network that says how wrong a geometry may be."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from onlinecei.molexa.network.molexa2026.config import Config
from onlinecei.molexa.network.molexa2026.embedding import Context, ToPairs
from onlinecei.molexa.network.molexa2026.memory import Blocks

BINS: Final = 200
BIN_AU: Final = 0.05
"""Bin n begins at n times this; the last has no end."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Uncertainty:
    """Of each coordinate of geometries, along the axes of their molecular frames."""

    expected_au: Tensor
    """(B, N, 3) bin values weighted by probability, as published; half a bin less than the mean error."""
    probability: Tensor
    """(B, N, 3, 200) that the absolute error lies in a bin; zero where there is no atom."""
    axes: Tensor
    """(B, 3, 3) of the frames, in rows."""


class UncertaintyModule(nn.Module):
    """From what was read and a geometry to probabilities of its errors."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.position = nn.Linear(3, width)
        self.encoder = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.to_pairs = ToPairs(width, width)
        self.blocks = Blocks(config.uncertainty_blocks, width, config.heads, config.expansion, memory=config.memory)
        self.to_atoms = nn.Linear(width, width)
        self.decoder = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 3 * BINS)
        )

    def forward(self, context: Context, geometry: Tensor) -> Tensor:
        """Give logits (B, N, 3, 200) for geometries (B, N, 3) over their root mean square."""
        with torch.autocast(geometry.device.type, enabled=False):
            position = self.position(geometry)
        pairs = self.blocks(context.pairs + self.to_pairs(self.encoder(position)), context.present)
        decoded: Tensor = self.decoder(context.to_atoms(self.to_atoms(pairs)))
        return decoded.view(*geometry.shape, BINS).float()


def bin_of(error_au: Tensor) -> Tensor:
    """Bins of absolute errors in bohr."""
    return (error_au.abs() / BIN_AU).long().clamp(max=BINS - 1)


def cross_entropy(logits: Tensor, error_au: Tensor, where: Tensor) -> Tensor:
    """Mean over the coordinates of each sample (B,) of minus the log of the probability of the right bin.

    Parameters
    ----------
    logits
        (B, N, 3, 200)
    error_au
        (B, N, 3) in bohr.
    where
        (B, N) true where atoms are.
    """
    each = functional.cross_entropy(logits.movedim(-1, 1), bin_of(error_au), reduction="none")
    return (each.mean(dim=-1) * where).sum(dim=1) / where.sum(dim=1)


def expected_au(probability: Tensor) -> Tensor:
    """Bin values weighted by probability (..., 200)."""
    values = BIN_AU * torch.arange(BINS, device=probability.device, dtype=probability.dtype)
    return (probability * values).sum(dim=-1)

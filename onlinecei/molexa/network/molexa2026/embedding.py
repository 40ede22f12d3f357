"""From atoms to ordered pairs of atoms."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.molexa2026.config import Config
from onlinecei.molexa.network.molexa2026.features import Features
from onlinecei.molexa.network.molexa2026.memory import Blocks

_ELEMENTS, _CHARGES = 100, 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Context:
    """What was read of B explosions."""

    pairs: Tensor
    """(B, N * N, W) of ordered pairs, the second atom changing fastest."""
    where: Tensor
    """(B, N) true where atoms are."""
    present: Tensor
    """(B, 1, 1, N * N) true where both atoms are."""

    def repeated(self, times: int) -> Self:
        """Give every sample so many times, each next to its copies."""
        names = ("pairs", "where", "present")
        return type(self)(**{name: getattr(self, name).repeat_interleave(times, dim=0) for name in names})

    def to_atoms(self, pairs: Tensor) -> Tensor:
        """Sum pairs (B, N * N, W) over their second atoms (B, N, W)."""
        count = self.where.shape[1]
        by_atom = pairs.view(len(pairs), count, count, -1)
        return (by_atom * self.where[:, None, :, None]).sum(dim=2)


class ToPairs(nn.Module):
    """A layer on two atoms side by side: the sum of a layer on each."""

    def __init__(self, atom_width: int, width: int) -> None:
        super().__init__()
        self.layer = nn.Linear(2 * atom_width, width)

    def forward(self, atoms: Tensor) -> Tensor:
        """Give (B, N * N, W) from atoms (B, N, A)."""
        first, second = self.layer.weight.chunk(2, dim=1)
        ahead = nn.functional.linear(atoms, first, self.layer.bias)
        return (ahead[:, :, None] + nn.functional.linear(atoms, second)[:, None]).flatten(1, 2)


class Residual(nn.Module):
    """Two layers that add to what was there."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, values: Tensor) -> Tensor:
        """Give (..., W) from (..., W)."""
        out: Tensor = values + self.layers(values)
        return out


class Embedding(nn.Module):
    """Ions as numbers, then pairs of them."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        size = config.embedding
        self.element, self.charge = nn.Embedding(_ELEMENTS, size), nn.Embedding(_CHARGES, size)
        self.momentum = nn.Linear(5 if config.scale else 3, size)
        self.to_pairs = ToPairs(3 * size, config.width)
        self.residual = Residual(config.width)

    def forward(self, seen: Features) -> Tensor:
        """Give (B, N * N, W)."""
        with torch.autocast(seen.momentum.device.type, enabled=False):
            momentum = self.momentum(seen.momentum)
        charge = self.charge(seen.charge.clamp(max=_CHARGES - 1))
        atoms = torch.cat([self.element(seen.atomic_number), charge, momentum], dim=-1)
        pairs: Tensor = self.residual(self.to_pairs(atoms))
        return pairs


class Dynamics(nn.Module):
    """Embedding and dynamics extraction: all that does not depend on a geometry."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.embedding = Embedding(config)
        self.blocks = Blocks(config.dynamics_blocks, config.width, config.heads, config.expansion, memory=config.memory)

    def forward(self, seen: Features) -> Context:
        """Read explosions."""
        where = seen.where
        present = (where[:, :, None] & where[:, None]).flatten(1)[:, None, None]
        return Context(pairs=self.blocks(self.embedding(seen), present), where=where, present=present)

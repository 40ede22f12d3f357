"""The correction: what an effective explosion lacks, learned from the Monte Carlo."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from onlinecei.molexa.forward.features import ATOM, PAIR, VECTORS, WHOLE, Explosion, features, norm
from onlinecei.molexa.network.onlinecei.blocks import CONDITION, Block


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Sizes of `Correction`; kept beside its weights."""

    width: int = 64
    """Numbers per atom."""
    pair_width: int = 32
    """Numbers per pair of atoms."""
    heads: int = 4
    blocks: int = 3
    directions: int = 8
    """Vectors per atom."""


class Directions(nn.Module):
    """Vectors of each atom, pooled from those of its pairs: through them a pair sees where the other atoms are.

    Adds nothing before training.
    """

    def __init__(self, width: int, pair_width: int, count: int) -> None:
        super().__init__()
        self.count = count
        self.norm = nn.LayerNorm(pair_width)
        self.weights = nn.Linear(pair_width, VECTORS * count, bias=False)
        self.to_atom, self.to_pair = nn.Linear(count, width), nn.Linear(3 * count, pair_width)
        for each in (self.to_atom, self.to_pair):
            nn.init.zeros_(each.weight)
            nn.init.zeros_(each.bias)

    def forward(self, atoms: Tensor, pairs: Tensor, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Give new atoms (B, N, W) and pairs (B, N, N, P) from them and the vectors (B, N, N, VECTORS, 3) of pairs."""
        batch, many = atoms.shape[:2]
        weights = self.weights(self.norm(pairs)).view(batch, many, many * VECTORS, self.count)
        pooled = weights.mT @ vectors.reshape(batch, many, many * VECTORS, 3) / 2
        along = torch.einsum("bijc,bidc->bijd", vectors[:, :, :, 0], pooled)
        alike = torch.einsum("bidc,bjdc->bijd", pooled, pooled)
        seen = torch.cat([along, along.transpose(1, 2), alike], dim=-1)
        return atoms + self.to_atom(norm(pooled)), pairs + self.to_pair(seen)


class Correction(nn.Module):
    """A momentum for each atom that is to be added to that of the effective explosion.

    It is ``rms sum_j sum_k a_ijk u_ijk`` with numbers a that are the same for (i, j) and (j, i) and vectors u that are
    opposite: the sum over all atoms is zero, and whatever turns or reflects the explosion turns the correction.
    """

    def __init__(self, config: Config | None = None) -> None:
        super().__init__()
        self.config = config or Config()
        width, pair_width = self.config.width, self.config.pair_width
        self.atom, self.pair = nn.Linear(ATOM + WHOLE, width), nn.Linear(PAIR, pair_width)
        self.whole = nn.Sequential(nn.Linear(WHOLE, CONDITION), nn.SiLU(), nn.Linear(CONDITION, CONDITION))
        self.blocks = nn.ModuleList(Block(width, pair_width, self.config.heads) for _ in range(self.config.blocks))
        self.directions = nn.ModuleList(
            Directions(width, pair_width, self.config.directions) for _ in range(self.config.blocks)
        )
        self.norm = nn.LayerNorm(pair_width)
        self.weights = nn.Linear(pair_width, VECTORS)
        nn.init.zeros_(self.weights.weight)
        nn.init.zeros_(self.weights.bias)

    def forward(self, seen: Explosion) -> Tensor:
        """Give (B, N, 3) in a.u."""
        made = features(seen)
        whole = made.whole[:, None].expand(-1, made.atom.shape[1], -1)
        atoms, pairs = self.atom(torch.cat([made.atom, whole], dim=-1)), self.pair(made.pair)
        condition = self.whole(made.whole)
        absent = torch.where(seen.there, 0.0, -torch.inf).to(atoms)[:, None, None]
        for block, directions in zip(self.blocks, self.directions, strict=True):
            atoms, pairs = directions(atoms, pairs, made.vectors)
            atoms, pairs = block(atoms, pairs, condition, absent)
        weights = self.weights(self.norm(pairs + pairs.transpose(1, 2)))
        moved: Tensor = (weights[..., None] * made.vectors).sum((2, 3))
        return made.rms_au * moved

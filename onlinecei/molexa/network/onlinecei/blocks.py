"""Attention over atoms whose weights and values also come from pairs of atoms; nothing here knows of directions."""

import torch
from torch import Tensor, nn
from torch.nn import functional

CONDITION = 64
"""Numbers that describe the whole sample and the level of noise."""


class Modulated(nn.Module):
    """Layer normalisation whose scale and shift depend on the whole sample."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(CONDITION, 2 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, atoms: Tensor, condition: Tensor) -> Tensor:
        """Normalise (B, N, W) with the condition (B, K)."""
        scale, shift = self.modulation(condition)[:, None].chunk(2, dim=-1)
        return torch.addcmul(shift, self.norm(atoms), 1 + scale)


class Attention(nn.Module):
    """Heads over atoms; the pair (i, j) biases how much i looks at j, and adds to what i gets from j."""

    def __init__(self, width: int, pair_width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_heads = nn.Linear(width, 3 * width, bias=False)
        self.bias = nn.Linear(pair_width, heads, bias=False)
        self.out = nn.Linear(width + heads * pair_width, width)

    def forward(self, atoms: Tensor, pairs: Tensor, absent: Tensor) -> Tensor:
        """Give (B, N, W) from atoms (B, N, W), pairs (B, N, N, P) and -inf (B, 1, 1, N) where there is no atom."""
        batch, count, width = atoms.shape
        split: Tensor = self.to_heads(atoms).view(batch, count, 3, self.heads, width // self.heads)
        query, key, value = split.permute(2, 0, 3, 1, 4)
        scores = query @ key.mT * (width // self.heads) ** -0.5 + self.bias(pairs).permute(0, 3, 1, 2)
        looks = (scores + absent).movedim(-1, 0).softmax(dim=0)  # ten times as fast as along rows of a few numbers
        looks = looks.movedim(0, -1).contiguous()
        from_atoms = (looks @ value).transpose(1, 2).flatten(2)
        from_pairs = (looks.transpose(1, 2) @ pairs).flatten(2)
        out: Tensor = self.out(torch.cat([from_atoms, from_pairs], dim=-1))
        return out


class SwiGLU(nn.Module):
    """Two layers, the first gated (Shazeer 2020)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, 2 * hidden)
        self.down = nn.Linear(hidden, width)

    def forward(self, atoms: Tensor) -> Tensor:
        """Give (B, N, W) from (B, N, W)."""
        gate, value = self.up(atoms).chunk(2, dim=-1)
        out: Tensor = self.down(functional.silu(gate) * value)
        return out


class PairUpdate(nn.Module):
    """A small network on a pair and its two atoms."""

    def __init__(self, width: int, pair_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(pair_width)
        self.from_pair = nn.Linear(pair_width, 2 * pair_width)
        self.from_atoms = nn.Linear(width, 4 * pair_width, bias=False)
        self.out = nn.Linear(2 * pair_width, pair_width)

    def forward(self, atoms: Tensor, pairs: Tensor) -> Tensor:
        """Give (B, N, N, P) from atoms (B, N, W) and pairs (B, N, N, P)."""
        first, second = self.from_atoms(atoms).chunk(2, dim=-1)
        hidden = self.from_pair(self.norm(pairs)).add_(first[:, :, None]).add_(second[:, None])
        out: Tensor = self.out(functional.silu(hidden))
        return out


class Block(nn.Module):
    """Attention, two layers for each atom, two layers for each pair; each adds to what was there."""

    def __init__(self, width: int, pair_width: int, heads: int) -> None:
        super().__init__()
        self.before_attention, self.before_layers = Modulated(width), Modulated(width)
        self.attention = Attention(width, pair_width, heads)
        self.layers = SwiGLU(width, 2 * width)
        self.pair_update = PairUpdate(width, pair_width)

    def forward(self, atoms: Tensor, pairs: Tensor, condition: Tensor, absent: Tensor) -> tuple[Tensor, Tensor]:
        """Give new atoms (B, N, W) and pairs (B, N, N, P)."""
        atoms = atoms + self.attention(self.before_attention(atoms, condition), pairs, absent)
        normed = self.before_layers(atoms, condition)
        return atoms + self.layers(normed), pairs + self.pair_update(normed, pairs)

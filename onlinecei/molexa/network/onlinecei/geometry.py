"""Between directions and numbers, equivariantly: geometries enter as numbers and leave as sums of vectors."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

_RADII = 12
_FARTHEST = 5.0
_SMALL = 1e-6
_VANISHED = 80.0
"""Exponent of what is zero in effect: numbers below the normal ones of single precision cost seven times as long."""


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """Leave mixed precision for a while; nothing to do, which is faster, where there is none."""
    kind = device.type
    return torch.autocast(kind, enabled=False) if torch.is_autocast_enabled(kind) else nullcontext()


def centred(vectors: Tensor, where: Tensor) -> Tensor:
    """Move vectors (B, N, 3) so that their mean over the atoms (B, N) is zero; zero where there is no atom."""
    there = where[..., None].to(vectors)
    return (vectors - (vectors * there).sum(1, keepdim=True) / there.sum(1, keepdim=True)) * there


class Invariants(nn.Module):
    """Numbers of a geometry that stay when it and the momenta are turned or reflected."""

    def __init__(self, directions: int, width: int, pair_width: int) -> None:
        super().__init__()
        self.atom = nn.Linear(1 + directions, width)
        self.pair = nn.Linear(_RADII + 2 + 2 * directions, pair_width)
        self.register_buffer("radii", torch.linspace(0, _FARTHEST, _RADII), persistent=False)

    def forward(self, positions: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
        """Give (B, N, W) and (B, N, N, P) from positions (B, N, 3) and directions (B, N, D, 3)."""
        with full_precision(positions.device):
            along = (positions @ directions.flatten(1, 2).mT).unflatten(2, directions.shape[1:3])
            own = along.diagonal(dim1=1, dim2=2).mT
            ahead = along - own[:, None]
            atom = torch.cat([(positions.square().sum(-1, keepdim=True) + _SMALL).sqrt(), own], dim=-1)
            pair = torch.cat([*self._radial(positions), ahead, ahead.transpose(1, 2)], dim=-1)
        return self.atom(atom), self.pair(pair)

    def _radial(self, positions: Tensor) -> tuple[Tensor, ...]:
        apart = positions[:, :, None] - positions[:, None]
        distance = (apart.square().sum(-1, keepdim=True) + _SMALL).sqrt()
        radii = torch.as_tensor(self.radii)
        exponent = ((distance - radii) * (_RADII / _FARTHEST)).square().clamp(max=_VANISHED)
        return distance, (distance + 0.02).log(), torch.exp(-exponent)


class Moves(nn.Module):
    """A vector for each atom: ``sum_j (sum_g a_ijg (x_gj - x_gi) + sum_d b_ijd u_jd)``, over N, of geometries x_g.

    There is no cross product: an explosion seen in a mirror is an explosion. Zero before training.
    """

    def __init__(self, directions: int, pair_width: int, geometries: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(pair_width)
        self.weights = nn.Linear(pair_width, geometries + directions)
        nn.init.zeros_(self.weights.weight)
        nn.init.zeros_(self.weights.bias)

    def forward(self, pairs: Tensor, geometries: Sequence[Tensor], directions: Tensor, where: Tensor) -> Tensor:
        """Give (B, N, 3) from pairs (B, N, N, P), geometries (B, N, 3) and directions (B, N, D, 3)."""
        weights = self.weights(self.norm(pairs))
        with full_precision(directions.device):
            weights = weights.float() * (where / where.sum(dim=1, keepdim=True))[:, None, :, None]
            moved = weights[..., len(geometries) :].flatten(2) @ directions.flatten(1, 2)
            for number, each in enumerate(geometries):
                own = weights[..., number]
                moved = moved + own @ each - own.sum(-1, keepdim=True) * each
            return centred(moved, where)

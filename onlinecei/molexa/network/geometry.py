"""Between directions and numbers, equivariantly: geometries enter as numbers and leave as sums of vectors."""

import torch
from torch import Tensor, nn

_RADII = 12
_FARTHEST = 5.0
_SMALL = 1e-6


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
        with torch.autocast(positions.device.type, enabled=False):
            along = torch.einsum("bik,bjmk->bijm", positions, directions)
            own = along.diagonal(dim1=1, dim2=2).mT
            ahead = along - own[:, None]
            atom = torch.cat([(positions.square().sum(-1, keepdim=True) + _SMALL).sqrt(), own], dim=-1)
            pair = torch.cat([self._radial(positions), ahead, ahead.transpose(1, 2)], dim=-1)
        return self.atom(atom), self.pair(pair)

    def _radial(self, positions: Tensor) -> Tensor:
        apart = positions[:, :, None] - positions[:, None]
        distance = (apart.square().sum(-1, keepdim=True) + _SMALL).sqrt()
        radii = torch.as_tensor(self.radii)
        shells = torch.exp(-((distance - radii) * (_RADII / _FARTHEST)).square())
        return torch.cat([distance, (distance + 0.02).log(), shells], dim=-1)


class Moves(nn.Module):
    """A vector for each atom: ``sum_j a_ij (x_j - x_i) + a'_ij (y_j - y_i) + sum_jd b_ijd u_jd``, over N.

    There is no cross product: an explosion seen in a mirror is an explosion. Zero before training.
    """

    def __init__(self, directions: int, pair_width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(pair_width)
        self.weights = nn.Linear(pair_width, 2 + directions)
        nn.init.zeros_(self.weights.weight)
        nn.init.zeros_(self.weights.bias)

    def forward(self, pairs: Tensor, noisy: Tensor, estimate: Tensor, directions: Tensor, where: Tensor) -> Tensor:
        """Give (B, N, 3) from pairs (B, N, N, P), two geometries (B, N, 3) and directions (B, N, D, 3)."""
        weights = self.weights(self.norm(pairs))
        with torch.autocast(noisy.device.type, enabled=False):
            weights = weights.float() * (where / where.sum(dim=1, keepdim=True))[:, None, :, None]
            first, second, others = weights[..., 0], weights[..., 1], weights[..., 2:]
            moved = first @ noisy - first.sum(-1, keepdim=True) * noisy
            moved = moved + second @ estimate - second.sum(-1, keepdim=True) * estimate
            moved = moved + others.flatten(2) @ directions.flatten(1, 2)
            return centred(moved, where)

"""How far from the truth a geometry may be: the head that stage 'uncertainty' trains."""

import math

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.onlinecei.blocks import Block
from onlinecei.molexa.network.onlinecei.config import Config
from onlinecei.molexa.network.onlinecei.encoder import Context
from onlinecei.molexa.network.onlinecei.geometry import Invariants

_FREEDOM = 4.0
"""Degrees of freedom of Student's distribution: errors have wider tails than a normal distribution."""
STUDENT_VARIANCE = _FREEDOM / (_FREEDOM - 2)
"""Of a coordinate, over its scale squared."""
STUDENT_WIDTHS = (1.1416, 2.7764)
"""Half widths over the scale of intervals that hold 68.27 % and 95 %, before they are set on data."""
_TYPICAL_LOG = -2.0
_SMALL = 1e-6
_LEAST = 1e-3
"""Least standard deviation in units of L."""


class Spread(nn.Module):
    """A matrix for each atom: ``s^2 (I e + sum_d b_d u_d u_d^T + sum_j w_j r_j r_j^T)`` of unit vectors.

    The directions u are those of the explosion, r those to the other atoms. Turned with the explosion, it lies flat
    where nothing points out of a plane.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, pair_width = config.width, config.pair_width
        self.look = Invariants(config.directions, width, pair_width)
        self.block = Block(width, pair_width, config.heads)
        self.of_atoms = nn.Linear(width, 2 + config.directions)
        self.of_pairs = nn.Linear(pair_width, 1)

    def forward(self, context: Context, positions: Tensor) -> Tensor:
        """Give scale matrices (B, N, 3, 3), in units of L squared, of positions (B, N, 3) in units of L."""
        of_atoms, of_pairs = self.look(positions, context.directions)
        atoms, pairs = self.block(context.atoms + of_atoms, context.pairs + of_pairs, context.condition, context.absent)
        size, round_, along = self.of_atoms(atoms).float().split([1, 1, context.directions.shape[2]], dim=-1)
        between = nn.functional.softplus(self.of_pairs(pairs).float()[..., 0]) * context.where[:, None]
        shape = _squares(nn.functional.softplus(along), _unit(context.directions))
        apart = _unit(positions[:, None] - positions[:, :, None])
        shape = shape + _squares(between / context.where.sum(1)[:, None, None], apart)
        shape = shape + nn.functional.softplus(round_ - 2)[..., None] * torch.eye(3, device=shape.device)
        scale: Tensor = (2 * (size + _TYPICAL_LOG)).exp()[..., None] * shape
        return scale + _LEAST**2 * torch.eye(3, device=shape.device)


def _unit(vectors: Tensor) -> Tensor:
    return vectors / (vectors.square().sum(-1, keepdim=True) + _SMALL).sqrt()


def _squares(weights: Tensor, units: Tensor) -> Tensor:
    """``sum_d w_d u_d u_d^T`` (B, N, 3, 3) of weights (B, N, D) and vectors (B, N, D, 3)."""
    squares: Tensor = torch.einsum("bnd,bndk,bndl->bnkl", weights, units, units)
    return squares


def surprise(error: Tensor, scale: Tensor) -> Tensor:
    """Negative logarithm of Student's density (...) of errors (..., 3) whose scale matrices (..., 3, 3) are given."""
    root = torch.linalg.cholesky(scale)
    whitened = torch.linalg.solve_triangular(root, error[..., None], upper=False)[..., 0]
    volume = root.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    exponent = (_FREEDOM + 3) / 2
    constant = math.lgamma(_FREEDOM / 2) - math.lgamma(exponent) + 1.5 * math.log(_FREEDOM * math.pi)
    found: Tensor = constant + volume + exponent * (whitened.square().sum(-1) / _FREEDOM).log1p()
    return found

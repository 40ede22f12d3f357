"""The part of the network that reads the explosion: run once for each sample, whatever is asked of it afterwards."""

from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.onlinecei.blocks import CONDITION, Block
from onlinecei.molexa.network.onlinecei.config import Config
from onlinecei.molexa.network.onlinecei.features import ATOM, OVERALL, PAIR, Features
from onlinecei.molexa.network.onlinecei.geometry import Invariants, Moves

ELEMENTS = 100


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Context:
    """What was read of B explosions: the ground that denoiser and further heads stand on."""

    atoms: Tensor
    """(B, N, W)"""
    pairs: Tensor
    """(B, N, N, P)"""
    directions: Tensor
    """(B, N, D, 3) vectors pooled over the channels."""
    condition: Tensor
    """(B, K)"""
    guess: Tensor
    """(B, N, 3) the geometry as read at once, without noise, in units of L with mean zero."""
    where: Tensor
    """(B, N) true where atoms are."""
    absent: Tensor
    """(B, 1, 1, N): -inf where there is no atom, else zero."""

    def repeated(self, times: int) -> Self:
        """Give every sample so many times, each next to its copies."""
        names = ("atoms", "pairs", "directions", "condition", "guess", "where", "absent")
        return type(self)(**{name: getattr(self, name).repeat_interleave(times, dim=0) for name in names})


class Encoder(nn.Module):
    """From features of channels to one description of atoms and pairs, and a first guess of the geometry.

    Each block moves the guess, and what follows looks at it. The order of channels does not matter.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, pair_width = config.width, config.pair_width
        self.element = nn.Embedding(ELEMENTS, width)
        self.atom = nn.Sequential(nn.Linear(ATOM, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.atom_out = nn.Linear(width, width)
        self.weights = nn.Linear(width, 2 * config.directions)
        self.pair = nn.Sequential(nn.Linear(PAIR, 2 * pair_width), nn.SiLU(), nn.Linear(2 * pair_width, pair_width))
        self.gram = nn.Linear(config.directions**2, pair_width, bias=False)
        self.overall = nn.Sequential(nn.Linear(OVERALL, CONDITION), nn.SiLU(), nn.Linear(CONDITION, CONDITION))
        blocks = config.encoder_blocks
        self.blocks = nn.ModuleList(Block(width, pair_width, config.heads) for _ in range(blocks))
        self.look = nn.ModuleList(Invariants(config.directions, width, pair_width) for _ in range(blocks))
        self.moves = nn.ModuleList(Moves(config.directions, pair_width, geometries=1) for _ in range(blocks))

    def forward(self, seen: Features) -> Context:
        """Read explosions."""
        where, channels = seen.atomic_number > 0, seen.channels
        absent = torch.zeros_like(where, dtype=seen.atom.dtype).masked_fill(~where, -torch.inf)[:, None, None]
        each = self.atom(seen.atom)
        directions = self._pooled(seen, self.weights(each).float())
        atoms = self.element(seen.atomic_number) + self.atom_out(_mean(each, channels))
        gram = torch.einsum("bimk,bjnk->bijmn", directions, directions).flatten(3)
        pairs = _mean(self.pair(seen.pair), channels) + self.gram(gram)
        condition = self.overall(seen.overall)
        guess = torch.zeros_like(directions[:, :, 0])
        for block, moves, look in zip(self.blocks, self.moves, self.look, strict=True):
            atoms, pairs = block(atoms, pairs, condition, absent)
            guess = guess + moves(pairs, (guess,), directions, where)
            of_atoms, of_pairs = look(guess, directions)
            atoms, pairs = atoms + of_atoms, pairs + of_pairs
        return Context(
            atoms=atoms,
            pairs=pairs,
            directions=directions,
            condition=condition,
            guess=guess,
            where=where,
            absent=absent,
        )

    @staticmethod
    def _pooled(seen: Features, weights: Tensor) -> Tensor:
        """Average the momenta and velocities of an atom over the channels that have them, with learned weights."""
        batch, channels, atoms, _ = weights.shape
        each = weights.view(batch, channels, atoms, 2, -1)[..., None] * seen.vectors[..., None, :]
        seen_in = seen.present.sum(dim=1).clamp(min=1)[..., None, None]
        pooled: Tensor = each.sum(dim=3).sum(dim=1) / seen_in
        return pooled


def _mean(values: Tensor, channels: Tensor) -> Tensor:
    """Average (B, C, ...) over the channels that are there (B, C)."""
    share = channels / channels.sum(dim=1, keepdim=True).clamp(min=1)
    return (values * share.view(*share.shape, *[1] * (values.ndim - 2))).sum(dim=1)

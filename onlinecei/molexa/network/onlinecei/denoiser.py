"""The part of the network that makes a noisy geometry less noisy."""

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.edm import preconditioning
from onlinecei.molexa.network.onlinecei.blocks import CONDITION, Block
from onlinecei.molexa.network.onlinecei.config import Config
from onlinecei.molexa.network.onlinecei.encoder import Context
from onlinecei.molexa.network.onlinecei.geometry import Invariants, Moves

_WAVES = 16


class Denoiser(nn.Module):
    """Blocks that each move the geometry a little, and look at it again from there."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, pair_width, directions = config.width, config.pair_width, config.directions
        count = config.denoiser_blocks
        self.sigma_data = config.sigma_data
        self.noise = nn.Sequential(nn.Linear(2 * _WAVES, CONDITION), nn.SiLU(), nn.Linear(CONDITION, CONDITION))
        self.look = nn.ModuleList(Invariants(directions, width, pair_width) for _ in range(count))
        self.blocks = nn.ModuleList(Block(width, pair_width, config.heads) for _ in range(count))
        self.moves = nn.ModuleList(Moves(directions, pair_width, geometries=3) for _ in range(count))
        self.register_buffer("waves", torch.linspace(0.5, 8, _WAVES), persistent=False)

    def forward(self, context: Context, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate geometries: D(x; sigma) of Karras et al. 2022.

        Parameters
        ----------
        context
            What was read of the explosions.
        noisy
            (B, N, 3) in units of L, with mean zero over the atoms and zero where there is none.
        sigma
            (B,) standard deviation of the noise in it.

        Returns
        -------
        Tensor
            (B, N, 3) in units of L, with mean zero.
        """
        c_skip, c_out, c_in, c_noise = preconditioning(sigma[:, None, None], self.sigma_data)
        condition = context.condition + self.noise(self._waves_of(c_noise[:, :, 0]))
        atoms, pairs, guess = context.atoms, context.pairs, context.guess.detach()
        moved = torch.zeros_like(noisy)
        start = seen = c_in * noisy
        for look, block, moves in zip(self.look, self.blocks, self.moves, strict=True):
            of_atoms, of_pairs = look(seen, context.directions)
            atoms, pairs = block(atoms + of_atoms, pairs + of_pairs, condition, context.absent)
            moved = moved + moves(pairs, (start, seen, guess), context.directions, context.where)
            seen = (c_skip * noisy + c_out * moved) / self.sigma_data
        return c_skip * noisy + c_out * moved

    def _waves_of(self, level: Tensor) -> Tensor:
        phase = level * torch.as_tensor(self.waves)
        return torch.cat([phase.sin(), phase.cos()], dim=-1)

"""The part of the network that makes a noisy geometry less noisy."""

import torch
from torch import Tensor, nn

from onlinecei.molexa.network.edm import preconditioning
from onlinecei.molexa.network.molexa2026.config import Config
from onlinecei.molexa.network.molexa2026.embedding import Context, ToPairs
from onlinecei.molexa.network.molexa2026.memory import Blocks, Transformer

_WAVES = 16


class Denoiser(nn.Module):
    """Positions and level of noise on top of what was read; pairs, then atoms, then positions."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        width, expansion = config.width, config.expansion
        self.sigma_data = config.sigma_data
        self.position = nn.Linear(3, width)
        self.noise = nn.Sequential(nn.Linear(2 * _WAVES, width), nn.SiLU(), nn.Linear(width, width))
        self.encoder = nn.Sequential(nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.to_pairs = ToPairs(width, width)
        self.blocks = Blocks(config.denoiser_blocks, width, config.heads, expansion, memory=config.memory)
        self.to_atoms = nn.Linear(width, width)
        self.atoms = Transformer(width, config.heads, expansion)
        self.decoder = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 3))
        self.register_buffer("waves", torch.linspace(0.5, 8, _WAVES), persistent=False)

    def forward(self, context: Context, noisy: Tensor, sigma: Tensor) -> Tensor:
        """Estimate geometries: D(x; sigma) of Karras et al. 2022.

        Parameters
        ----------
        context
            What was read of the explosions.
        noisy
            (B, N, 3) in the molecular frame, in units; zero where there is no atom.
        sigma
            (B,) standard deviation of the noise in it.

        Returns
        -------
        Tensor
            (B, N, 3), zero where there is no atom.
        """
        c_skip, c_out, c_in, c_noise = preconditioning(sigma[:, None, None], self.sigma_data)
        with torch.autocast(noisy.device.type, enabled=False):
            position = self.position(c_in * noisy)
        atoms = self.encoder(position + self.noise(self._waves_of(c_noise)))
        pairs = self.blocks(context.pairs + self.to_pairs(atoms), context.present)
        atoms = self.atoms(context.to_atoms(self.to_atoms(pairs)), context.where[:, None, None])
        estimate: Tensor = c_skip * noisy + c_out * self.decoder(atoms).float()
        return estimate * context.where[..., None]

    def _waves_of(self, level: Tensor) -> Tensor:
        phase = level * torch.as_tensor(self.waves)
        return torch.cat([phase.sin(), phase.cos()], dim=-1)

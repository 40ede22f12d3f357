"""The error of a network on explosions that it was not trained on."""

import torch

from onlinecei.molexa.network import OnlineCEI
from onlinecei.molexa.network.edm import noise_levels
from onlinecei.molexa.network.reconstruct import draw
from onlinecei.molexa.training.explosions import Explosions

_PIECES = 4


def validation_error(network: OnlineCEI, explosions: Explosions, steps: int = 5) -> float:
    """Mean absolute error of the coordinates in bohr: per molecule first, one draw each, the same noise every time."""
    device = next(network.parameters()).device
    source = torch.Generator().manual_seed(0)
    total = 0.0
    for piece in explosions.pieces(_PIECES):
        inputs = piece.inputs().to(device)
        noise = torch.randn(len(piece.mass_au), 1, piece.mass_au.shape[1], 3, generator=source)
        found = draw(network, inputs, noise.to(device), noise_levels(steps))[:, 0].cpu()
        absolute = (found - piece.positions()).abs().sum((1, 2)) / (3 * piece.inputs().atoms.sum(dim=1))
        total += float(absolute.sum())
    return total / len(explosions.mass_au)

"""The error of a network on explosions that it was not trained on."""

from onlinecei.molexa.network import Network
from onlinecei.molexa.training.explosions import Explosions

_PIECES = 4


def validation_error(network: Network, explosions: Explosions) -> float:
    """Mean absolute error of the coordinates of the answers in bohr: of each molecule first."""
    device = next(network.parameters()).device
    total = 0.0
    for piece in explosions.pieces(_PIECES):
        inputs = piece.inputs()
        found = network.answer(inputs.to(device)).cpu()
        absolute = (found - piece.positions()).abs().sum((1, 2)) / (3 * inputs.atoms.sum(dim=1))
        total += float(absolute.sum())
    return total / len(explosions.mass_au)

"""What the network is given: molecular-frame momenta and the units of positions."""

from dataclasses import dataclass

import torch
from torch import Tensor

from onlinecei.molexa.network.inputs import Inputs
from onlinecei.molexa.network.molexa2026.config import Config
from onlinecei.molexa.network.molexa2026.frame import molecular_frame
from onlinecei.molexa.network.onlinecei import scale

_TYPICAL_LOG_LENGTH = 1.5
_TYPICAL_LOG_MOMENTUM = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """B explosions in their molecular frames."""

    atomic_number: Tensor
    """(B, N); 0: no atom."""
    charge: Tensor
    """(B, N) integers."""
    momentum: Tensor
    """(B, N, 3) over a fixed unit; with `Config.scale`, (B, N, 5) over their rms, with the logs of both scales."""
    axes: Tensor
    """(B, 3, 3) of the frame, in rows."""
    unit_au: Tensor
    """(B,) of positions."""

    @property
    def where(self) -> Tensor:
        """Where atoms are (B, N)."""
        return self.atomic_number > 0

    def inside(self, position_au: Tensor) -> Tensor:
        """Turn geometries (B, N, 3) into the frame, centre them and measure them in units."""
        there = self.where[..., None]
        centre = (position_au * there).sum(1, keepdim=True) / there.sum(1, keepdim=True)
        return (position_au - centre) * there @ self.axes.mT / self.unit_au[:, None, None]

    def outside(self, inside: Tensor) -> Tensor:
        """Turn geometries (B, D, N, 3) back, in bohr."""
        return inside @ self.axes[:, None] * self.unit_au[:, None, None, None]


def features(inputs: Inputs, config: Config) -> Features:
    """Prepare the first channel of each sample."""
    momentum = inputs.momentum_au[:, 0]
    axes = molecular_frame(momentum, inputs.mass_au)
    seen, unit = momentum @ axes.mT / config.momentum_unit_au, torch.full_like(axes[:, 0, 0], config.position_unit_au)
    if config.scale:
        seen, unit = _scaled(inputs, momentum @ axes.mT)
    return Features(
        atomic_number=inputs.atomic_number,
        charge=inputs.charge[:, 0].round().long(),
        momentum=seen,
        axes=axes,
        unit_au=unit,
    )


def _scaled(inputs: Inputs, momentum_au: Tensor) -> tuple[Tensor, Tensor]:
    """Measure momenta by their rms and positions by the length of `onlinecei.molexa.network.onlinecei.scale`."""
    known, charge = inputs.known[:, :1], inputs.charge[:, :1]
    energy = scale.kinetic_energy(momentum_au[:, None], inputs.mass_au)
    release = scale.kinetic_energy_release(energy, inputs.mass_au, charge, known)
    length = scale.length_au(charge, release)[:, 0]
    rms = (momentum_au.square().sum((1, 2)) / (3 * known.sum((1, 2)))).sqrt().clamp(min=1e-3)
    logs = torch.stack([length.log() - _TYPICAL_LOG_LENGTH, rms.log() - _TYPICAL_LOG_MOMENTUM], dim=-1)
    everywhere = logs[:, None].expand(-1, momentum_au.shape[1], -1)
    return torch.cat([momentum_au / rms[:, None, None], everywhere], dim=-1), length

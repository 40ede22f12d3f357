"""The sizes of the network, and what can be taken out of it or put into it."""

from dataclasses import dataclass
from typing import Self

from onlinecei.errors import CEIError


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Sizes of `Molexa2026`; kept beside its weights."""

    width: int = 128
    """Numbers per ordered pair of atoms; 512 as published, too slow to train on a processor."""
    heads: int = 8
    """32 as published: 16 numbers each."""
    expansion: int = 4
    """Hidden numbers of the two layers after each attention, over `width`; of the first transformer (2017)."""
    embedding: int = 64
    """Numbers per atom for each of atomic number, charge and momentum."""
    dynamics_blocks: int = 6
    denoiser_blocks: int = 2
    uncertainty_blocks: int = 2
    memory: bool = True
    """Whether blocks end in forget, update and output gates; false: plain skip connections."""
    scale: bool = False
    """Whether to measure each explosion by its own length and momentum, which the published network does not."""
    position_unit_au: float = 10.0
    """Half the width of the cube of random molecules. Not published; it makes `sigma_data` fit."""
    momentum_unit_au: float = 100.0
    """Brings momenta near 1. Not published."""
    sigma_data: float = 0.25
    """Root mean square of the coordinates of geometries in their unit; with `scale`, 0.4 fits."""
    position_weight: float = 400.0
    """c_x of the loss."""
    uncertainty_weight: float = 0.1
    """c_u of the loss: 0.1 at first, later 1, then 0.01 on Monte Carlo explosions."""

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise CEIError(f"width {self.width}, heads {self.heads}: expected a multiple of the heads")

    @classmethod
    def published(cls) -> Self:
        """Give the sizes of the publication."""
        return cls(width=512, heads=32)

"""The sizes of the network."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Sizes of `OnlineCEI`; kept beside its weights."""

    width: int = 128
    """Numbers per atom."""
    pair_width: int = 32
    """Numbers per pair of atoms."""
    heads: int = 8
    encoder_blocks: int = 5
    """Blocks that see the explosion alone: run once for each sample."""
    denoiser_blocks: int = 2
    """Blocks that also see a noisy geometry: run once for each step and draw."""
    directions: int = 6
    """Vectors per atom that momenta and velocities of all channels are pooled into."""
    physics_scale: bool = True
    """Whether momenta and geometries are in units of their own explosion; else in fixed ones, for comparison."""
    sigma_data: float = 0.4
    """Root mean square of the coordinates of geometries, in units of their length L."""

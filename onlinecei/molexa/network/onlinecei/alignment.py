"""Channels turned into the frame of the first: each was measured in a frame of its own."""

import torch
from torch import Tensor

_FLAT = 1e-4
"""Below this ratio of squared extents, vectors count as lying on one line."""


def rotation_onto(reference: Tensor, moved: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Give the rotation that brings vectors nearest to others: least squares after Kabsch (1976).

    Never a reflection, also where one would fit better: frames of measurements are right-handed.

    Parameters
    ----------
    reference, moved
        (..., N, 3)
    weights
        (..., N) of each pair of vectors; zero leaves it out.

    Returns
    -------
    rotation
        (..., 3, 3): ``moved @ rotation.mT`` is nearest to the reference.
    determined
        (...) false where the vectors that count lie on one line, so that any turn about it is as good.
    """
    left, extents, right = torch.linalg.svd(moved.mT @ (weights[..., None] * reference))
    handedness = torch.ones_like(extents)
    handedness[..., 2] = torch.linalg.det(left @ right).sign()
    return (right.mT * handedness[..., None, :]) @ left.mT, extents[..., 1] > _FLAT * extents[..., 0]


def on_a_line(vectors: Tensor, weights: Tensor) -> Tensor:
    """Say whether vectors (..., N, 3) are all parallel or opposite, as those of a linear molecule are (...)."""
    gram = vectors.mT @ (weights[..., None] * vectors)
    trace = gram.diagonal(dim1=-2, dim2=-1).sum(-1)
    return trace.square() - gram.square().sum((-2, -1)) <= _FLAT * trace.square()


def align(momentum_au: Tensor, mass_au: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Turn every channel into the frame of the first, by the velocities of the ions that both have.

    Parameters
    ----------
    momentum_au
        (B, C, N, 3), zero where not known.
    mass_au
        (B, N), zero where there is no atom. Weighting velocities with it makes energy what is least in the misfit.
    known
        (B, C, N)

    Returns
    -------
    momentum_au
        (B, C, N, 3)
    usable
        (B, C) false for a channel whose place about the first remains open: too few ions are in both.
    """
    usable = known.any(dim=2)
    if known.shape[1] == 1:
        return momentum_au, usable
    weights = mass_au[:, None] * known
    velocity = momentum_au / mass_au.clamp(min=1.0)[:, None, :, None]
    common = weights * known[:, :1]
    rotation, determined = rotation_onto(velocity[:, :1], velocity, common)
    linear = on_a_line(velocity, weights)
    determined |= linear & linear[:, :1] & (common > 0).any(-1)
    determined[:, 0] = True
    turned = momentum_au @ rotation.mT
    return torch.cat([momentum_au[:, :1], turned[:, 1:]], 1), usable & determined

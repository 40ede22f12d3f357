"""The scale of an explosion: its kinetic energy release, and the length that goes with it.

A sudden explosion has no scale of its own: positions times a give momenta over the root of a. In units of
``L = sum_{i<j} q_i q_j / KER`` geometries of all sizes look alike; a diatomic molecule has the length 1.
"""

import torch
from torch import Tensor

_LEAST_HARTREE = 1e-4


def complete(momentum_au: Tensor, atoms: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Give an ion that is missing alone what the others lack to the sum of zero.

    Parameters
    ----------
    momentum_au
        (B, C, N, 3), zero where not known.
    atoms
        (B, N) where atoms are.
    known
        (B, C, N)

    Returns
    -------
    momentum_au
        (B, C, N, 3) with those of single missing ions.
    inferred
        (B, C, N) where that was done.
    """
    missing = atoms[:, None] & ~known
    inferred = missing & (missing.sum(2, keepdim=True) == 1) & known.any(2, keepdim=True)
    rest = -momentum_au.sum(2, keepdim=True)
    return torch.where(inferred[..., None], rest, momentum_au), inferred


def kinetic_energy(momentum_au: Tensor, mass_au: Tensor) -> Tensor:
    """Kinetic energy (B, C, N) in hartree from momenta (B, C, N, 3) and masses (B, N)."""
    return momentum_au.square().sum(-1) / (2 * mass_au.clamp(min=1.0))[:, None]


def kinetic_energy_release(energy: Tensor, mass_au: Tensor, charge: Tensor, present: Tensor) -> Tensor:
    """Kinetic energy release of all ions, also where two or more are missing.

    Then the energy of those present is divided by the share that they would have if every pair of ions exploded
    alone: ``q_i q_j``, of which ion i takes ``m_j / (m_i + m_j)``.

    Parameters
    ----------
    energy
        (B, C, N) in hartree, zero where not present.
    mass_au, charge
        (B, N), (B, C, N)
    present
        (B, C, N) where momenta are known or inferred.

    Returns
    -------
    Tensor
        (B, C) in hartree.
    """
    share = charge * (lightness(mass_au)[:, None] @ charge[..., None])[..., 0]
    seen = (share * present).sum(-1) / share.sum(-1).clamp(min=1e-6)
    return (energy.sum(-1) / seen.clamp(min=1e-3)).clamp(min=_LEAST_HARTREE)


def lightness(mass_au: Tensor) -> Tensor:
    """``m_j / (m_i + m_j)`` (B, N, N): the share of a pair's energy that its ion i takes; zero for i = j."""
    total = mass_au[:, :, None] + mass_au[:, None, :]
    off_diagonal = 1 - torch.eye(mass_au.shape[1], device=mass_au.device, dtype=mass_au.dtype)
    return mass_au[:, None, :] / total.clamp(min=1.0) * off_diagonal


def length_au(charge: Tensor, release: Tensor) -> Tensor:
    """Unit of length (B, C) in bohr of channels of charges (B, C, N) and kinetic energy release (B, C)."""
    pairs = (charge.sum(-1).square() - charge.square().sum(-1)) / 2
    return pairs.clamp(min=1.0) / release


def mean_over(values: Tensor, where: Tensor) -> Tensor:
    """Mean (B,) over the channels (B, C) that are there."""
    return (values * where).sum(1) / where.sum(1).clamp(min=1)

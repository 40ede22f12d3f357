"""The molecular frame of the published network: axes along the momenta of two ions."""

import torch
from torch import Tensor
from torch.nn import functional

_ON_AXIS = 1e-6
"""Below this squared sine, a momentum lies on the x axis and cannot tell where y is."""
_SMALL_AU = 1e-6


def molecular_frame(momentum_au: Tensor, mass_au: Tensor) -> Tensor:
    """Find the axes of the frame.

    x is the direction of the heaviest ion, of equal ones the first. y lies in the half plane of the ion with the
    least cosine to x. The frame jumps where two ions tie. On a line, y is any direction across.

    Parameters
    ----------
    momentum_au
        (B, N, 3), zero where it is not known: such an ion defines no axis.
    mass_au
        (B, N), zero where there is no atom.

    Returns
    -------
    Tensor
        (B, 3, 3) with the rows x, y, z, right-handed: ``momentum @ axes.mT`` is in the frame, ``inside @ axes`` out
        of it again.
    """
    size = momentum_au.norm(dim=-1)
    x = _unit(_chosen(momentum_au, (mass_au * (size > _SMALL_AU)).argmax(dim=1)), momentum_au.new_tensor([1.0, 0, 0]))
    along = (momentum_au * x[:, None]).sum(dim=-1)
    across = momentum_au - along[..., None] * x[:, None]
    cosine = along / size.clamp(min=_SMALL_AU)
    off_axis = across.square().sum(-1) > (_ON_AXIS * size.square()).clamp(min=_SMALL_AU**2)
    second = _chosen(across, cosine.masked_fill(~off_axis, torch.inf).argmin(dim=1))
    y = _unit(torch.where(off_axis.any(dim=1)[:, None], second, _across(x)), x)
    return torch.stack([x, y, torch.linalg.cross(x, y)], dim=1)


def _chosen(vectors: Tensor, index: Tensor) -> Tensor:
    return vectors[torch.arange(len(vectors), device=vectors.device), index]


def _unit(vectors: Tensor, instead: Tensor) -> Tensor:
    size = vectors.norm(dim=-1, keepdim=True)
    return torch.where(size > _SMALL_AU, vectors / size.clamp(min=_SMALL_AU), instead)


def _across(x: Tensor) -> Tensor:
    """Some direction perpendicular to unit vectors (B, 3)."""
    least = functional.one_hot(x.abs().argmin(dim=1), 3).to(x)
    across: Tensor = torch.linalg.cross(x, least)
    return across

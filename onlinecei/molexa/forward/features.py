"""What the correction sees of an explosion: numbers that stay when it is turned, reflected or its atoms reordered."""

from dataclasses import dataclass

import torch
from torch import Tensor

from onlinecei.molexa.data.stage1 import ELEMENTS

_MOST_CHARGE = 8
_SHELLS = 16
_NEAREST, _FARTHEST = 1.0, 16.0
"""Bohr; atoms farther apart are seen as if they were so far, for molecules larger than those of training."""
ATOM, PAIR, WHOLE, VECTORS = len(ELEMENTS) + _MOST_CHARGE + 10, _SHELLS + 9, 5, 3
_SMALL = 1e-6
_TYPICAL_MASS, _TYPICAL_LOG_RMS = 2e4, 4.5
"""Of ions and momenta in a.u.: only to keep numbers near 1."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explosion:
    """B molecules of up to N atoms, each in one channel, with the momenta of its effective explosion."""

    atomic_number: Tensor
    """(B, N) integers; 0: no atom."""
    charge: Tensor
    """(B, N)"""
    mass_au: Tensor
    """(B, N)"""
    position_au: Tensor
    """(B, N, 3)"""
    momentum_au: Tensor
    """(B, N, 3)"""

    @property
    def there(self) -> Tensor:
        """Where atoms are (B, N)."""
        return self.atomic_number > 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """What is made of it."""

    atom: Tensor
    """(B, N, ATOM)"""
    pair: Tensor
    """(B, N, N, PAIR)"""
    whole: Tensor
    """(B, WHOLE) of the molecule: nothing that grows with it."""
    vectors: Tensor
    """(B, N, N, VECTORS, 3): of every pair, opposite for the two orders of its atoms."""
    rms_au: Tensor
    """(B, 1, 1) root mean square of the momenta of the atoms: the unit of the correction."""


def features(seen: Explosion) -> Features:
    """Make them; all can be differentiated with respect to positions and momenta."""
    there = seen.there.to(seen.charge)
    atoms = there.sum(1)
    mass = seen.mass_au.clamp(min=1.0)
    rms = (seen.momentum_au.square().sum((1, 2)) / atoms + _SMALL).sqrt()[:, None, None]
    momentum = seen.momentum_au / rms
    velocity = momentum * (_TYPICAL_MASS / mass)[..., None]
    apart = seen.position_au[:, :, None] - seen.position_au[:, None]
    distance = (apart.square().sum(-1) + _SMALL).sqrt()
    unit = apart / distance[..., None]
    reduced = mass[:, :, None] * mass[:, None] / (mass[:, :, None] + mass[:, None]) / _TYPICAL_MASS
    relative = reduced[..., None] * (velocity[:, :, None] - velocity[:, None])
    vectors = torch.stack([unit, relative, momentum[:, :, None] - momentum[:, None]], dim=3)
    both = there[:, :, None] * there[:, None] * (1 - torch.eye(there.shape[1]).to(there))
    field = (unit * (seen.charge[:, None] * both / distance.square())[..., None]).sum(2)
    potential = (seen.charge[:, None] * both / distance).sum(2)
    return Features(
        atom=_atom(seen, momentum, velocity, potential, field) * there[..., None],
        pair=_pair(seen.charge, momentum, vectors, distance, reduced) * both[..., None],
        whole=_whole(seen, atoms, potential, rms[:, 0, 0]),
        vectors=vectors * both[..., None, None],
        rms_au=rms,
    )


def _atom(seen: Explosion, momentum: Tensor, velocity: Tensor, potential: Tensor, field: Tensor) -> Tensor:
    elements = torch.tensor(ELEMENTS, device=seen.charge.device)
    kind = (seen.atomic_number[..., None] == elements).to(momentum)
    levels = torch.arange(1, _MOST_CHARGE + 1).to(momentum)
    charge = (1 - (seen.charge[..., None] - levels).abs()).clamp(min=0)
    size, speed = norm(momentum), norm(velocity)
    along = (momentum * field).sum(-1) / (size * norm(field))
    columns = [
        seen.charge / 4,
        (seen.mass_au.clamp(min=1.0) / _TYPICAL_MASS).log(),
        size,
        size.log(),
        speed.log(),
        size * speed,
        potential,
        potential.clamp(min=_SMALL).log(),
        norm(field).log() / 2,
        along,
    ]
    return torch.cat([kind, charge, torch.stack(columns, dim=-1)], dim=-1)


def _pair(charge: Tensor, momentum: Tensor, vectors: Tensor, distance: Tensor, reduced: Tensor) -> Tensor:
    unit, relative, difference = vectors.unbind(3)
    forth, back = (unit * momentum[:, :, None]).sum(-1), (unit * momentum[:, None]).sum(-1)
    near = distance.clamp(_NEAREST, _FARTHEST).log()
    middle = torch.linspace(0, 1, _SHELLS).to(near) * (torch.tensor(_FARTHEST / _NEAREST).log())
    shells = torch.exp(-((near[..., None] - middle) * (0.8 * _SHELLS / middle[-1])).square())
    product = charge[:, :, None] * charge[:, None]
    columns = [
        near,
        forth,
        back,
        (unit * relative).sum(-1),
        norm(relative),
        norm(difference),
        (momentum[:, :, None] * momentum[:, None]).sum(-1),
        reduced,
        product / distance.clamp(min=0.5) / 2,
    ]
    return torch.cat([torch.stack(columns, dim=-1), shells], dim=-1)


def _whole(seen: Explosion, atoms: Tensor, potential: Tensor, rms: Tensor) -> Tensor:
    energy = (seen.momentum_au.square().sum(-1) / (2 * seen.mass_au.clamp(min=1.0))).sum(1) / atoms
    sudden = (seen.charge * potential).sum(1) / (2 * atoms)
    mean_charge = seen.charge.sum(1) / atoms
    columns = [
        mean_charge / 2,
        mean_charge.log(),
        rms.log() - _TYPICAL_LOG_RMS,
        (energy + _SMALL).log(),
        (energy / sudden.clamp(min=_SMALL) + _SMALL).log(),
    ]
    return torch.stack(columns, dim=1)


def norm(vectors: Tensor) -> Tensor:
    """Lengths of vectors (..., 3), with a gradient everywhere."""
    return (vectors.square().sum(-1) + _SMALL).sqrt()

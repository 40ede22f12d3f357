"""What the network sees of an explosion: pure numbers that no rotation or reflection changes, and vectors."""

from dataclasses import dataclass

import torch
from torch import Tensor

from onlinecei.molexa.network.inputs import Inputs
from onlinecei.molexa.network.onlinecei.alignment import align
from onlinecei.molexa.network.onlinecei.scale import (
    complete,
    kinetic_energy,
    kinetic_energy_release,
    length_au,
    lightness,
    mean_over,
)

ATOM, PAIR, OVERALL = 12, 8, 5
"""Numbers for each atom and channel, for each pair of atoms and channel, and for the whole explosion."""
_TYPICAL_LOG_MASS, _TYPICAL_LOG_LENGTH = 10.0, 1.5
_FIXED_LENGTH, _FIXED_MOMENTUM, _FIXED_VELOCITY = 5.0, 100.0, 5e-3
"""Typical ones in a.u.: the units of everything where the scale of the explosion is not used."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """B explosions of N atoms in C channels, all turned into the frame of the first."""

    atomic_number: Tensor
    """(B, N); 0: no atom."""
    channels: Tensor
    """(B, C) where channels are that can be used."""
    present: Tensor
    """(B, C, N) where momenta are known or inferred."""
    atom: Tensor
    """(B, C, N, `ATOM`)"""
    pair: Tensor
    """(B, C, N, N, `PAIR`)"""
    overall: Tensor
    """(B, `OVERALL`)"""
    vectors: Tensor
    """(B, C, N, 2, 3) momentum and velocity over their root mean squares."""
    length_au: Tensor
    """(B,) unit of length of the geometry, in bohr."""


def features(inputs: Inputs, *, physics_scale: bool = True) -> Features:
    """Bring explosions to their scale, or to fixed units, and compute what the network sees of them."""
    momentum, inferred = complete(inputs.momentum_au, inputs.atoms, inputs.known)
    present = inputs.known | inferred
    momentum, usable = align(momentum, inputs.mass_au, present)
    channels = inputs.channels & usable
    present = present & channels[..., None]
    energy = kinetic_energy(momentum, inputs.mass_au) * present
    release = kinetic_energy_release(energy, inputs.mass_au, inputs.charge, present)
    lengths = length_au(inputs.charge, release)
    if not physics_scale:
        release, lengths = torch.ones_like(release), torch.full_like(lengths, _FIXED_LENGTH)
    length = mean_over(lengths.log(), channels).exp()
    velocity = momentum / inputs.mass_au.clamp(min=1.0)[:, None, :, None]
    if physics_scale:
        vectors = torch.stack([_over_rms(momentum, present), _over_rms(velocity, present)], dim=3)
    else:
        vectors = (
            torch.stack([momentum / _FIXED_MOMENTUM, velocity / _FIXED_VELOCITY], dim=3) * present[..., None, None]
        )
    own_scale = torch.stack([(lengths / length[:, None]).log(), release.log()], dim=2)
    return Features(
        atomic_number=inputs.atomic_number,
        channels=channels,
        present=present,
        atom=_atom(inputs, vectors, energy / release[..., None], present & ~inferred, inferred, own_scale),
        pair=_pair(inputs, vectors, present),
        overall=_overall(inputs, release, length, channels),
        vectors=vectors,
        length_au=length,
    )


def _over_rms(vectors: Tensor, where: Tensor) -> Tensor:
    vectors = vectors * where[..., None]
    mean_square = vectors.square().sum((2, 3)) / where.sum(2).clamp(min=1)
    return vectors / mean_square.sqrt().clamp(min=1e-12)[..., None, None]


def _atom(
    inputs: Inputs, vectors: Tensor, share: Tensor, measured: Tensor, inferred: Tensor, own_scale: Tensor
) -> Tensor:
    sizes = vectors.norm(dim=-1)
    atoms = inputs.atoms.sum(1)[:, None, None]
    log_mass = inputs.mass_au.clamp(min=1.0).log() - _TYPICAL_LOG_MASS
    columns = [
        inputs.charge / 4,
        inputs.charge.clamp(min=1.0).log(),
        log_mass[:, None].expand_as(share),
        sizes[..., 0],
        sizes[..., 1],
        share,
        (share * atoms + 1e-3).log(),
        measured.to(share),
        inferred.to(share),
        (~(measured | inferred)).to(share),
        own_scale[..., :1].expand_as(share),
        own_scale[..., 1:].expand_as(share),
    ]
    return torch.stack(columns, dim=3) * inputs.atoms[:, None, :, None]


def _pair(inputs: Inputs, vectors: Tensor, present: Tensor) -> Tensor:
    dot = (vectors[:, :, :, None] * vectors[:, :, None, :]).sum(-1)
    apart = (vectors[:, :, :, None] - vectors[:, :, None, :]).norm(dim=-1)
    size = vectors[..., 0, :].norm(dim=-1)
    cosine = dot[..., 0] / (size[..., :, None] * size[..., None, :]).clamp(min=1e-6)
    both = (present[..., :, None] & present[..., None, :]).to(dot)
    charges = (inputs.charge[..., :, None] * inputs.charge[..., None, :]).sqrt() / 4
    light = lightness(inputs.mass_au)[:, None].expand_as(both)
    scalars = torch.stack([cosine, charges, both, light], dim=-1)
    return torch.cat([scalars, dot * both[..., None], apart * both[..., None]], dim=-1)


def _overall(inputs: Inputs, release: Tensor, length: Tensor, channels: Tensor) -> Tensor:
    atoms = inputs.atoms.sum(1).to(length)
    columns = [
        length.log() - _TYPICAL_LOG_LENGTH,
        mean_over(release.log(), channels),
        atoms / 8,
        mean_over(inputs.charge.sum(2).clamp(min=1.0).log(), channels),
        channels.sum(1).to(length).clamp(min=1.0).log(),
    ]
    return torch.stack(columns, dim=1)

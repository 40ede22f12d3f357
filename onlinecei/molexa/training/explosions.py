"""Explosions whose geometry is known, side by side in padded arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import torch

from onlinecei.arrays import F8, I8, Bool
from onlinecei.molexa.data.stage1 import neutral_masses_au
from onlinecei.molexa.network import Inputs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explosions:
    """B molecules of up to N atoms in up to C channels; zeros fill the rest."""

    atomic_number: I8
    """(B, N)"""
    mass_au: F8
    """(B, N)"""
    charge: F8
    """(B, C, N)"""
    momentum_au: F8
    """(B, C, N, 3)"""
    known: Bool
    """(B, C, N) false for ions that were not detected."""
    position_au: F8
    """(B, N, 3) about the centre of mass, in the frame of the first channel."""

    def rows(self, chosen: I8) -> Self:
        """Give some of them, no wider than they need."""
        wide = int((self.atomic_number[chosen] > 0).sum(axis=1).max(initial=0))
        deep = int((self.charge[chosen].sum(axis=2) > 0).sum(axis=1).max(initial=0))
        cut: dict[str, Any] = {
            "atomic_number": np.s_[:, :wide],
            "mass_au": np.s_[:, :wide],
            "position_au": np.s_[:, :wide],
            "charge": np.s_[:, :deep, :wide],
            "momentum_au": np.s_[:, :deep, :wide],
            "known": np.s_[:, :deep, :wide],
        }
        return type(self)(**{each.name: getattr(self, each.name)[chosen][cut[each.name]] for each in fields(self)})

    def pieces(self, count: int) -> list[Self]:
        """Cut into so many, by size: small molecules then need not be filled up to large ones."""
        by_size = np.argsort((self.atomic_number > 0).sum(axis=1), kind="stable")
        return [self.rows(own) for own in np.array_split(by_size, count) if own.size]

    def inputs(self) -> Inputs:
        """What the network is given; momenta that are not known are not in it."""
        momentum = np.where(self.known[..., None], self.momentum_au, 0.0)
        return Inputs(
            atomic_number=torch.from_numpy(np.ascontiguousarray(self.atomic_number)),
            mass_au=_single(self.mass_au),
            charge=_single(self.charge),
            momentum_au=_single(momentum),
            known=torch.from_numpy(np.ascontiguousarray(self.known)),
        )

    def positions(self) -> torch.Tensor:
        """What the network shall give (B, N, 3)."""
        return _single(self.position_au)


def _single(values: F8) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def side_by_side(parts: Sequence[Explosions]) -> Explosions:
    """Put the samples of several into one."""
    deep = max(each.charge.shape[1] for each in parts)
    wide = max(each.charge.shape[2] for each in parts)

    def grown(values: np.ndarray[Any, Any], axes: int) -> np.ndarray[Any, Any]:
        """Fill up with zeros the axes after the first: of atoms, or of channels and atoms."""
        wanted = (deep, wide)[2 - axes :]
        more = [(0, to - now) for now, to in zip(values.shape[1 : 1 + axes], wanted, strict=True)]
        return np.pad(values, [(0, 0), *more, *[(0, 0)] * (values.ndim - 1 - axes)])

    axes = {"charge": 2, "momentum_au": 2, "known": 2}
    columns: dict[str, Any] = {
        each.name: np.concatenate([grown(getattr(part, each.name), axes.get(each.name, 1)) for part in parts])
        for each in fields(Explosions)
    }
    return Explosions(**columns)


def padded(values: np.ndarray[Any, Any], first_atom: I8) -> np.ndarray[Any, Any]:
    """Rows (A, ...) of B molecules one after another, as (B, N, ...) filled with zeros."""
    sizes = np.diff(first_atom)
    where = np.arange(sizes.max()) < sizes[:, None]
    out = np.zeros((*where.shape, *values.shape[1:]), values.dtype)
    out[where] = values
    return out


def neutral_masses_of(atomic_number: I8) -> F8:
    """Masses of atoms in electron masses; zero where there is none."""
    return np.where(atomic_number > 0, np.nan_to_num(neutral_masses_au())[atomic_number], 0.0)


def about_centre_of_mass(position_au: F8, mass_au: F8) -> F8:
    """Positions (B, N, 3) about the centre of mass; zero where there is no mass."""
    mass = mass_au[..., None]
    centre = (mass * position_au).sum(axis=1, keepdims=True) / mass.sum(axis=1, keepdims=True)
    return np.asarray((position_au - centre) * (mass > 0))

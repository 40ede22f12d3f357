"""What the network is asked about: one molecule, its ions and their momenta in one or more charge channels."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from onlinecei.arrays import F8, I8, Bool
from onlinecei.errors import CEIError
from onlinecei.ions import Channel

MOST_ATOMS = 14
_LAST_ELEMENT = 99


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """One molecule of N atoms, seen in C charge channels.

    The geometry is given in the frame of the first channel. Every further one may have a frame of its own.
    """

    atomic_number: I8
    """(N,)"""
    mass_au: F8
    """(N,) in electron masses."""
    charge: I8
    """(C, N) in elementary charges; also of ions that were not detected, as they repelled the others."""
    momentum_au: F8
    """(C, N, 3), with NaN for an ion that was not detected."""

    def __post_init__(self) -> None:
        atoms = self.atomic_number.size
        shapes = (self.mass_au.shape, self.charge.shape[1:], self.momentum_au.shape)
        if shapes != ((atoms,), (atoms,), (len(self.charge), atoms, 3)):
            raise CEIError(f"masses, charges and momenta have shapes {shapes}, which do not fit {atoms} atoms")
        if not (2 <= atoms <= MOST_ATOMS and len(self.charge)):
            raise CEIError(f"{atoms} atoms in {len(self.charge)} channels, expected 2 to {MOST_ATOMS} in 1 or more")
        self._check_values()

    def _check_values(self) -> None:
        if not (self.atomic_number.min() >= 1 and self.atomic_number.max() <= _LAST_ELEMENT):
            raise CEIError(f"atomic numbers {self.atomic_number.tolist()}, expected 1 to {_LAST_ELEMENT}")
        if not (np.isfinite(self.mass_au).all() and self.mass_au.min() > 0):
            raise CEIError(f"masses {self.mass_au.tolist()}, expected all above zero")
        if self.charge.min() < 1:
            raise CEIError(f"the least charge is {self.charge.min()}, expected 1 or more")
        if np.isinf(self.momentum_au).any() or not self.known.any(axis=1).all():
            raise CEIError("a channel has no finite momentum, expected one ion or more with all three components")

    @property
    def known(self) -> Bool:
        """Which momenta were measured (C, N)."""
        return np.asarray(np.isfinite(self.momentum_au).all(axis=2))

    @classmethod
    def of(cls, channel: Channel, momentum_au: F8) -> Self:
        """Build from one channel that holds every atom, with momenta (N, 3) in the order of its ions."""
        return cls(
            atomic_number=channel.atomic_numbers,
            mass_au=channel.masses_au,
            charge=channel.charges.astype(np.int64)[None],
            momentum_au=np.asarray(momentum_au, dtype=np.float64)[None],
        )

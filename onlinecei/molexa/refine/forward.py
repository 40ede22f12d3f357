"""Models of the explosion that a geometry can be refined through."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from ase.data import chemical_symbols

from onlinecei.arrays import F8, I8
from onlinecei.errors import CEIError
from onlinecei.explosion import ChargeUp, explode, explode_many, jacobian
from onlinecei.molexa.data.stage1 import neutral_masses_au


class Forward(Protocol):
    """What refinement asks of a model: the mean momenta of a geometry, and how they follow it."""

    @property
    def error(self) -> float:
        """Typical rms error of its momenta, over the rms momentum."""

    def errors(self, atomic_number: I8, charge: F8) -> F8:
        """Expected rms errors (C, N) of the momenta of ions of charges (C, N), over the rms of their channel."""

    def momenta(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """Momenta (C, N, 3) in a.u. of ions of charges (C, N) from a geometry (N, 3); NaN where there are none."""

    def jacobian(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """Derivatives (C, 3 N, 3 N) of the momenta with respect to the positions, in a.u. per bohr."""

    def momenta_many(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """Momenta (B, N, 3) of B molecules in one channel each; atomic number 0: no atom."""


_TAU_FS = {1: 8.72, 6: 19.88, 7: 20.94, 8: 13.28, 9: 10.88, 14: 20.81, 15: 17.87, 16: 16.14, 17: 6.02}
"""Fitted to simulated mean momenta of 3,000 entries of the split `train`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classical:
    """A classical explosion whose charges grow as ``q erf(t / tau)``, with one effective time for each element."""

    error: float = 0.11
    """Rms difference from the means of the Monte Carlo model, over the rms momentum: root of its median square."""
    tau_fs: dict[int, float] = field(default_factory=lambda: dict(_TAU_FS))
    """By atomic number."""

    def errors(self, atomic_number: I8, charge: F8) -> F8:
        """See `Forward.errors`: the same for all ions."""
        del atomic_number
        return np.full(charge.shape, self.error)

    def momenta(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """See `Forward.momenta`."""
        law = self._law(atomic_number)
        return np.stack([explode(position_au, _masses(atomic_number, each), each, law) for each in _columns(charge)])

    def jacobian(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """See `Forward.jacobian`."""
        law = self._law(atomic_number)
        return np.stack([jacobian(position_au, _masses(atomic_number, each), each, law) for each in _columns(charge)])

    def momenta_many(self, atomic_number: I8, charge: F8, position_au: F8) -> F8:
        """See `Forward.momenta_many`."""
        atoms = atomic_number > 0
        numbers, charges = atomic_number[atoms], np.asarray(charge, np.float64)[atoms]
        first = np.concatenate([[0], np.cumsum(atoms.sum(axis=1))])
        momenta = np.zeros(position_au.shape)
        momenta[atoms] = explode_many(position_au[atoms], _masses(numbers, charges), charges, first, self._law(numbers))
        return momenta

    def _law(self, atomic_number: I8) -> ChargeUp:
        numbers: list[int] = atomic_number.tolist()
        if unknown := set(numbers) - set(self.tau_fs):
            known = ", ".join(chemical_symbols[number] for number in sorted(self.tau_fs))
            raise CEIError(f"no charge-up time of {chemical_symbols[min(unknown)]}, expected elements of {known}")
        return ChargeUp("erf", tuple(self.tau_fs[number] for number in numbers))


def _columns(charge: F8) -> F8:
    return np.ascontiguousarray(charge, dtype=np.float64)


def _masses(atomic_number: I8, charge: F8) -> F8:
    return neutral_masses_au()[atomic_number] - charge

"""What molecules come apart into."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from ase.data import chemical_symbols

from onlinecei.arrays import F8, I1, I8, Bool
from onlinecei.ions import Ion

_CHARGES = 128
"""More than any atom has: element and charge in one number."""
NEUTRAL = "neutral"
"""Name of what becomes of a molecule without a single ion."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fragments:
    """Atoms of exploded molecules, in the order of the molecule's atoms."""

    charges: I1
    """(M, N); 0: the atom stays neutral and is not seen."""
    momentum_au: F8
    """(M, N, 3) in the frame of the geometry; NaN for atoms still bound to one another."""

    @property
    def free_ions(self) -> Bool:
        """(M, N) atoms that fly alone and charged: what the detector can see."""
        return np.asarray((self.charges > 0) & np.isfinite(self.momentum_au).all(axis=2))


class Explosion(Protocol):
    """A model of the explosion: molecules at their delays under their pulses, into fragments."""

    def fragments(self, delay: I8, energy: F8, train: int, rng: np.random.Generator) -> Fragments:
        """Explode molecules.

        Parameters
        ----------
        delay
            (M,) which ensemble each molecule draws its geometry from.
        energy
            (M,) energy of its pulse over the mean.
        train
            Which train; each has random numbers of its own.
        rng
            Those of the train.
        """
        ...


def codes(charges: I1, numbers: I8) -> I8:
    """Number (M, N) that stands for each ion and rises in the canonical order read backwards; 0: neutral."""
    return np.where(charges > 0, numbers * _CHARGES + charges, 0)


def ions_in_order(charges: I1, numbers: I8) -> I8:
    """Place (M, N) of each atom among the ions of its molecule, in the canonical order of a channel."""
    order = np.argsort(-codes(charges, numbers), axis=1, kind="stable")
    return np.argsort(order, axis=1)


def name_channels(charges: I1, numbers: I8) -> tuple[list[str], I8]:
    """Names of the channels of molecules, and which of them (M,) each molecule went; neutral atoms are not named."""
    ordered = -np.sort(-codes(charges, numbers), axis=1)
    ways, which = np.unique(ordered, axis=0, return_inverse=True)
    return [_name(way) for way in ways], which.reshape(-1)


def _name(way: I8) -> str:
    ions = [Ion(chemical_symbols[code // _CHARGES], int(code % _CHARGES)) for code in way if code]
    return "/".join(ion.name for ion in ions) or NEUTRAL

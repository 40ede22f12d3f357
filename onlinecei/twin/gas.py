"""Ions of the residual gas: lines in the flight-time spectrum that no molecule of the jet made."""

import math
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_masses_common, atomic_numbers
from ase.formula import Formula

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.twin.flight import GAS, Flying
from onlinecei.twin.options import Gas

PROTON_SHAPE = 4.0
"""Of the gamma distribution of the protons' energy: a broad hump from near zero to three times its mean."""


@dataclass(frozen=True, slots=True)
class GasIon:
    """An ion of charge one, molecular or atomic."""

    formula: str
    share: float
    """Of all gas ions; water, its fragments and nitrogen are what a baked chamber holds. The numbers are a choice."""

    @property
    def mass_au(self) -> float:
        """Mass in electron masses, of the most abundant isotopes."""
        counts = Formula(self.formula).count()
        dalton = sum(count * float(atomic_masses_common[atomic_numbers[symbol]]) for symbol, count in counts.items())
        return dalton * units.DALTON - 1.0


GAS_IONS = (GasIon("H2O", 0.5), GasIon("OH", 0.1), GasIon("N2", 0.2), GasIon("H", 0.2))
_PROTON = len(GAS_IONS) - 1


def gas_ions(pulses: int, gas: Gas, rng: np.random.Generator) -> Flying:
    """Ions of the residual gas in the pulses of a train; the gas is at rest where the jet moves."""
    pulse = np.repeat(np.arange(pulses), rng.poisson(gas.ions_per_pulse, pulses))
    kind = rng.choice(len(GAS_IONS), size=pulse.size, p=[ion.share for ion in GAS_IONS])
    mass = np.array([ion.mass_au for ion in GAS_IONS])[kind]
    thermal = rng.normal(size=(pulse.size, 3)) * np.sqrt(mass * units.KELVIN * gas.temperature_k)[:, None]
    driven = _driven(mass, gas.proton_ev, rng)
    return Flying(
        pulse=pulse,
        molecule=np.full(pulse.size, GAS),
        ion=kind,
        mass_au=mass,
        charge=np.ones(pulse.size),
        momentum_au=np.where((kind == _PROTON)[:, None], driven, thermal),
    )


def _driven(mass: F8, mean_ev: float, rng: np.random.Generator) -> F8:
    """Momenta (I, 3) of ions with a kinetic energy, in any direction."""
    energy = rng.gamma(PROTON_SHAPE, mean_ev * units.ELECTRONVOLT / PROTON_SHAPE, mass.size)
    cosine, angle = rng.uniform(-1.0, 1.0, mass.size), 2 * math.pi * rng.random(mass.size)
    sine = np.sqrt(1.0 - cosine**2)
    direction = np.stack([sine * np.cos(angle), sine * np.sin(angle), cosine], axis=1)
    return np.asarray(np.sqrt(2 * mass * energy)[:, None] * direction)

"""The X-ray pulses of a train: when they come, how strong they are, at which delay."""

from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8, I8, U1, U4
from onlinecei.records import NO_PUMP_FS
from onlinecei.twin.options import TwinOptions

ENERGY_STEPS = 1000
"""A gas monitor's reading, in steps of the mean over this."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pulses:
    """The pulses of one train."""

    before: int
    """Pulses of the run before this train."""
    pulse_id: U4
    """(P,)"""
    energy: F8
    """(P,) over the mean."""
    delay: I8
    """(P,) which delay acts."""
    delay_fs: F8
    """(P,) as written: the one that acts, with the jitter; that of the stage where there is no pump."""
    pump: U1 | None
    """(P,) 1 with the pump, 0 without; None in a run where all have it."""

    @classmethod
    def of(cls, train: int, delays_fs: F8, options: TwinOptions, rng: np.random.Generator) -> "Pulses":
        """Draw the pulses of a train, counted from zero."""
        before = train * options.pulses_per_train
        number = min(options.pulses_per_train, options.pulses - before)
        first = before if options.bunches == "lcls2" else 0
        energy = _energies(number, options.energy_spread, rng)
        first_pumped = int(delays_fs[0] == NO_PUMP_FS)
        stage = first_pumped + _delays(number, train, delays_fs.size - first_pumped, options, rng)
        written = delays_fs[stage] + options.scan.jitter_fs * rng.normal(size=number)
        pump = (rng.random(number) >= options.scan.unpumped).astype(np.uint8) if first_pumped else None
        return cls(
            before=before,
            pulse_id=np.arange(first, first + number, dtype=np.uint32),
            energy=energy,
            delay=stage if pump is None else np.where(pump == 1, stage, 0),
            delay_fs=written,
            pump=pump,
        )

    @property
    def number(self) -> int:
        """How many."""
        return self.pulse_id.size


def _energies(number: int, spread: float, rng: np.random.Generator) -> F8:
    """Energies of pulses that grow from noise: gamma distributed (Saldin et al., The Physics of FELs, 2000)."""
    if spread == 0:
        return np.ones(number)
    shape = spread**-2
    return np.asarray(np.round(rng.gamma(shape, 1.0 / shape, number) * ENERGY_STEPS) / ENERGY_STEPS)


def _delays(number: int, train: int, delays: int, options: TwinOptions, rng: np.random.Generator) -> I8:
    if options.scan.order == "scan":
        return np.full(number, train % delays)
    return rng.integers(delays, size=number)

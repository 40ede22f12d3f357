"""How the charge of an atom grows from zero to its final value during the pulse."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from onlinecei import units
from onlinecei.arrays import F8
from onlinecei.compiled import compiled
from onlinecei.errors import CEIError

SUDDEN, ERF, EXPONENTIAL = 0, 1, 2
_CODES = {"sudden": SUDDEN, "erf": ERF, "exponential": EXPONENTIAL}
_SETTLED = {SUDDEN: 0.0, ERF: 4.5, EXPONENTIAL: 24.0}
"""Times, in tau, after which less than 1e-10 of the charge is missing."""


@dataclass(frozen=True, slots=True)
class ChargeUp:
    """A charge-up law: at once, as erf(t / tau) (MOLEXA, with tau = 45 fs), or as 1 - exp(-t / tau)."""

    law: Literal["sudden", "erf", "exponential"] = "sudden"
    tau_fs: float | tuple[float, ...] = 0.0
    """One time for all atoms, or one for each."""

    @property
    def code(self) -> int:
        """The law as the compiled kernels know it."""
        return _CODES[self.law]

    def times_au(self, atoms: int) -> F8:
        """Time constants (N,) in atomic units."""
        times = np.broadcast_to(np.asarray(self.tau_fs, dtype=np.float64), (atoms,)) * units.FEMTOSECOND
        if self.code != SUDDEN and not np.all(times > 0):
            raise CEIError(f"charge-up '{self.law}' with tau = {self.tau_fs} fs, expected times above zero")
        return np.ascontiguousarray(times)

    def settled_au(self, atoms: int) -> float:
        """Time in atomic units from which on the charges are final."""
        return float(self.times_au(atoms).max() * _SETTLED[self.code])


@compiled
def charge_fraction(law: int, time: float, tau: float) -> float:
    """Share of its final charge that an atom carries at a time."""
    if law == ERF:
        return math.erf(time / tau)
    if law == EXPONENTIAL:
        return -math.expm1(-time / tau)
    return 1.0
